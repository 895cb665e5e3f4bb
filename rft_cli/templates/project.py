"""The files of a new project. Pure: names and contents as values; the command writes them.

`configs/quickstart/` in the repository is a generated copy of the arithmetic project.
"""

from __future__ import annotations

from importlib import resources
from typing import NamedTuple

from rft_cli.spec.run_yaml import render_run_yaml
from rft_cli.spec.schema import run_config_schema, schema_text


class Task(NamedTuple):
    """A built-in task: data and an evaluator that the rehearsal engine's base can learn from."""

    name: str
    summary: str


TASKS: tuple[Task, ...] = (
    Task("arithmetic", "add two numbers and end with the answer in a fixed form"),
    Task("sorting", "put the letters of a word in order"),
    Task("format", "answer in a format that the base rarely uses"),
)
REWARD_RANGE = (0, 1)
"""Least and most that the evaluators of the built-in tasks give."""
TASK_NAMES = tuple(task.name for task in TASKS)

SCHEMA_PATH = "schemas/run-config.schema.json"

HOOK_FILES = r"^(?:run\.ya?ml|configs/.+\.ya?ml|(?:.+/)?[^/]+\.rft\.ya?ml)$"
"""What a hook takes for a run config: where `init` puts one, and where `lint` looks for one below the root."""

_PRE_COMMIT = f"""# Checks every run config before it is committed: https://pre-commit.com
repos:
  - repo: local
    hooks:
      - id: rft-lint
        name: rft lint
        entry: rft lint
        language: system
        types: [yaml]
        files: {HOOK_FILES}
      - id: rft-schema
        name: rft schema --check
        entry: rft schema --check {SCHEMA_PATH}
        language: system
        files: ^schemas/run-config\\.schema\\.json$
        pass_filenames: false
"""


def run_files(task: str, *, schema_path: str) -> dict[str, str]:
    """A run config of a built-in task with the data and the evaluator that it names.

    Args:
        task: one of `TASK_NAMES`.
        schema_path: path of the JSON Schema, as the config's editor line writes it.

    Returns:
        Relative POSIX path → text.
    """
    source = resources.files("rft_cli.templates").joinpath("tasks", task)
    names = {
        f"data/{task}.jsonl": "train.jsonl",
        "data/held-out.jsonl": "held-out.jsonl",
        f"evaluators/{task}.py": "evaluator.py",
    }
    config = render_run_yaml(
        task,
        backend="local",
        model="rehearsal",
        dataset=f"data/{task}.jsonl",
        evaluator=f"evaluators/{task}.py:evaluate",
        evaluation_dataset="data/held-out.jsonl",
        schema_path=schema_path,
        reward_range=REWARD_RANGE,
    )
    data = {target: source.joinpath(name).read_text(encoding="utf-8") for target, name in names.items()}
    return {"run.yaml": config, **data}


def project_files(task: str) -> dict[str, str]:
    """Every file of a new project for a built-in task: relative POSIX path → text."""
    return {
        **run_files(task, schema_path=SCHEMA_PATH),
        SCHEMA_PATH: schema_text(run_config_schema()),
        ".pre-commit-config.yaml": _PRE_COMMIT,
    }
