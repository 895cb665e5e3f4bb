from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rft_cli.app import app


@pytest.fixture
def rft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, arguments, prog_name="rft")


def checks(done) -> dict[str, dict]:
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


def test_a_machine_on_which_everything_works(rft, tmp_path) -> None:
    done = rft("doctor")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.endswith("\nEverything that rft needs works here.\n")
    assert list(tmp_path.iterdir()) == []


def test_the_same_as_data(rft) -> None:
    done = rft("doctor", "--json")
    document = json.loads(done.stdout)
    assert (document["schema_version"], document["works"]) == (1, True)
    found = checks(done)
    assert found["ledger"]["value"] == "none yet; the first launch makes it"
    assert found["backends"]["value"] == "local, fireworks"
    assert {"Python", "numpy", "YAML parser", "BLAS threads", "disk", "terminal"} <= set(found)


def test_keys_are_never_shown(rft, monkeypatch) -> None:
    monkeypatch.setenv("FIREWORKS_API_KEY", "fw_secret")
    done = rft("doctor", "--json")
    assert checks(done)["FIREWORKS_API_KEY"]["value"] == "set"
    assert "fw_secret" not in done.stdout


def test_what_does_not_work_is_told_with_the_next_step_and_exit_3(rft) -> None:
    Path(".rft").mkdir()
    Path(".rft/ledger.db").write_bytes(b"scribble" * 1000)
    done = rft("doctor")
    assert done.exit_code == 3
    assert "problem  ledger" in done.stdout
    assert "rft sync --rebuild" in done.stdout
    assert done.stdout.endswith("\n1 problem: see the help lines above.\n")
