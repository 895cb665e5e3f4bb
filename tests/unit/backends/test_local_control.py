"""How the local backend ends workers, and what it makes of run folders that are not whole."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rft_cli.backends.base import Handle, Poll, ref_of
from rft_cli.backends.local.act import STALL_SECONDS, LocalBackend
from rft_cli.worker import JOB_FILE, RunFolder, State, now, process_start

FAKE_WORKER = Path(__file__).parents[2] / "support" / "fake_worker.py"


@pytest.fixture
def handle(tmp_path: Path) -> Handle:
    folder = tmp_path / ".rft/runs/sums.1"
    folder.mkdir(parents=True)
    (folder / JOB_FILE).write_text(json.dumps({"resume": False}))
    return Handle("sums.1", tmp_path, folder, {}, 0, now())


def worker(behaviour: str, *, grace_seconds: float = 10.0) -> LocalBackend:
    return LocalBackend((sys.executable, str(FAKE_WORKER), behaviour), grace_seconds=grace_seconds)


def until(look: Callable[[], Poll], step: int) -> None:
    """Look until the worker has taken a step."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if any(event.get("step") == step for event in look().events):
            return
        time.sleep(0.005)
    raise AssertionError("the worker does not come so far")


@pytest.fixture
def started(handle: Handle) -> Callable[[LocalBackend], Handle]:
    """Submit, and wait for the second step."""

    def start(backend: LocalBackend) -> Handle:
        running = handle._replace(ref=ref_of(backend.submit(handle, {})))
        until(lambda: backend.poll(running), 2)
        return running

    return start


def test_a_worker_that_is_asked_to_end_saves_and_ends_itself(started) -> None:
    backend = worker("ends_when_asked")
    handle = started(backend)
    backend.cancel(handle)
    poll = backend.poll(handle)
    assert (poll.state, poll.reason) == (State.CANCELLED, "cancelled after step 2")


def test_a_worker_that_does_not_end_is_killed(started) -> None:
    backend = worker("ignores_requests", grace_seconds=0.05)
    handle = started(backend)
    backend.cancel(handle)
    poll = backend.poll(handle)
    assert (poll.state, poll.raw_state, poll.reason) == (
        State.CANCELLED,
        "cancelled",
        "cancelled at step 2: it had not ended within 0.05 s and was killed",
    )


def test_a_worker_that_dies_of_the_request_counts_as_cancelled(started) -> None:
    backend = worker("waits")
    handle = started(backend)
    worker("waits").cancel(handle)  # another process, which has not started it
    assert (backend.poll(handle).state, backend.poll(handle).reason) == (
        State.CANCELLED,
        "cancelled at step 2",
    )


def test_a_process_that_only_has_the_workers_pid_is_left_alone(handle) -> None:
    backend = worker("waits")
    backend.cancel(handle._replace(ref={"pid": os.getpid(), "process_start": "1"}))
    assert backend.poll(handle).state is State.SUBMITTING


def test_cancelling_where_the_folder_is_gone_is_no_error(started) -> None:
    backend = worker("ignores_requests", grace_seconds=0.01)
    handle = started(backend)
    shutil.rmtree(handle.folder)
    backend.cancel(handle)
    assert backend.poll(handle).reason == "its run folder is gone"


def test_a_half_line_does_not_swallow_the_first_event_of_a_resumed_worker(handle) -> None:
    events = handle.folder / "events.jsonl"
    events.write_text('{"event": "note", "time": "t", "message": "whole"}\n{"event": "no')
    backend = worker("completes")
    origin = backend.poll(handle._replace(ref={"pid": 2**22 + 1})).cursor
    resumed = handle._replace(origin=origin)
    resumed = resumed._replace(ref=backend.resume(resumed, {}))
    until(lambda: backend.poll(resumed), 4)
    kinds = [event["event"] for event in backend.poll(resumed).events]
    assert kinds[:2] == ["note", "started"]


def test_an_end_before_a_resumption_does_not_count(handle) -> None:
    folder = RunFolder(handle.folder)
    folder.append("end", state="cancelled", reason="", failure=None)
    me = {"pid": os.getpid(), "process_start": process_start(os.getpid())}
    backend = worker("waits")
    live = handle._replace(ref=me)
    assert backend.poll(live).state is State.CANCELLED
    origin = backend.poll(live).cursor
    for cursor in (0, origin):
        assert backend.poll(live._replace(origin=origin, cursor=cursor)).state is State.QUEUED
    folder.append("end", state="completed", reason="", failure=None)
    for cursor in (0, origin):
        assert backend.poll(live._replace(origin=origin, cursor=cursor)).state is State.COMPLETED


def test_the_state_of_the_worker_before_says_nothing_of_the_next_one(handle) -> None:
    RunFolder(handle.folder).write_state(State.RUNNING, step=3, steps=4)
    backend = worker("waits")
    assert backend.poll(handle).state is State.QUEUED
    assert backend.poll(handle._replace(since="2999-01-01T00:00:00.000Z")).state is State.SUBMITTING


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"pid": 1}', '{"pid": "x", "heartbeat": "t", "step": 0, "process_start": ""}']
)
def test_a_damaged_state_counts_as_none(handle, content) -> None:
    (handle.folder / "state.json").write_text(content)
    assert worker("waits").poll(handle).state is State.SUBMITTING


def test_a_live_worker_without_a_heartbeat_is_stalled(handle) -> None:
    me = {"pid": os.getpid(), "process_start": process_start(os.getpid())}
    RunFolder(handle.folder).write_state(State.RUNNING, step=1, steps=4)
    path = handle.folder / "state.json"
    state = json.loads(path.read_text())
    backend = worker("waits")
    assert backend.poll(handle._replace(ref=me)).stalled_since == ""
    state["heartbeat"] = "2020-01-01T00:00:00.000Z"
    path.write_text(json.dumps(state))
    assert STALL_SECONDS < 3600
    assert backend.poll(handle._replace(ref=me)).stalled_since == "2020-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("gone", "hint"),
    [
        ((), "rft resume sums.1 goes on from its newest checkpoint"),
        ((JOB_FILE,), "launch the config again"),
    ],
)
def test_a_vanished_worker_is_told_with_the_way_on(handle, gone, hint) -> None:
    for name in gone:
        (handle.folder / name).unlink()
    poll = worker("waits").poll(handle._replace(ref={"pid": 2**22 + 1}))
    assert poll.failure is not None
    assert (poll.state, poll.failure["hint"]) == (State.FAILED, hint)


def test_a_log_is_read_on_from_where_it_was_left(handle) -> None:
    backend = worker("waits")
    assert backend.logs(handle) == ("", 0)
    log = handle.folder / "worker.log"
    log.write_text("first\n")
    assert backend.logs(handle) == ("first\n", 6)
    with log.open("a") as file:
        file.write("second")
    assert backend.logs(handle, 6) == ("second", 12)
