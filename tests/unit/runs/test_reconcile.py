from __future__ import annotations

import os
import sys
from pathlib import Path

from rft_cli.backends.local.act import LocalBackend
from rft_cli.backends.registry import backend as registry_backend
from rft_cli.runs import folders
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.reconcile import reconcile
from rft_cli.worker import RunFolder, State, process_start

NO_PROCESS = 2**22 + 1
"""A pid that Linux does not give out (proc(5), pid_max)."""


def local(_name: str) -> LocalBackend:
    return LocalBackend(command=(sys.executable, "-c", ""))


def started(ledger: Ledger, draft, *, pid: int, start: str = "") -> RunFolder:
    run = ledger.admit(draft()).run.id
    folder = folders.create(ledger.place, run, {})
    ledger.submitted(run, {"pid": pid, "process_start": start}, State.QUEUED)
    return RunFolder(folder)


def test_a_vanished_worker_becomes_a_failed_run_with_its_last_points(place, draft) -> None:
    with Ledger(place, create=True) as ledger:
        folder = started(ledger, draft, pid=NO_PROCESS)
        folder.append("metrics", step=3, values={"reward": 0.5})
        reconcile(ledger, local)
        run = ledger.run("sums.1")
        assert len(ledger.points("sums.1")) == 1
    assert (run.state, run.summary.last_step, run.summary.reason) == (
        State.FAILED,
        3,
        "the worker vanished at step 3",
    )


def test_a_live_worker_is_left_running_and_its_events_taken_in(place, draft) -> None:
    me = os.getpid()
    with Ledger(place, create=True) as ledger:
        folder = started(ledger, draft, pid=me, start=process_start(me))
        for step in (1, 2):
            folder.append("metrics", step=step, values={"reward": step})
            reconcile(ledger, local)
            assert ledger.run("sums.1").summary.last_step == step
        assert ledger.run("sums.1").state is State.RUNNING


def test_another_process_with_the_same_pid_is_not_the_worker(place, draft) -> None:
    with Ledger(place, create=True) as ledger:
        started(ledger, draft, pid=os.getpid(), start="1")
        reconcile(ledger, local)
        assert ledger.run("sums.1").state is State.FAILED


def test_an_end_that_nobody_watched_is_taken_in(place, draft) -> None:
    with Ledger(place, create=True) as ledger:
        folder = started(ledger, draft, pid=NO_PROCESS)
        folder.append("end", state=State.COMPLETED, reason="", failure=None)
        reconcile(ledger, local)
        assert ledger.run("sums.1").state is State.COMPLETED


def test_a_recorded_run_whose_launch_died_is_given_time_and_then_up(place, draft) -> None:
    with Ledger(place, create=True) as ledger:
        ledger.admit(draft())
        reconcile(ledger, local)
        assert ledger.run("sums.1").state is State.SUBMITTING
        ledger._write("UPDATE runs SET asked = '2020-01-01T00:00:00.000Z'")
        reconcile(ledger, local)
        run = ledger.run("sums.1")
    assert (run.state, run.summary.reason) == (
        State.FAILED,
        "it was recorded, and the launch ended before a worker started",
    )


def test_a_worker_whose_launch_died_before_it_noted_the_pid_is_found_by_its_state(place, draft) -> None:
    with Ledger(place, create=True) as ledger:
        run = ledger.admit(draft()).run.id
        folder = RunFolder(folders.create(place, run, {}))
        folder.write_state(State.RUNNING, step=1, steps=8)
        folder.append("started", steps=8, resumed_from=None, seed=0)
        ledger._write("UPDATE runs SET asked = '2020-01-01T00:00:00.000Z'")
        reconcile(ledger, local)
        assert ledger.run(run).state is State.RUNNING


def test_a_backend_that_is_not_here_does_not_hide_the_other_runs(place, draft) -> None:
    with Ledger(place, create=True) as ledger:
        ledger.admit(draft("theirs", fingerprint="g")._replace(backend="x-theirs"))
        started(ledger, draft, pid=NO_PROCESS)
        reconcile(ledger, lambda name: local(name) if name == "local" else registry_backend(name))
        assert ledger.run("theirs.1").state is State.SUBMITTING
        assert ledger.run("sums.1").state is State.FAILED


def test_a_deleted_run_folder_ends_the_run(place, draft) -> None:
    import shutil

    with Ledger(place, create=True) as ledger:
        folder: Path = started(ledger, draft, pid=NO_PROCESS).path
        shutil.rmtree(folder)
        reconcile(ledger, local)
        assert ledger.run("sums.1").summary.reason == "its run folder is gone"
