"""The published schemas of `--json`: every command has one, what others read stays in them, and failures are data too."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.outputs import SCHEMAS, validator, wrong
from support.project import record_run, write_project
from typer.main import get_command
from typer.testing import CliRunner

from rft_cli.app import app
from rft_cli.command_table import COMMANDS
from rft_cli.errors import ExitCode
from rft_cli.render.outputs.table import OUTPUTS, output_of
from rft_cli.worker import State

NULL = {"type": "null"}

CONTRACTS: dict[str, dict[str, str]] = {
    "LintOutput": {"schema_version": "1", "files_checked": "integer", "findings": "array of FindingObject"},
    "FindingObject": {
        "code": "string",
        "severity": "Severity",
        "path": "string",
        "line": "integer",
        "column": "integer",
        "message": "string",
        "help": "string|null",
        "parameter": "string|null",
    },
    "ShowOutput": {
        "schema_version": "1",
        "id": "string",
        "name": "string",
        "backend": "string",
        "state": "State",
        "config": "object",
        "reference": "string|null",
        "hypothesis": "string|null",
        "evaluation": "EvaluationsObject|null",
        "last": "PointObject|null",
        "steps": "integer",
    },
    "EvaluationsObject": {"before": "number|null", "after": "number|null", "n": "integer"},
    "PointObject": {"step": "integer"},
    "PlanOutput": {
        "schema_version": "1",
        "config": "object",
        "schedule": "Schedule",
        "payload": "object",
        "changes": "array of ChangeObject",
        "findings": "array of FindingObject",
        "guards": "array of GuardObject",
        "estimate": "EstimateObject",
    },
    "ValueObject": {"value": "any", "origin": "string"},
    "RunsOutput": {"schema_version": "1", "runs": "array of ListedRun"},
    "ListedRun": {"id": "string", "name": "string", "state": "State"},
    "DiffOutput": {
        "schema_version": "1",
        "changes": "array of GuidedChange",
        "other": "array of ChangedObject",
        "comparable": "boolean",
        "reasons": "array of string",
    },
    "GuidedChange": {"parameter": "string", "from": "any", "to": "any", "ratio": "number|null"},
    "AdviceOutput": {
        "schema_version": "1",
        "source": "string",
        "n_points": "integer",
        "symptoms": "array of SymptomObject",
        "verdict": "change|fix_reward_or_data|none|not_enough_evidence",
        "change": "AdvisedChange|null",
        "why": "string",
        "sources": "array of string",
        "rejected": "array of RejectedObject",
    },
    "SymptomObject": {"id": "string", "onset_step": "integer", "confidence": "number", "evidence": "object"},
    "AdvisedChange": {"parameter": "string", "direction": "down|up", "from": "any", "to": "any"},
    "RejectedObject": {"parameter": "string", "why": "string"},
}
"""Shape → the fields that programs of others read, which are always there, and their types."""


def shapes() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for output in OUTPUTS:
        found |= validator(output.name).schema["$defs"]
    return found


def kind(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return "|".join(map(kind, schema["anyOf"]))
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return "|".join(sorted(map(str, schema["enum"])))
    if schema.get("type") == "array":
        return f"array of {kind(schema['items'])}"
    return str(schema.get("type", "any"))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_project(tmp_path)


def rft(*arguments: str) -> Any:
    return CliRunner().invoke(app, arguments, prog_name="rft")


@pytest.mark.parametrize("shape", CONTRACTS)
def test_what_others_read_is_always_there_and_of_its_type(shape: str) -> None:
    schema = shapes()[shape]
    found = {name: kind(schema["properties"][name]) for name in CONTRACTS[shape]}
    assert found == CONTRACTS[shape]
    assert CONTRACTS[shape].keys() <= set(schema["required"])


def test_every_command_with_json_has_a_schema_and_no_other_has() -> None:
    group: Any = get_command(app)
    with_json = {
        entry.name
        for entry in COMMANDS
        if any("--json" in option.opts for option in group.commands[entry.name].params)
    }
    assert {entry.name for entry in COMMANDS if output_of(entry.name)} == with_json | {"lint"}
    assert {path.name.removesuffix(".schema.json") for path in SCHEMAS.iterdir()} == {
        output.name for output in OUTPUTS
    }


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: output.name)
def test_a_schema_is_one_and_takes_fields_of_later_versions(output: Any) -> None:
    schema = validator(output.name).schema
    validator(output.name).check_schema(schema)
    assert "additionalProperties" not in {
        name for shape in schema["$defs"].values() if "properties" in shape for name in shape
    }
    assert wrong(output.name, {}) != []


def test_enums_come_from_the_tables() -> None:
    known = shapes()
    assert set(known["State"]["enum"]) == set(State)
    error = known["ErrorObject"]["properties"]["kind"]["enum"]
    assert set(error) == {entry.name.lower() for entry in ExitCode if entry}


def test_files_for_later_are_what_their_schemas_say(root: Path) -> None:
    record_run(root)
    assert rft("plan", "run.yaml", "--out", "plan.json").exit_code == 0
    assert rft("export", "sums", "--to", "record", "-o", "sums.json").exit_code == 0
    assert wrong("plan", json.loads((root / "plan.json").read_text())) == []
    assert wrong("record", json.loads((root / "sums.json").read_text())) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("show", "gone"), ("usage", 2)),
        (("watch", "gone"), ("usage", 2)),
        (("runs", "--no-such-option"), ("usage", 2)),
        (("runs", "--state", "no-such-state"), ("usage", 2)),
        (("diff", "run.yaml", "broken.yaml"), ("usage", 2)),
        (("advise", "broken.yaml"), ("usage", 2)),
        (("advise", "gone.yaml", "gone.jsonl"), ("usage", 2)),
        (
            ("launch", "run.yaml", "--set", "training.learning_rate=2e-4", "--max-cost", "1rollouts"),
            ("guard", 6),
        ),
        (("launch", "run.yaml", "--dry-run", "--max-cost", "nonsense"), ("usage", 2)),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_one_last_line_of_data(
    root: Path, words: tuple[str, ...], expected: tuple[str, int]
) -> None:
    (root / "broken.yaml").write_text("version: 1\n")
    done = rft(*words, "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    errors = [line for line in lines if line["event"] == "error"]
    assert errors == lines[-1:]
    assert (errors[0]["error"]["kind"], errors[0]["exit_code"]) == expected
    assert done.exit_code == expected[1]
    assert errors[0]["error"]["message"] in done.stderr.replace("\n", " ") or "--no-such" in words[-1]


def test_words_behind_a_double_dash_ask_for_nothing(root: Path) -> None:
    assert rft("show", "--", "--json").stdout == ""


@pytest.mark.parametrize(
    "words", [("lint", "gone.yaml"), ("lint", "--fail-on", "nothing"), ("no-such-command",)]
)
def test_lint_and_unknown_words_fail_in_the_same_way(root: Path, words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rft_cli", *words, "--json"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    line = json.loads(done.stdout)
    assert (line["event"], line["error"]["kind"], done.returncode) == ("error", "usage", 2)
    assert done.stderr
