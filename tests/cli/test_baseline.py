"""`rft baseline`: what the runs of each scope are compared with, and moving it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support.project import record_run, write_project
from typer.testing import CliRunner

from rft_cli.app import app


@pytest.fixture
def rft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, arguments, prog_name="rft")


def test_each_scope_has_a_baseline_and_a_reference(rft, tmp_path) -> None:
    record_run(tmp_path)
    record_run(tmp_path, "run.yaml", "rollout.n=8")
    done = rft("baseline")
    assert done.exit_code == 0
    assert re.sub(r"[0-9a-f]{12}", "#", done.stdout) == (
        "scope #\n"
        "  model      rehearsal on local\n"
        "  data       data/sums.jsonl\n"
        "  runs       2\n"
        "  baseline   sums.1  0.250 → 0.750  (± 0.098, 95 % interval over 64 held-out rows)  every value at its default\n"
        "  reference  sums.1  0.250 → 0.750  (± 0.098, 95 % interval over 64 held-out rows)  every value at its default\n"
    )
    document = json.loads(rft("baseline", "--json").stdout)
    (scope,) = document["scopes"]
    assert (document["schema_version"], scope["baseline"], scope["reference"], scope["runs"]) == (
        1,
        "sums.1",
        "sums.1",
        2,
    )


def test_the_reference_is_moved_and_from_where_is_said(rft, tmp_path) -> None:
    record_run(tmp_path)
    record_run(tmp_path, "run.yaml", "rollout.n=8")
    done = rft("baseline", "sums.2")
    assert re.sub(r"[0-9a-f]{12}", "#", done.stdout) == (
        "Later runs of scope # are compared with sums.2, and no longer with sums.1.\n"
    )
    assert "are compared with sums.2 already" in rft("baseline", "sums.2").stdout
    moved = json.loads(rft("baseline", "sums.1", "--json").stdout)
    assert (moved["from"], moved["to"]) == ("sums.2", "sums.1")


def test_the_scope_of_a_config_is_shown(rft, tmp_path) -> None:
    record_run(tmp_path)
    record_run(tmp_path, "run.yaml", "evaluation.max_tokens=64")
    assert len(json.loads(rft("baseline", "--json").stdout)["scopes"]) == 2
    (scope,) = json.loads(rft("baseline", "--config", "run.yaml", "--json").stdout)["scopes"]
    assert scope["baseline"] == "sums.1"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("nowhere",), 2, "rft: there is no run nowhere\n"),
        (("--config", "nowhere.yaml"), 2, "rft: there is no run config nowhere.yaml\n"),
        (("sums.1", "--config", "run.yaml"), 2, "rft: RUN and --config exclude each other\n"),
    ],
)
def test_bad_input_gets_one_clear_message(rft, arguments, code, said) -> None:
    done = rft("baseline", *arguments)
    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr.startswith(said)
    assert "help:" in done.stderr


def test_an_empty_project_says_how_to_begin(rft) -> None:
    done = rft("baseline")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.endswith("help: start one with: rft launch CONFIG\n")
