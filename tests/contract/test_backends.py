"""What every backend keeps to."""

from __future__ import annotations

import ast

import pytest

from rft_cli.backends.base import RUN_PLACEHOLDER
from rft_cli.config import load
from rft_cli.worker import EventKind, State

ENDS = {
    "completes": (State.COMPLETED, "completed", "", None),
    "fails": (State.FAILED, "failed", "no", "evaluator"),
    "cannot_tell": (
        State.FAILED,
        "failed",
        "the evaluator cannot tell answers apart",
        "evaluator_cannot_tell",
    ),
    "stops_early": (State.STOPPED_EARLY, "stopped_early", "nothing to learn from", None),
}
"""Behaviour → state, raw state, reason, kind of failure."""


@pytest.mark.parametrize("behaviour", ENDS)
def test_a_run_ends_as_its_worker_says(under_test, submitted, polls, behaviour) -> None:
    backend = under_test.make(behaviour)
    *_, last = polls(backend, submitted(backend))
    kind = last.failure["kind"] if last.failure else None
    assert (last.state, last.raw_state, last.reason, kind) == ENDS[behaviour]


def test_states_only_move_forward_and_events_come_once_and_in_order(under_test, submitted, polls) -> None:
    backend = under_test.make("completes")
    seen = list(polls(backend, submitted(backend)))
    order = [State.SUBMITTING, State.QUEUED, State.RUNNING, State.COMPLETED]
    ranks = [order.index(poll.state) for poll in seen]
    assert ranks == sorted(ranks)
    kinds = [event["event"] for poll in seen for event in poll.events]
    assert kinds == [
        EventKind.STARTED,
        EventKind.NOTE,
        EventKind.EVALUATION,
        *[EventKind.METRICS] * 4,
        EventKind.EVALUATION,
        EventKind.END,
    ]


def test_a_cursor_of_zero_reads_everything_again(under_test, submitted, polls) -> None:
    backend = under_test.make("completes")
    handle = submitted(backend)
    list(polls(backend, handle))
    again = backend.poll(handle)
    assert (again.state, len(again.events)) == (State.COMPLETED, 9)


def test_a_vanished_worker_is_a_failed_run_that_says_how_far_it_came(under_test, submitted, polls) -> None:
    backend = under_test.make("vanishes")
    *_, last = polls(backend, submitted(backend))
    assert (last.state, last.raw_state) == (State.FAILED, "vanished")
    assert last.reason == (
        "the worker vanished at step 3 (killed by SIGKILL, as the system does when memory runs out); "
        "its log ends with: Killed, alas"
    )


def test_another_process_finds_the_vanished_worker_too(under_test, submitted, polls) -> None:
    handle = submitted(backend := under_test.make("vanishes"))
    list(polls(backend, handle))
    *_, last = polls(under_test.make("vanishes"), handle)
    assert (last.state, last.reason) == (
        State.FAILED,
        "the worker vanished at step 3; its log ends with: Killed, alas",
    )


def test_a_worker_that_dies_at_import_is_told_by_the_end_of_its_log(under_test, submitted, polls) -> None:
    backend = under_test.make("dies_at_import")
    *_, last = polls(backend, submitted(backend))
    assert last.reason == (
        "the worker vanished before step 1 (exit code 1); its log ends with: ImportError: no module named numpy"
    )
    assert last.failure is not None
    assert last.failure["exit_code"] == 5


def test_a_slow_run_is_running_until_it_goes_on(under_test, submitted, polls) -> None:
    backend = under_test.make("waits")
    handle = submitted(backend)
    looks = polls(backend, handle)
    steps = 0
    while steps < 2:
        poll = next(looks)
        steps += sum(event["event"] == EventKind.METRICS for event in poll.events)
    assert poll.state is State.RUNNING
    (handle.folder / "go").touch()
    *_, last = looks
    assert last.state is State.COMPLETED


def test_logs_and_rollouts_can_be_read(under_test, submitted, polls) -> None:
    backend = under_test.make("vanishes")
    handle = submitted(backend)
    list(polls(backend, handle))
    assert backend.logs(handle).text == "Killed, alas\n"
    assert [(each["step"], each["row"]) for each in backend.rollouts(handle, 2)] == [
        (2, 1),
        (2, 2),
        (2, 3),
        (2, 4),
    ]
    assert len(list(backend.rollouts(handle))) == 12
    assert list(backend.rollouts(handle, 9)) == []


def test_a_deleted_run_folder_is_no_error_of_ours(under_test, submitted, polls) -> None:
    import shutil

    backend = under_test.make("completes")
    handle = submitted(backend)
    list(polls(backend, handle))
    shutil.rmtree(handle.folder)
    *_, last = polls(under_test.make("completes"), handle)
    assert (last.state, last.reason) == (State.FAILED, "its run folder is gone")
    assert backend.logs(handle).text == ""
    assert list(backend.rollouts(handle)) == []


def test_a_worker_is_on_its_own(under_test, submitted, polls, folder, monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    backend = under_test.make("reports")
    handle = submitted(backend)
    events = [event for poll in polls(backend, handle) for event in poll.events]
    facts = ast.literal_eval(events[0]["message"])
    assert facts == {
        "cwd": str(folder),
        "session": facts["pid"],
        "pid": handle.ref["pid"],
        "stdin": "",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    assert backend.logs(handle).text == "printed by the worker\n"


def test_the_pure_half_repeats_itself_and_names_no_run(under_test, folder) -> None:
    backend = under_test.make("completes")
    config = load(folder / "sums.yaml", root=folder).config
    assert config is not None
    schedule = backend.schedule(config, 100)
    assert schedule == backend.schedule(config, 100)
    payload = backend.payload(config, schedule, {"dataset": "d"})
    assert payload == backend.payload(config, schedule, {"dataset": "d"})
    assert payload["run"] == RUN_PLACEHOLDER
    assert str(folder) not in repr(payload)
    assert backend.preflight(config) == ()
