"""Every way from one state of a run to another, whatever trains: the ledger says it, and nothing that was recorded is lost."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from rft_cli.backends.base import Handle, Submission, ref_of
from rft_cli.errors import ExitCode, FindingsError, GuardError, RftError, SetupError, UsageError
from rft_cli.runs import folders
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.reconcile import reconcile
from rft_cli.worker import State
from rft_cli.workflow import control
from rft_cli.workflow.events import (
    Detached,
    Ended,
    Event,
    Judged,
    Measured,
    Noted,
    Resumed,
    Watched,
)
from rft_cli.workflow.launch import launch
from rft_cli.workflow.project import Project
from rft_cli.workflow.request import Request

SUMS = Request(Path("sums.yaml"), confirmed=True)
LAUNCHER = Path(__file__).parents[1] / "support" / "launcher.py"


@pytest.fixture
def project(under_test, project_of) -> Callable[[str], Project]:
    """Behaviour → project in which every worker behaves so."""
    return lambda behaviour: project_of(under_test.make(behaviour))


@pytest.fixture
def following(project) -> Callable[..., Project]:
    """Launch until the second step was measured, and let go of the run."""

    def launched(behaviour: str) -> Project:
        where = project(behaviour)
        for event in launch(where, SUMS):
            if isinstance(event, Measured) and event.point.step == 2:
                break
        return where

    return launched


def last(events: Iterator[Event]) -> Event:
    *_, event = events
    return event


def steps(events: Iterable[Event]) -> list[int]:
    """In the order in which they were first told."""
    return list(dict.fromkeys(event.point.step for event in events if isinstance(event, Measured)))


def state_of(project: Project, run: str = "sums.1") -> State:
    with project.ledger() as ledger:
        return ledger.run(run).state


def rewards(project: Project, run: str = "sums.1") -> list[float]:
    with project.ledger() as ledger:
        return [point.values["reward"] for point in ledger.points(run)]


def test_every_end_is_recorded_with_the_backends_own_word(project, under_test, end) -> None:
    ended = last(launch(where := project(end), SUMS))
    assert isinstance(ended, Ended)
    due = under_test.ends[end]
    assert (ended.run.state, ended.run.summary.raw_state, ended.exit_code) == (
        due.state,
        due.raw_state,
        due.exit_code,
    )
    with where.ledger() as ledger:
        assert ledger.unsettled() == ()


def test_a_detached_launch_leaves_a_run_that_can_be_watched(project, under_test) -> None:
    where = project("waits")
    assert last(launch(where, SUMS._replace(detach=True))) == Detached("sums.1", ExitCode.DONE)
    assert state_of(where).live
    under_test.go_on()
    events = list(control.watch(where, "sums"))
    assert isinstance(events[0], Watched)
    assert steps(events) == [1, 2, 3, 4]
    assert events[-1].exit_code == ExitCode.DONE


def test_a_detached_launch_says_the_same_when_another_process_has_seen_the_end_already(project) -> None:
    whole = (where := project("completes")).backend("")

    class Overtaken:
        def __getattr__(self, name: str) -> object:
            return getattr(whole, name)

        def submit(self, handle: Handle, payload: Mapping[str, object]) -> Submission:
            ref = yield from whole.submit(handle, payload)
            with Ledger(where.place) as other:
                while other.run("sums.1").state.live:
                    reconcile(other, where.backend)
            return ref

    events = launch(where._replace(backend=lambda _name: Overtaken()), SUMS._replace(detach=True))
    assert last(events) == Detached("sums.1", ExitCode.DONE)
    assert state_of(where) is State.COMPLETED


def test_waiting_ends_and_the_run_goes_on(following, under_test) -> None:
    where = following("waits")
    assert last(control.watch(where, "sums.1", timeout=0.01)) == Detached("sums.1", ExitCode.TIMEOUT)
    under_test.go_on()
    assert last(control.watch(where, "sums.1")).run.state is State.COMPLETED


def test_a_run_that_is_over_is_shown_with_its_exit_code(project) -> None:
    list(launch(where := project("fails"), SUMS))
    watched, judged, ended = control.watch(where, "sums")
    assert (type(watched), type(judged)) == (Watched, Judged)
    assert (ended.run.state, ended.exit_code) == (State.FAILED, ExitCode.RUN_FAILED)


def test_cancelling_ends_a_run(following, under_test) -> None:
    where = following("ends_when_asked")
    (cancellation,) = control.cancel(where, ["sums"])
    assert cancellation.was_live
    under_test.elapse()
    (look,) = control.sync(where, "sums.1")
    assert (look.after.state, look.after.raw_state, look.after.reason) == under_test.cancelled[:3]


@pytest.mark.where(resumes_every_end=True)
def test_cancelling_saves_and_resuming_goes_on_with_the_same_run(following) -> None:
    where = following("ends_when_asked")
    (cancellation,) = control.cancel(where, ["sums"])
    assert cancellation.was_live
    assert (cancellation.run.state, cancellation.run.summary.reason) == (
        State.CANCELLED,
        "cancelled after step 2",
    )
    events = list(control.resume(where, "sums.1"))
    assert isinstance(events[0], Resumed)
    assert Noted("sums.1", "going on from the checkpoint of step 2") in events
    summary = events[-1].run.summary
    assert (summary.state, summary.id, summary.attempt, summary.resumes, summary.reason) == (
        State.COMPLETED,
        "sums.1",
        1,
        1,
        "",
    )
    assert rewards(where) == [0.25, 0.5, 1.75, 2.0]


def test_cancelling_what_is_over_changes_nothing(project) -> None:
    list(launch(where := project("completes"), SUMS))
    for cancellation in control.cancel(where, ["sums", "sums.1"]):
        assert (cancellation.was_live, cancellation.run.state) == (False, State.COMPLETED)


def test_cancelling_names_every_run_before_it_ends_one(following, under_test) -> None:
    where = following("ends_when_asked")
    with pytest.raises(UsageError, match="there is no run nobody"):
        list(control.cancel(where, ["sums", "nobody"]))
    assert state_of(where).live
    list(control.cancel(where, ["sums"]))


def test_a_run_that_broke_goes_on_as_the_same_run_and_keeps_what_it_had(project, under_test) -> None:
    where = project("breaks_once")
    broken = last(launch(where, SUMS)).run
    before = rewards(where)
    assert (broken.state, len(before) >= under_test.kept) == (State.FAILED, True)
    ended = last(control.resume(where, "sums")).run
    assert (ended.state, ended.id, ended.summary.attempt, ended.summary.resumes) == (
        State.COMPLETED,
        "sums.1",
        1,
        1,
    )
    after = rewards(where)
    assert (len(after), after[: under_test.kept]) == (4, before[: under_test.kept])
    assert (ended.summary.is_baseline, ended.failure) == (True, None)


@pytest.mark.where(has_worker=True)
def test_a_vanished_run_goes_on_from_its_checkpoint_and_later_points_win(project) -> None:
    where = project("breaks_once")
    assert last(launch(where, SUMS)).run.summary.raw_state == "vanished"
    assert rewards(where) == [0.25, 0.5, 0.75]
    assert last(control.resume(where, "sums")).run.state is State.COMPLETED
    assert rewards(where) == [0.25, 0.5, 1.75, 2.0]
    with where.ledger() as ledger:
        run = ledger.run("sums.1")
    assert (run.summary.is_baseline, run.summary.evaluation_after, run.failure) == (True, 0.75, None)


@pytest.mark.where(resumes_every_end=True)
def test_who_follows_a_resumed_run_from_its_first_event_does_not_meet_its_old_end(project) -> None:
    list(launch(where := project("stops_early_once"), SUMS))
    assert isinstance(last(control.resume(where, "sums", detach=True)), Detached)
    ended = last(control.watch(where, "sums"))
    assert (ended.run.state, len(ended.points)) == (State.COMPLETED, 4)
    assert control.sync(where, "sums.1")[0].after.state is State.COMPLETED


@pytest.mark.where(has_worker=True)
def test_without_a_checkpoint_the_same_run_starts_from_its_first_step(project) -> None:
    where = project("vanishes_without_checkpoint")
    list(launch(where, SUMS))
    ended = last(control.resume(where, "sums"))
    assert (ended.run.id, ended.run.state, ended.run.summary.resumes) == ("sums.1", State.COMPLETED, 1)
    assert rewards(where) == [0.25, 0.5, 0.75, 1.0]


def test_a_completed_run_is_not_resumed(project) -> None:
    list(launch(where := project("completes"), SUMS))
    watched, noted, judged, ended = control.resume(where, "sums")
    assert (type(watched), type(judged)) == (Watched, Judged)
    assert noted == Noted("sums.1", "it has trained all its steps: there is nothing to resume")
    assert (ended.exit_code, ended.run.summary.resumes) == (ExitCode.DONE, 0)


def test_resuming_a_live_run_follows_it(following, under_test) -> None:
    where = following("waits")
    under_test.go_on()
    ended = last(control.resume(where, "sums"))
    assert (ended.run.state, ended.run.summary.resumes) == (State.COMPLETED, 0)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("data/train.jsonl", "data/train.jsonl has changed"),
        ("data/held-out.jsonl", "data/held-out.jsonl has changed"),
        ("evaluators/sums.py", "evaluators/sums.py has changed"),
    ],
)
def test_what_a_run_was_made_from_must_not_have_changed(project, folder, path, words) -> None:
    list(launch(where := project("breaks_once"), SUMS))
    with (folder / path).open("a") as file:
        file.write("\n")
    with pytest.raises(FindingsError) as caught:
        list(control.resume(where, "sums"))
    assert caught.value.message == f"sums.1 cannot go on: {words} since it was launched"
    assert state_of(where) is State.FAILED
    (folder / path).unlink()
    with pytest.raises(FindingsError, match=f"{path} is gone"):
        list(control.resume(where, "sums"))


def test_a_run_whose_next_attempt_has_a_result_is_not_resumed(project) -> None:
    list(launch(project("breaks_once"), SUMS))
    list(launch(where := project("completes"), SUMS))
    with pytest.raises(
        GuardError, match=r"sums\.2 is the next attempt at the same settings, and is completed"
    ):
        list(control.resume(where, "sums.1"))


@pytest.mark.parametrize("what", ["folder", "job"])
def test_a_run_whose_folder_is_gone_or_half_gone_is_not_resumed(project, folder, what) -> None:
    list(launch(where := project("breaks_once"), SUMS))
    gone = folder / ".rft/runs/sums.1"
    if what == "folder":
        shutil.rmtree(gone)
    else:
        (gone / "job.json").write_text('{"half')
    with pytest.raises(SetupError) as caught:
        list(control.resume(where, "sums"))
    assert (caught.value.message, caught.value.hint) == (
        "sums.1 cannot go on: its run folder .rft/runs/sums.1 is gone or damaged",
        "launch the config again: rft launch sums.yaml",
    )


def test_a_resumption_that_cannot_start_leaves_a_failed_run_that_can_be_resumed(project, under_test) -> None:
    list(launch(where := project("breaks_once"), SUMS))

    class Full:
        def __getattr__(self, name: str) -> object:
            return getattr(where.backend(""), name)

        def resume(self, handle: object, payload: object) -> dict[str, object]:
            raise OSError(28, "No space left on device")

    with pytest.raises(SetupError, match="No space left on device"):
        list(control.resume(where._replace(backend=lambda _name: Full()), "sums"))
    assert state_of(where) is State.FAILED
    ended = last(control.resume(where, "sums"))
    assert (ended.run.state, ended.run.summary.resumes) == (State.COMPLETED, 1)


def recorded(project: Project, folder: Path) -> str:
    """A launch that was killed between its record and the submission."""
    whole = project.backend("")

    class Killed:
        def __getattr__(self, name: str) -> object:
            return getattr(whole, name)

        def submit(self, handle: object, payload: object) -> dict[str, object]:
            raise SystemExit

    with pytest.raises(SystemExit):
        list(launch(project._replace(backend=lambda _name: Killed()), SUMS))
    return "sums.1"


def long_ago(folder: Path) -> None:
    with sqlite3.connect(folder / ".rft/ledger.db") as connection:
        connection.execute("UPDATE runs SET asked = '2020-01-01T00:00:00.000Z'")
    connection.close()


def test_a_launch_that_died_before_it_submitted_does_not_stay_live(project, under_test, folder) -> None:
    where = project("completes")
    recorded(where, folder)
    assert state_of(where) is State.SUBMITTING
    long_ago(folder)
    (look,) = control.sync(where)
    assert (look.before.state, look.after.state, look.after.reason) == (
        State.SUBMITTING,
        State.FAILED,
        under_test.never_asked,
    )
    assert last(launch(where, SUMS)).run.state is State.COMPLETED


@pytest.mark.where(has_worker=True)
def test_a_run_whose_worker_never_started_is_resumed_from_its_first_step(project, folder) -> None:
    where = project("completes")
    recorded(where, folder)
    long_ago(folder)
    control.sync(where)
    assert last(control.resume(where, "sums")).run.state is State.COMPLETED


def test_a_launch_whose_answer_was_lost_is_found(project, under_test, folder) -> None:
    where = project("waits")
    recorded(where, folder)
    with Ledger(where.place) as ledger:
        job = folders.read_job(where.place, "sums.1")
        ref_of(where.backend("").submit(ledger.handle(ledger.run("sums.1")), job))
    under_test.go_on()
    ended = last(control.watch(where, "sums"))
    assert (ended.run.state, len(ended.points)) == (State.COMPLETED, 4)


@pytest.mark.where(has_worker=True)
def test_a_worker_that_comes_late_is_found_again(project, folder) -> None:
    where = project("completes")
    recorded(where, folder)
    long_ago(folder)
    assert control.sync(where)[0].after.state is State.FAILED
    with Ledger(where.place) as ledger:
        handle = ledger.handle(ledger.run("sums.1"))
        ref_of(where.backend("").submit(handle, {}))
        while ledger.run("sums.1").state is not State.COMPLETED:
            reconcile(ledger, where.backend)
        assert len(ledger.points("sums.1")) == 4


@pytest.mark.where(has_worker=True)
def test_equal_launches_from_two_processes_make_one_run(project, folder) -> None:
    command = [sys.executable, str(LAUNCHER), "completes"]
    started = [subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = sorted(process.communicate()[0] for process in started)
    assert answers == ["sums.1 known\n", "sums.1 new\n"]
    where = project("completes")
    assert last(control.watch(where, "sums")).run.state is State.COMPLETED
    with where.ledger() as ledger:
        assert [run.id for run in ledger.summaries()] == ["sums.1"]


def test_only_one_of_two_resumptions_starts_a_worker(project) -> None:
    list(launch(where := project("breaks_once"), SUMS))
    with Ledger(where.place) as ledger:
        run = ledger.run("sums.1")
        assert [ledger.resuming("sums.1", run.cursor) for _ in range(2)] == [True, False]
        assert (ledger.run("sums.1").state, ledger.run("sums.1").summary.resumes) == (State.SUBMITTING, 1)


def test_a_failed_run_is_followed_by_the_next_attempt(project) -> None:
    list(launch(project("fails"), SUMS))
    ended = last(launch(project("completes"), SUMS))
    assert (ended.run.id, ended.run.summary.attempt, ended.run.state) == ("sums.2", 2, State.COMPLETED)


def test_a_backend_that_does_not_start_leaves_a_failed_run_and_the_next_attempt_is_free(project) -> None:
    where = project("completes")

    class Refusing:
        def __getattr__(self, name: str) -> object:
            return getattr(where.backend(""), name)

        def submit(self, handle: object, payload: object) -> dict[str, object]:
            raise SetupError("no room", hint="make some")

    with pytest.raises(RftError, match="no room"):
        list(launch(where._replace(backend=lambda _name: Refusing()), SUMS))
    assert state_of(where) is State.FAILED
    assert last(launch(where, SUMS)).run.id == "sums.2"


def test_what_a_launch_records_late_does_not_take_back_an_end(project) -> None:
    """Another process may have seen the whole run before the launch has written down the backend's answer."""
    list(launch(where := project("completes"), SUMS))
    with Ledger(where.place) as ledger:
        ledger.submitted("sums.1", {"pid": 1}, State.QUEUED)
        assert ledger.run("sums.1").state is State.COMPLETED


def test_syncing_one_run_reads_its_whole_history_again(project, folder) -> None:
    list(launch(where := project("completes"), SUMS))
    assert len(before := rewards(where)) == 4
    with sqlite3.connect(folder / ".rft/ledger.db") as connection:
        connection.execute("DELETE FROM points")
    connection.close()
    assert rewards(where) == []
    (look,) = control.sync(where, "sums")
    assert not look.changed
    assert rewards(where) == before


def test_a_job_says_that_it_is_resumed(project) -> None:
    list(launch(where := project("breaks_once"), SUMS))
    before = folders.read_job(where.place, "sums.1")
    list(control.resume(where, "sums"))
    assert folders.read_job(where.place, "sums.1") == {**before, "resume": True}
