"""Full suite: the published schema in the real `yaml-language-server`, driven as an editor drives it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from support import npm
from support.lsp import Client

from rft_cli.config import load
from rft_cli.spec.goals import GOAL_NAMES
from rft_cli.spec.guide_text import parameter_markdown
from rft_cli.spec.parameters import PARAMETERS
from rft_cli.spec.run_yaml import modeline
from rft_cli.templates.project import SCHEMA_PATH, project_files

pytestmark = pytest.mark.full

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "configs").rglob("*.yaml"))
MODELINE = re.compile(r"\A# yaml-language-server: \$schema=(\S+)\n")

SETTINGS = {"yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}}
"""What editors send by default, but without the catalogue of schemas, which is on the network."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for name, text in project_files("arithmetic").items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def editor(request: pytest.FixtureRequest, project: Path) -> Iterator[Client]:
    server = npm.installed(request.config, "yaml-language-server") / "bin/yaml-language-server"
    with Client(["node", str(server), "--stdio"], project, SETTINGS) as client:
        yield client


NUMBERS = count()


def unsaved(folder: Path) -> Path:
    """A new place for text that only the editor has."""
    return folder / f"unsaved-{next(NUMBERS)}.yaml"


@pytest.fixture
def sheet(project: Path) -> Path:
    return unsaved(project)


def marked(body: str) -> tuple[str, int, int]:
    """A run config with the modeline; the 0-based place of the bar in it, which is taken out."""
    text = modeline(SCHEMA_PATH) + body
    before = text[: text.index("|")]
    return text.replace("|", "", 1), before.count("\n"), len(before) - before.rfind("\n") - 1


def completions(editor: Client, sheet: Path, body: str) -> list[str]:
    text, line, column = marked(body)
    editor.open(sheet, text)
    return editor.completion(sheet, line, column)


def shown(editor: Client, sheet: Path, body: str) -> str:
    text, line, column = marked(body)
    editor.open(sheet, text)
    return editor.hover(sheet, line, column)


def words(markdown: str) -> list[str]:
    """The words of a text, whatever the server escapes or wraps in it."""
    return re.findall(r"[A-Za-z0-9]+", markdown.replace("&nbsp;", " "))


def is_within(part: list[str], whole: list[str]) -> bool:
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_modeline_of_a_config_resolves_and_its_schema_accepts_it(editor: Client, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    line = MODELINE.match(text)
    assert line, "no modeline"
    assert (path.parent / line[1]).resolve().is_file()
    assert editor.open(path) == []
    broken = text + "unknown_key: 1\n"
    assert [item["message"] for item in editor.open(unsaved(path.parent), broken)] == [
        "Property unknown_key is not allowed."
    ]


def test_the_modeline_of_a_new_project_resolves(editor: Client, project: Path) -> None:
    path = project / "run.yaml"
    assert editor.open(path) == []
    text = path.read_text(encoding="utf-8") + "unknown_key: 1\n"
    assert [item["message"] for item in editor.open(unsaved(project), text)] == [
        "Property unknown_key is not allowed."
    ]


@pytest.mark.parametrize("entry", PARAMETERS, ids=lambda entry: entry.path)
def test_hover_on_a_parameter_shows_what_the_guide_says(editor: Client, sheet: Path, entry: Any) -> None:
    hover = shown(editor, sheet, f"{entry.section}:\n  |{entry.key}: {entry.default}\n")
    assert is_within(words(parameter_markdown(entry)), words(hover)), hover
    assert entry.title in hover


@pytest.mark.parametrize("section", ["training", "rollout"])
def test_completion_offers_every_parameter_of_a_section(editor: Client, sheet: Path, section: str) -> None:
    offered = completions(editor, sheet, f"version: 1\n{section}:\n  |\n")
    assert {entry.key for entry in PARAMETERS if entry.section == section} <= set(offered)


def test_completion_offers_the_top_level_keys(editor: Client, sheet: Path) -> None:
    offered = completions(editor, sheet, "version: 1\n|\n")
    assert {
        "backend",
        "model",
        "dataset",
        "evaluator",
        "training",
        "rollout",
        "experiment",
        "extends",
    } <= set(offered)
    assert "version" not in offered


@pytest.mark.parametrize(
    ("body", "values"),
    [
        ("training:\n  lora_rank: |\n", {"4", "8", "16", "32", "64", "128"}),
        ("backend: |\n", {"local", "fireworks", "trl"}),
        ("experiment:\n  goal: |\n", set(GOAL_NAMES)),
    ],
)
def test_completion_offers_the_values_of_a_choice(
    editor: Client, sheet: Path, body: str, values: set[str]
) -> None:
    assert values <= set(completions(editor, sheet, body))


BAD = (
    "training:\n  learning_rate: 2e-3\n",
    "training:\n  epochs: 2.5\n",
    "training:\n  lora_rank: 7\n",
    "training:\n  lora_rnak: 8\n",
    'training:\n  learning_rate: "1e-4"\n',
    "training:\n  max_context_length: 8193\n",
    "rollout:\n  temperature: 0\n",
    "rollout:\n  n: 1\n",
    "rollout:\n  max_tokens: 1_000\n",
    "rollout: 4\n",
    "backend: firework\n",
    "version: 2\n",
    "lr: 1e-4\n",
    "experiment:\n  goal: faster\n",
    "evaluation:\n  reward_range: [0]\n",
)
GOOD = (
    "training:\n  learning_rate: 1e-4\n",
    "training:\n  learning_rate: 5E-5\n",
    "training:\n  epochs: 2.0\n",
    "name: on\n",
    "x-notes: {anything: [1, 2]}\n",
    "backend: x-mine\n",
)

REST = {
    "version": "version: 1\n",
    "model": "model: rehearsal\n",
    "dataset": "dataset: data/arithmetic.jsonl\n",
    "evaluator": "evaluator: evaluators/arithmetic.py:evaluate\n",
}


def complete(body: str) -> str:
    """A run config with the required keys that a few lines lack."""
    rest = "".join(line for key, line in REST.items() if not re.search(rf"^{key}:", body, re.MULTILINE))
    return modeline(SCHEMA_PATH) + body + rest


@pytest.mark.parametrize("body", [*BAD, *GOOD])
def test_the_editor_flags_the_lines_that_lint_flags(editor: Client, sheet: Path, body: str) -> None:
    text = complete(body)
    flagged = sorted({item["range"]["start"]["line"] + 1 for item in editor.open(sheet, text)})
    loaded = load(sheet, root=sheet.parent, read=lambda _path: text.encode())
    assert sorted({finding.location.line for finding in loaded.findings}) == flagged
    assert bool(flagged) is (body in BAD)


def test_the_editor_and_lint_agree_on_a_file_with_nothing_in_it_but_one_key(
    editor: Client, sheet: Path
) -> None:
    text = "".join((modeline(SCHEMA_PATH), "model: rehearsal\n"))
    told = " ".join(item["message"] for item in editor.open(sheet, text))
    loaded = load(sheet, root=sheet.parent, read=lambda _path: text.encode())
    for key in ("version", "dataset", "evaluator"):
        assert key in told
        assert any(finding.parameter == key for finding in loaded.findings)
