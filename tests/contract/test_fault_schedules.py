"""A few of the schedules that `benchmarks/faults.py` runs by the thousand, and that it notices what it looks for."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from services.fireworks.double import Double

from rft_cli.backends.fireworks.access import Access
from rft_cli.backends.fireworks.act import FireworksBackend
from rft_cli.backends.fireworks.client import FireworksClient
from rft_cli.backends.fireworks.connection import Connection
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.place import Place
from rft_cli.runs.record import Run
from rft_cli.worker import State
from rft_cli.workflow.launch import launch
from rft_cli.workflow.project import Project
from rft_cli.workflow.request import Request

FAULTS = Path(__file__).parents[2] / "benchmarks/faults.py"
COUNT = 8


def test_whatever_fails_there_is_one_job_and_the_ledger_knows_it() -> None:
    command = [sys.executable, str(FAULTS), "--schedules", str(COUNT), "--seed", "12"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert f"| schedules | {COUNT} |" in done.stdout


@pytest.fixture
def checked(fireworks: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What the benchmark says of the runs of a launch that uploaded files, after somebody had a hand in them."""
    campaign = runpy.run_path(str(FAULTS))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUDGE_KEY", "judge-secret")
    campaign["write_project"](tmp_path, uploads=True)
    access = Access(fireworks.key, fireworks.url)
    connection = Connection(access, sleep=fireworks.sleep)
    backend = FireworksBackend(lambda _root: FireworksClient(access, connection), sleep=fireworks.sleep)
    project = Project(Place(tmp_path, tmp_path / ".rft"), lambda _name: backend)
    list(launch(project, Request(tmp_path / "sums.yaml", detach=True, confirmed=True)))
    connection.close()
    with Ledger(project.place) as ledger:
        run = ledger.run("sums.1")
    return lambda *runs: list(campaign["wrong"](fireworks, list(runs or [run]), uploads=True)), run


def test_the_benchmark_has_nothing_to_say_of_a_launch_that_went_well(checked) -> None:
    look, _ = checked
    assert look() == []


def test_the_benchmark_notices_what_is_wrong(checked, fireworks) -> None:
    look, run = checked
    job = fireworks.jobs[0]

    def changed(**fields: object) -> Run:
        return run._replace(summary=run.summary._replace(**fields))

    assert look(changed(state=State.FAILED)) == ["sums.1 is failed in the ledger and should be queued"]
    assert look(changed(attempt=2)) == [
        f"no run points at the job {job}, which is queued",
        "sums.1 is queued in the ledger and should be failed",
    ]
    assert look(run, changed(id="sums.2")) == [f"2 runs point at the job {job}"]
    fireworks.service.committed("create-secret")
    fireworks.add_dataset("rft-0123", 16)
    assert look() == ["3 datasets made", "create-secret was done 2 times"]
