from __future__ import annotations

import sqlite3
import subprocess
import sys

import pytest

from rft_cli.errors import SetupError
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.record import Adoption, Changed
from rft_cli.runs.schema import VERSION
from rft_cli.worker import Failure, State


def test_a_missing_ledger_reads_as_empty_and_is_not_made(place) -> None:
    with Ledger(place) as ledger:
        assert ledger.summaries() == ()
        assert ledger.unsettled() == ()
    assert not place.folder.exists()


def test_ids_count_the_runs_of_a_name(place, draft) -> None:
    with Ledger(place, create=True) as ledger:
        ids = [
            ledger.admit(draft(name, fingerprint=fingerprint)).run.id
            for name, fingerprint in [("sums", "a"), ("words", "b"), ("sums", "c")]
        ]
    assert ids == ["sums.1", "words.1", "sums.2"]


def test_numbers_of_folders_that_outlived_their_ledger_are_not_given_out_again(place, draft) -> None:
    for name in ("sums.3", "sums.x", "sums-long.9", "other.7"):
        (place.runs / name).mkdir(parents=True)
    with Ledger(place, create=True) as ledger:
        assert ledger.admit(draft()).run.id == "sums.4"


@pytest.mark.parametrize(
    "state", [state for state in State if state.live or state in {State.COMPLETED, State.STOPPED_EARLY}]
)
def test_a_live_run_or_a_result_makes_another_needless(place, draft, poll, state) -> None:
    with Ledger(place, create=True) as ledger:
        first = ledger.admit(draft()).run
        ledger.take_in(first.id, poll(state=state))
        again = ledger.admit(draft())
    assert (again.run.id, again.is_new) == (first.id, False)


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
def test_a_run_without_a_result_is_followed_by_the_next_attempt(place, draft, poll, state) -> None:
    with Ledger(place, create=True) as ledger:
        ledger.take_in(ledger.admit(draft()).run.id, poll(state=state))
        again = ledger.admit(draft())
    assert (again.run.id, again.run.summary.attempt, again.is_new) == ("sums.2", 2, True)


def test_an_answer_that_is_lost_leaves_what_leads_to_a_run(place, draft) -> None:
    adoption = Adoption({"job": "there"}, "2026-01-01T00:00:00.000Z", has_no_result=True)
    adopted = {"job": "there"}
    with Ledger(place, create=True) as ledger:
        made = draft()
        run = ledger.adopt(
            made._replace(record={**made.record, "adopted": adopted}), adoption, lambda _: False
        ).run
        ledger.not_started(run.id, Failure(kind="x", message="it failed", hint="", exit_code=5))
        assert ledger.resuming(run.id, 0)
        ledger.submitted(run.id, {}, State.UNKNOWN)
        after = ledger.run(run.id)
    assert (after.state, after.ref) == (State.UNKNOWN, {"job": "there"})


def test_a_scope_has_one_baseline(place, draft, poll) -> None:
    with Ledger(place, create=True) as ledger:
        tuned = ledger.admit(draft(fingerprint="a", is_default=False)).run
        first = ledger.admit(draft(fingerprint="b")).run
        second = ledger.admit(draft(fingerprint="c")).run
        elsewhere = ledger.admit(draft(fingerprint="d", scope="t")).run
        assert [run.summary.is_baseline for run in (tuned, first, second, elsewhere)] == [
            False,
            True,
            False,
            True,
        ]
        assert (ledger.baseline("s"), ledger.baseline("t"), ledger.baseline("u")) == (
            first.id,
            elsewhere.id,
            None,
        )


def test_a_baseline_that_failed_gives_its_place_away(place, draft, poll) -> None:
    with Ledger(place, create=True) as ledger:
        ledger.take_in(ledger.admit(draft(fingerprint="a")).run.id, poll(state=State.FAILED))
        ledger.admit(draft(fingerprint="b"))
        assert ledger.baseline("s") == "sums.2"


def test_events_become_points_evaluations_notes_and_a_summary(place, draft, poll, measured) -> None:
    events = [
        {"event": "started", "steps": 16, "resumed_from": None, "seed": 0},
        {"event": "note", "time": "t", "message": "hello"},
        {"event": "evaluation", "step": 0, "mean": 0.25, "standard_error": 0.0625, "n": 16},
        *(measured(step, step / 16) for step in range(1, 17)),
        {"event": "evaluation", "step": 16, "mean": 0.75, "standard_error": 0.125, "n": 16},
        {"event": "checkpoint", "step": 16, "path": "checkpoints/16"},
        {"event": "from the future"},
    ]
    with Ledger(place, create=True) as ledger:
        run = ledger.admit(draft()).run.id
        for _ in range(2):  # the second time changes nothing
            ledger.take_in(run, poll(*events, state=State.COMPLETED, cursor=9, reason=""))
        found, points = ledger.run(run), ledger.points(run)
    summary = found.summary
    assert (summary.steps, summary.last_step, summary.state) == (16, 16, State.COMPLETED)
    assert (summary.reward_first, summary.reward_last) == (3 / 32, 31 / 32)
    assert (summary.evaluation_before, summary.evaluation_after) == (0.25, 0.75)
    assert (summary.evaluation_error, summary.evaluation_n) == (0.125, 16)
    assert found.notes == ("hello",)
    assert [each.step for each in found.evaluations] == [0, 16]
    assert [point.step for point in points] == list(range(1, 17))
    assert found.cursor == 9


