"""`rft sync --rebuild`: the way back from a ledger that is damaged or gone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rft_cli.app import app

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart"
FEW = ("--set", "training.batch_size=524288", "--as-baseline", "a test")


@pytest.fixture
def rft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copytree(QUICKSTART, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, arguments, prog_name="rft")


def known(rft) -> list[dict]:
    """What the ledger says of its runs, but for when it last said something."""
    runs = json.loads(rft("runs", "--json").stdout)["runs"]
    return [{key: value for key, value in run.items() if key != "updated"} for run in runs]


def test_a_damaged_ledger_is_put_aside_and_made_again_from_the_run_folders(rft) -> None:
    assert rft("launch", "run.yaml", *FEW).exit_code == 0
    done = rft(
        "launch", "run.yaml", "--set", "training.batch_size=524288", "--set", "rollout.n=5", "--detach"
    )
    assert done.exit_code == 0, done.stderr
    rft("watch", "arithmetic.2")
    before, shown = known(rft), rft("show", "arithmetic.2", "--json").stdout
    ledger = Path(".rft/ledger.db")
    ledger.write_bytes(b"scribble" * 1000)
    for name in ("-wal", "-shm"):
        Path(f"{ledger}{name}").unlink(missing_ok=True)
    refused = rft("runs")
    assert (refused.exit_code, "rft sync --rebuild" in refused.stderr) == (3, True)
    done = rft("sync", "--rebuild")
    assert (done.exit_code, done.stdout) == (
        0,
        "arithmetic.1  completed, the baseline of its scope\n"
        "arithmetic.2  completed\n"
        "2 runs taken in from their folders.\n",
    )
    assert "The damaged ledger is .rft/ledger.db.damaged." in done.stderr
    assert Path(".rft/ledger.db.damaged").read_bytes() == b"scribble" * 1000
    assert known(rft) == before
    assert json.loads(rft("show", "arithmetic.2", "--json").stdout) | {"updated": ""} == json.loads(shown) | {
        "updated": ""
    }
    assert rft("sync", "--rebuild").stdout == "The ledger knows every run folder.\n"


def test_a_ledger_that_is_gone_is_made_again_and_strange_folders_are_left(rft) -> None:
    assert rft("launch", "run.yaml", *FEW).exit_code == 0
    before = known(rft)
    for path in Path(".rft").glob("ledger.db*"):
        path.unlink()
    Path(".rft/runs/stray.1").mkdir()
    newer = Path(".rft/runs/newer.1")
    newer.mkdir()
    row = json.loads(Path(".rft/runs/arithmetic.1/ledger.json").read_text())
    (newer / "ledger.json").write_text(
        json.dumps({**row, "id": "newer.1", "name": "newer", "colour": "blue"})
    )
    done = rft("sync", "--rebuild", "--json")
    document = json.loads(done.stdout)
    assert (document["aside"], [run["id"] for run in document["runs"]]) == (None, ["arithmetic.1"])
    assert {entry["id"] for entry in document["left"]} == {"stray.1", "newer.1"}
    assert known(rft) == before


def test_a_run_that_was_resumed_is_taken_in_as_it_went_on(rft) -> None:
    assert rft("launch", "run.yaml", *FEW, "--detach").exit_code == 0
    assert rft("cancel", "arithmetic").exit_code == 0
    assert rft("resume", "arithmetic").exit_code == 0
    before = known(rft)
    assert before[0]["resumes"] == 1
    for path in Path(".rft").glob("ledger.db*"):
        path.unlink()
    assert rft("sync", "--rebuild").exit_code == 0
    assert known(rft) == before


@pytest.mark.parametrize("command", ["runs", "baseline"])
def test_runs_whose_ledger_is_gone_are_not_called_none(rft, tmp_path: Path, command: str) -> None:
    folder = tmp_path / ".rft/runs/arithmetic.1"
    folder.mkdir(parents=True)
    (folder / "ledger.json").write_text('{"id": "arithmetic.1", "created": "2026-10-02T14:26:46Z"}')
    done = rft(command)
    assert (done.exit_code, done.stderr) == (
        0,
        f"The ledger of {tmp_path} knows no runs, and there are run folders.\n"
        "  help: take them in with: rft sync --rebuild\n",
    )


def test_where_there_is_nothing_nothing_is_made(rft) -> None:
    assert rft("sync", "--rebuild").stdout == "The ledger knows every run folder.\n"
    assert not Path(".rft").exists()
    assert rft("sync", "arithmetic", "--rebuild").exit_code == 2
