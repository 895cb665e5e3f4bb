"""What every backend keeps to."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
from support.backends import End

from rft_cli.backends.base import RUN_PLACEHOLDER, Poll, ref_of
from rft_cli.config import load
from rft_cli.diagnostics import Severity
from rft_cli.worker import EventKind, Rollout, State


def end_of(poll: Poll) -> End:
    kind = poll.failure["kind"] if poll.failure else None
    return End(poll.state, poll.raw_state, poll.reason, kind)


def told(polls: Iterable[Poll]) -> list[Mapping[str, Any]]:
    return [event for poll in polls for event in poll.events]


def kinds(events: Iterable[Mapping[str, Any]]) -> list[EventKind]:
    """In their order; a step that is told again does not count."""
    seen, found = set(), []
    for event in events:
        step = event["step"] if event["event"] == EventKind.METRICS else None
        if step is None or step not in seen:
            found.append(event["event"])
        seen.add(step)
    return found


def steps(events: Iterable[Mapping[str, Any]]) -> list[int]:
    return [event["step"] for event in events if event["event"] == EventKind.METRICS]


def until_step(looks: Iterator[Poll], step: int) -> list[Poll]:
    """Looks at a run up to the one that tells a step."""
    seen = [next(looks)]
    while step not in steps(seen[-1].events):
        seen.append(next(looks))
    return seen


def test_a_run_ends_as_the_backend_says(under_test, submitted, polls, end) -> None:
    backend = under_test.make(end)
    *_, last = polls(backend, submitted(backend))
    assert end_of(last) == under_test.ends[end]._replace(exit_code=End._field_defaults["exit_code"])


def test_states_only_move_forward_and_events_come_in_order(under_test, submitted, polls) -> None:
    backend = under_test.make("completes")
    seen = list(polls(backend, submitted(backend)))
    order = [State.SUBMITTING, State.QUEUED, State.RUNNING, State.COMPLETED]
    ranks = [order.index(poll.state) for poll in seen]
    assert ranks == sorted(ranks)
    assert kinds(told(seen)) == list(under_test.story)


def test_a_step_is_told_once_and_where_the_end_says_more_of_it_once_more(
    under_test, submitted, polls
) -> None:
    backend = under_test.make("completes")
    seen = list(polls(backend, submitted(backend)))
    found = steps(told(seen))
    again = found[4:]
    assert found[:4] == [1, 2, 3, 4]
    assert again == ([1, 2, 3, 4] if under_test.tells_steps_again else [])


def test_a_cursor_moves_forward_and_what_was_told_is_not_told_again_while_the_run_goes_on(
    under_test, submitted, polls
) -> None:
    backend = under_test.make("waits")
    handle = submitted(backend)
    seen = until_step(looks := polls(backend, handle), 2)
    cursors = [poll.cursor for poll in seen]
    assert (cursors, len(set(steps(told(seen))))) == (sorted(cursors), len(steps(told(seen))))
    assert steps(next(looks).events) == []


def test_a_cursor_of_zero_reads_everything_again(under_test, submitted, polls) -> None:
    backend = under_test.make("completes")
    handle = submitted(backend)
    first = told(polls(backend, handle))
    again = [under_test.make("completes").poll(handle) for _ in range(2)]
    assert again[0] == again[1]
    assert (again[0].state, kinds(again[0].events)) == (State.COMPLETED, list(under_test.story))
    latest = {event["step"]: event["values"] for event in first if event["event"] == EventKind.METRICS}
    assert latest == {
        event["step"]: event["values"] for event in again[0].events if event["event"] == EventKind.METRICS
    }
    rest = [
        [event for event in events if event["event"] != EventKind.METRICS]
        for events in (first, again[0].events)
    ]
    assert rest[0] == rest[1]


def test_what_trains_and_is_lost_leaves_a_failed_run_that_says_so(under_test, submitted, polls) -> None:
    backend = under_test.make("is_lost")
    looks = polls(backend, handle := submitted(backend))
    until_step(looks, 2)
    under_test.lose(handle)
    *_, last = looks
    assert end_of(last) == under_test.lost._replace(exit_code=End._field_defaults["exit_code"])


@pytest.mark.where(has_worker=True)
def test_another_process_finds_the_vanished_worker_too(under_test, submitted, polls) -> None:
    handle = submitted(backend := under_test.make("vanishes"))
    list(polls(backend, handle))
    *_, last = polls(under_test.make("vanishes"), handle)
    assert (last.state, last.reason) == (
        State.FAILED,
        "the worker vanished at step 3; its log ends with: Killed, alas",
    )


@pytest.mark.where(has_worker=True)
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
    looks = polls(backend, submitted(backend))
    assert until_step(looks, 2)[-1].state is State.RUNNING
    under_test.go_on()
    *_, last = looks
    assert last.state is State.COMPLETED


def test_a_live_run_is_cancelled_and_one_that_is_over_stays_as_it_is(under_test, submitted, polls) -> None:
    backend = under_test.make("ends_when_asked")
    looks = polls(backend, handle := submitted(backend))
    until_step(looks, 2)
    backend.cancel(handle)
    under_test.elapse()
    *_, last = looks
    assert end_of(last) == under_test.cancelled._replace(exit_code=End._field_defaults["exit_code"])
    backend.cancel(handle)
    assert end_of(under_test.make("ends_when_asked").poll(handle)) == end_of(last)


def test_cancelling_a_run_that_completed_changes_nothing(under_test, submitted, polls) -> None:
    backend = under_test.make("completes")
    handle = submitted(backend)
    *_, last = polls(backend, handle)
    backend.cancel(handle)
    assert end_of(under_test.make("completes").poll(handle)) == end_of(last)


def test_a_run_that_broke_goes_on_under_its_id(under_test, recorded, polls) -> None:
    backend = under_test.make("breaks_once")
    handle, job = recorded(backend)
    handle = handle._replace(ref=ref_of(backend.submit(handle, job)))
    *_, broken = polls(backend, handle)
    assert broken.state is State.FAILED
    (handle.folder / "job.json").write_text(
        (handle.folder / "job.json").read_text().replace('"resume": false', '"resume": true')
    )
    later = handle._replace(cursor=broken.cursor, origin=broken.cursor)
    *_, last = polls(backend, later._replace(ref=backend.resume(later, {**job, "resume": True})))
    assert (last.state, last.failure) == (State.COMPLETED, None)


@pytest.mark.where(costs_money=True)
def test_submitting_a_run_twice_starts_it_once(under_test, recorded, polls) -> None:
    backend = under_test.make("completes")
    handle, job = recorded(backend)
    refs = [ref_of(each.submit(handle, job)) for each in (backend, under_test.make("completes"))]
    assert refs[0] == refs[1]
    *_, last = polls(backend, handle._replace(ref=refs[0]))
    assert last.state is State.COMPLETED


@pytest.mark.where(costs_money=True)
def test_a_run_whose_answer_was_lost_is_found_again_and_says_how(under_test, recorded) -> None:
    backend = under_test.make("completes")
    handle, job = recorded(backend)
    ref = ref_of(backend.submit(handle, job))
    assert under_test.make("completes").poll(handle).ref == ref
    assert under_test.make("completes").poll(handle._replace(ref=ref)).ref == {}


def test_a_log_is_read_on_from_where_it_was_read_to(under_test, submitted, polls) -> None:
    behaviour, text = under_test.log
    backend = under_test.make(behaviour)
    handle = submitted(backend)
    list(polls(backend, handle))
    whole = backend.logs(handle)
    assert whole.text == text
    assert backend.logs(handle, whole.cursor) == ("", whole.cursor)
    assert backend.logs(handle, 3).text == text[3:]


def test_rollouts_can_be_read_by_step_and_in_order(under_test, submitted, polls) -> None:
    backend = under_test.make("completes")
    handle = submitted(backend)
    list(polls(backend, handle))
    one = list(backend.rollouts(handle, 2))
    assert [rollout["step"] for rollout in one] == [2] * under_test.rollouts_per_step
    assert all(set(rollout) == set(Rollout.__annotations__) for rollout in one)
    whole = list(under_test.make("completes").rollouts(handle))
    assert [rollout["step"] for rollout in whole] == sorted([1, 2, 3, 4] * under_test.rollouts_per_step)
    assert [rollout for rollout in whole if rollout["step"] == 2] == one
    assert list(backend.rollouts(handle, 9)) == []


@pytest.mark.where(has_worker=True)
def test_a_deleted_run_folder_is_no_error_of_ours(under_test, submitted, polls) -> None:
    backend = under_test.make("completes")
    handle = submitted(backend)
    list(polls(backend, handle))
    shutil.rmtree(handle.folder)
    *_, last = polls(under_test.make("completes"), handle)
    assert (last.state, last.reason) == (State.FAILED, "its run folder is gone")
    assert backend.logs(handle).text == ""
    assert list(backend.rollouts(handle)) == []


@pytest.mark.where(has_worker=False)
def test_a_deleted_run_folder_takes_nothing_from_a_run_that_trains_elsewhere(
    under_test, submitted, polls
) -> None:
    backend = under_test.make("completes")
    handle = submitted(backend)
    shutil.rmtree(handle.folder)
    *_, last = polls(backend, handle)
    assert last.state is State.COMPLETED
    assert len(list(backend.rollouts(handle))) == 4 * under_test.rollouts_per_step
    assert not handle.folder.exists()


@pytest.mark.where(has_worker=True)
def test_a_worker_is_on_its_own(under_test, submitted, polls, folder, monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    backend = under_test.make("reports")
    handle = submitted(backend)
    facts = ast.literal_eval(told(polls(backend, handle))[0]["message"])
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
    assert schedule["steps"] * schedule["prompts_per_step"] >= schedule["rows"] == 100
    assert schedule["rollouts_per_step"] == 4 * schedule["prompts_per_step"]
    payload = backend.payload(config, schedule, {"dataset": "d"})
    assert payload == backend.payload(config, schedule, {"dataset": "d"})
    assert RUN_PLACEHOLDER in payload.values()
    assert str(folder) not in repr(payload)
    assert backend.preflight(config) == backend.preflight(config)
    assert [finding for finding in backend.preflight(config) if finding.severity is Severity.ERROR] == []


def test_nothing_stands_in_the_way_of_a_run_that_completes_and_asking_changes_nothing(
    under_test, folder
) -> None:
    backend = under_test.make("completes")
    config = load(folder / "sums.yaml", root=folder).config
    assert config is not None
    before = sorted(folder.rglob("*"))
    assert backend.inspect(config, folder) == ()
    assert sorted(folder.rglob("*")) == before