def test_later_points_win_on_equal_steps(place, draft, poll, measured) -> None:
    with Ledger(place, create=True) as ledger:
        run = ledger.admit(draft()).run.id
        ledger.take_in(run, poll(measured(1, 0.1), measured(2, 0.2)))
        ledger.take_in(run, poll(measured(2, 0.9)))
        assert [point.values["reward"] for point in ledger.points(run)] == [0.1, 0.9]


def test_a_failure_and_a_ref_are_kept_as_they_are(place, draft, poll) -> None:
    failure = Failure(kind="disk", message="full", hint="free some", exit_code=3)
    with Ledger(place, create=True) as ledger:
        run = ledger.admit(draft()).run.id
        ledger.submitted(run, {"pid": 1}, State.QUEUED)
        ledger.take_in(run, poll(state=State.FAILED, reason="full", failure=failure, stalled_since="t"))
        found = ledger.run(run)
    assert (found.failure, found.ref, found.summary.reason, found.summary.stalled_since) == (
        failure,
        {"pid": 1},
        "full",
        "t",
    )


def test_a_late_watcher_does_not_take_back_an_end(place, draft, poll, measured) -> None:
    with Ledger(place, create=True) as ledger:
        run = ledger.admit(draft()).run.id
        ledger.take_in(run, poll({"event": "end", "time": "t"}, state=State.COMPLETED, cursor=9))
        ledger.take_in(run, poll(measured(1, 0.5), state=State.RUNNING, cursor=5))
        assert (ledger.run(run).state, len(ledger.points(run)), ledger.run(run).summary.ended) == (
            State.COMPLETED,
            1,
            "t",
        )
        ledger.take_in(run, poll(state=State.RUNNING, cursor=12))
        assert ledger.run(run).state is State.RUNNING


def test_a_cursor_never_goes_back(place, draft, poll) -> None:
    with Ledger(place, create=True) as ledger:
        run = ledger.admit(draft()).run.id
        ledger.take_in(run, poll(cursor=7))
        ledger.take_in(run, poll(cursor=3))
        assert ledger.run(run).cursor == 7


ADMIT = """
import sys
from pathlib import Path
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.place import Place
from rft_cli.runs.record import Draft
root = Path(sys.argv[1])
sys.stdin.readline()
with Ledger(Place(root, root / ".rft"), create=True) as ledger:
    print(ledger.admit(Draft("sums", "s", sys.argv[2], "local", True, 1, {}, {})).run.id)
"""


def test_many_launches_at_once_get_numbers_of_their_own(place) -> None:
    commands = [[sys.executable, "-c", ADMIT, str(place.root), f"f{number}"] for number in range(12)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for command in commands
    ]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    ids = sorted(process.communicate()[0].strip() for process in processes)
    assert ids == sorted(f"sums.{number}" for number in range(1, 13))
    with Ledger(place) as ledger:
        assert sum(run.is_baseline for run in ledger.summaries()) == 1


def test_equal_launches_at_once_become_one_run(place) -> None:
    commands = [[sys.executable, "-c", ADMIT, str(place.root), "same"] for _ in range(4)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for command in commands
    ]
    assert [process.communicate("go\n")[0] for process in processes] == ["sums.1\n"] * 4


def refusal(place) -> tuple[str, str]:
    with pytest.raises(SetupError) as caught, Ledger(place, create=True):
        pass
    name = f"{place.ledger}: "
    assert caught.value.message.startswith(name)
    return caught.value.message.removeprefix(name), caught.value.hint


def test_a_ledger_from_a_newer_version_is_left_alone(place) -> None:
    with Ledger(place, create=True):
        pass
    connection = sqlite3.connect(place.ledger)
    connection.execute("INSERT INTO migrations VALUES (?, 't')", (VERSION + 1,))
    connection.commit()
    connection.close()
    message, hint = refusal(place)
    assert message == (
        f"the ledger is from a newer version of rft (its tables have version {VERSION + 1}, this rft knows {VERSION})"
    )
    assert hint.startswith("upgrade rft")


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough to be one" * 40, b"SQLite format 3\0" + b"\1" * 4000]
)
def test_a_damaged_ledger_can_be_put_aside(place, content) -> None:
    place.make()
    place.ledger.write_bytes(content)
    message, hint = refusal(place)
    assert message == "the ledger is damaged"
    assert hint == "rft sync --rebuild puts it aside, and makes another from the run folders"


