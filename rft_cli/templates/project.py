"""The files of a new project. Pure: names and contents as values; the command writes them.

`configs/quickstart/` in the repository is a generated copy of the arithmetic project.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import NamedTuple

from rft_cli.spec.run_yaml import INTRODUCTION, Line, render_run_yaml
from rft_cli.spec.schema import run_config_schema, schema_text


class Task(NamedTuple):
    """A built-in task: data and an evaluator that the rehearsal engine's base can learn from."""

    name: str
    summary: str
    instruction: str
    """Tells a model that has not been made for the task what form the evaluator wants."""


TASKS: tuple[Task, ...] = (
    Task(
        "arithmetic",
        "add two numbers and end with the answer in a fixed form",
        "Work out the sum. End with a line of this form, without full stop: answer: 42",
    ),
    Task(
        "sorting",
        "put the letters of a word in order",
        "Order the letters as asked. End with a line of this form, without full stop: answer: abcd",
    ),
    Task(
        "format",
        "answer in a format that the base rarely uses",
        "Answer with one JSON object and nothing else. Its keys are name, age (a number) and city.",
    ),
)
REWARD_RANGE = (0, 1)
"""Least and most that the evaluators of the built-in tasks give."""
TASK_NAMES = tuple(task.name for task in TASKS)

LOCAL, FIREWORKS = "local", "fireworks"
BACKENDS = (LOCAL, FIREWORKS)
"""Backends that a project can be written for, the default first."""

EXAMPLE_MODEL = "accounts/fireworks/models/llama-v3p1-8b-instruct"
"""Chosen: it was seen to be trained, is small, and does not think before it answers, so a first run needs no more settings."""

CHUNK = 32
"""Prompts of a step. Chosen: the 256 rows of a built-in task make eight steps, each of 128 answers."""

_MANAGED_INTRODUCTION = (
    "Everything that the run needs. `rft lint` checks this file, `rft rehearse` tries data and evaluator on this machine, and",
    "`rft launch` trains at the managed service, which costs money. The key is read from the environment or from .env;",
    "`rft explain temperature` tells what a value does, when to raise it and when to lower it.",
)

_MANAGED_MODEL = "an example: any that the service can tune with RL; launch asks it first"

_MANAGED_SECTION = (
    Line("fireworks:", "settings of this backend; `rft explain fireworks.chunk_size` and so on"),
    Line(
        f"  chunk_size: {CHUNK}",
        f"prompts of one training step: 256 rows make {256 // CHUNK} steps, a point of the curve each",
    ),
    Line("  # loss_method: dapo", "grpo when nothing is said; dapo and gspo-token have no KL term"),
    Line("  # extra_body: {reasoning_effort: none}", "for a model that thinks first, such as qwen3-8b"),
    Line("  # output_model: my-adapter", "the name of what is trained; the job's own when nothing is said"),
)

ENVIRONMENT_EXAMPLE = ".env.example"
IGNORE_FILE = ".gitignore"
KEYS_FILE = ".env"

_ENVIRONMENT_EXAMPLE = f"""\
# Copy this file to {KEYS_FILE}, which git ignores, and write the values there. The environment wins over it.
FIREWORKS_API_KEY=
# Where the key may use more than one account:
# FIREWORKS_ACCOUNT_ID=
# Where tracking.wandb is set in a config:
# WANDB_API_KEY=
"""

_IGNORED = f"""\
# Keys: copy {ENVIRONMENT_EXAMPLE} to {KEYS_FILE}
{KEYS_FILE}
__pycache__/
"""

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


def run_files(task: str, *, schema_path: str, backend: str = LOCAL) -> dict[str, str]:
    """A run config of a built-in task with the data and the evaluator that it names.

    Args:
        task: one of `TASK_NAMES`.
        schema_path: path of the JSON Schema, as the config's editor line writes it.
        backend: one of `BACKENDS`.

    Returns:
        Relative POSIX path → text.
    """
    source = resources.files("rft_cli.templates").joinpath("tasks", task)
    names = {
        f"data/{task}.jsonl": "train.jsonl",
        "data/held-out.jsonl": "held-out.jsonl",
        f"evaluators/{task}.py": "evaluator.py",
    }
    data = {target: source.joinpath(name).read_text(encoding="utf-8") for target, name in names.items()}
    if backend == FIREWORKS:
        instruction = next(entry.instruction for entry in TASKS if entry.name == task)
        data = {
            target: _instructed(text, instruction) if target.endswith(".jsonl") else text
            for target, text in data.items()
        }
    return {"run.yaml": _run_yaml(task, schema_path, backend), **data}


def project_files(task: str, backend: str = LOCAL) -> dict[str, str]:
    """Every file of a new project for a built-in task: relative POSIX path → text.

    Args:
        task: one of `TASK_NAMES`.
        backend: one of `BACKENDS`.
    """
    files = {
        **run_files(task, schema_path=SCHEMA_PATH, backend=backend),
        SCHEMA_PATH: schema_text(run_config_schema()),
        ".pre-commit-config.yaml": _PRE_COMMIT,
    }
    if backend == FIREWORKS:
        files |= {ENVIRONMENT_EXAMPLE: _ENVIRONMENT_EXAMPLE, IGNORE_FILE: _IGNORED}
    return files


def ignoring_secrets(text: str) -> str:
    """What to add to a .gitignore so that the file of keys stays out of git; empty where it says so already."""
    lines = {line.strip() for line in text.splitlines()}
    if (
        lines & {KEYS_FILE, f"/{KEYS_FILE}", f"{KEYS_FILE}*", f"/{KEYS_FILE}*"}
        and f"!{KEYS_FILE}" not in lines
    ):
        return ""
    return f"{'' if not text or text.endswith(chr(10)) else chr(10)}{KEYS_FILE}\n"


def _run_yaml(task: str, schema_path: str, backend: str) -> str:
    is_managed = backend == FIREWORKS
    return render_run_yaml(
        task,
        backend=backend,
        model=EXAMPLE_MODEL if is_managed else "rehearsal",
        dataset=f"data/{task}.jsonl",
        evaluator=f"evaluators/{task}.py:evaluate",
        evaluation_dataset="data/held-out.jsonl",
        schema_path=schema_path,
        reward_range=REWARD_RANGE,
        introduction=_MANAGED_INTRODUCTION if is_managed else INTRODUCTION,
        model_comment=_MANAGED_MODEL if is_managed else "",
        section=_MANAGED_SECTION if is_managed else (),
    )


def _instructed(rows: str, instruction: str) -> str:
    """JSON Lines whose prompts begin with an instruction."""
    turn = {"role": "system", "content": instruction}
    records = map(json.loads, rows.splitlines())
    return "".join(json.dumps({**row, "messages": [turn, *row["messages"]]}) + "\n" for row in records)