def test_a_locked_ledger_is_told_after_a_while(place, monkeypatch) -> None:
    with Ledger(place, create=True):
        pass
    monkeypatch.setattr("rft_cli.runs.database.BUSY_SECONDS", 0.01)
    holder = sqlite3.connect(place.ledger, isolation_level=None)
    holder.execute("PRAGMA journal_mode = DELETE")
    holder.execute("BEGIN EXCLUSIVE")
    try:
        message, hint = refusal(place)
    finally:
        holder.close()
    assert message.startswith("the ledger is locked by another process")
    assert hint.startswith("end the other rft")


def test_an_empty_file_is_a_new_ledger(place, draft) -> None:
    place.make()
    place.ledger.touch()
    with Ledger(place, create=True) as ledger:
        assert ledger.admit(draft()).run.id == "sums.1"


def test_a_failed_transaction_leaves_nothing(place, draft) -> None:
    with Ledger(place, create=True) as ledger:
        with pytest.raises(ValueError, match="JSON compliant"):
            ledger.admit(draft()._replace(record={"x": float("nan")}))
        assert ledger.summaries() == ()
        assert ledger.admit(draft()).run.id == "sums.1"


def test_a_draft_keeps_its_reference_hypothesis_reasons_and_changes(place, draft) -> None:
    change = {"parameter": "rollout.n", "from": 4, "to": 8, "ratio": 2.0}
    with Ledger(place, create=True) as ledger:
        plain = ledger.admit(draft(fingerprint="a")).run
        asked = draft(fingerprint="b")._replace(
            reference="sums.1", hypothesis="more signal", why={"multiple": "both belong together"}
        )
        run = ledger.admit(asked._replace(record={**asked.record, "changes": [change]})).run
    assert (plain.summary.reference, plain.summary.hypothesis, plain.summary.changes, plain.why) == (
        "",
        "",
        None,
        {},
    )
    assert (run.summary.reference, run.summary.hypothesis, run.why) == (
        "sums.1",
        "more signal",
        {"multiple": "both belong together"},
    )
    assert run.summary.changes == (Changed("rollout.n", 4, 8),)


def test_a_draft_can_ask_to_be_the_baseline(place, draft) -> None:
    with Ledger(place, create=True) as ledger:
        ledger.admit(draft(fingerprint="a"))
        ledger.admit(draft(fingerprint="b", is_default=False)._replace(make_baseline=True))
        assert [run.is_baseline for run in ledger.summaries()] == [False, True]
        ledger.make_baseline("sums.1")
        assert [run.is_baseline for run in ledger.summaries()] == [True, False]


def test_the_reference_of_a_scope_is_its_baseline_until_it_is_moved(place, draft) -> None:
    with Ledger(place, create=True) as ledger:
        assert ledger.reference("s") is None
        ledger.admit(draft(fingerprint="a"))
        assert ledger.reference("s") == "sums.1"
        ledger.admit(draft(fingerprint="b", is_default=False))
        ledger.set_reference("s", "sums.2")
        assert (ledger.reference("s"), ledger.baseline("s"), ledger.reference("t")) == (
            "sums.2",
            "sums.1",
            None,
        )
        ledger.set_reference("s", "sums.1")
        assert ledger.reference("s") == "sums.1"


def test_attempts_at_the_same_settings_are_found_in_order(place, draft) -> None:
    with Ledger(place, create=True) as ledger:
        for name, fingerprint in [("sums", "a"), ("other", "b"), ("again", "a")]:
            ledger.admit(draft(name, fingerprint=fingerprint), new_attempt=True)
        assert [(run.id, run.attempt) for run in ledger.by_fingerprint("a")] == [
            ("sums.1", 1),
            ("again.1", 2),
        ]
        assert ledger.by_fingerprint("z") == ()


def test_remarks_are_kept_in_order(place, draft) -> None:
    with Ledger(place, create=True) as ledger:
        run = ledger.admit(draft()).run.id
        for text in ("first", "second", "first"):
            ledger.remark(run, text)
        assert [remark.text for remark in ledger.run(run).remarks] == ["first", "second", "first"]


def test_runs_of_the_same_millisecond_stay_in_the_order_of_their_records(place, draft, monkeypatch) -> None:
    monkeypatch.setattr("rft_cli.runs.ledger.now", lambda: "2026-01-01T00:00:00.000Z")
    with Ledger(place, create=True) as ledger:
        for name in ("z", "a", "m"):
            ledger.admit(draft(name=name, fingerprint=name))
        assert [summary.id for summary in ledger.summaries()] == ["z.1", "a.1", "m.1"]
