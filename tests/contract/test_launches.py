"""What a launch does, whatever trains: record, submit, follow, and what becomes of a second launch of the same settings."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from rft_cli.backends.base import Backend, Handle, Poll
from rft_cli.diagnostics import Severity
from rft_cli.errors import ExitCode, FindingsError, SetupError, UsageError
from rft_cli.runs.ledger import Ledger
from rft_cli.worker import JOB_FILE, EventKind, State, read_json
from rft_cli.workflow.events import (
    Busy,
    Checked,
    Detached,
    Ended,
    Evaluated,
    Event,
    Judged,
    Measured,
    Noted,
    Planned,
    Progressed,
    StateChanged,
    Submitted,
)
from rft_cli.workflow.launch import launch
from rft_cli.workflow.request import Request

SUMS = Request(Path("sums.yaml"), confirmed=True)


@pytest.fixture
def launched(under_test, project_of) -> Callable[..., Iterator[Event]]:
    """Behaviour and request → the events of the launch."""

    def events(behaviour: str, request: Request = SUMS) -> Iterator[Event]:
        return launch(project_of(under_test.make(behaviour)), request)

    return events


@pytest.fixture
def ledger(project_of, under_test) -> Callable[[], Ledger]:
    return lambda: Ledger(project_of(under_test.make("completes")).place)


TOLD = {EventKind.NOTE: Noted, EventKind.EVALUATION: Evaluated, EventKind.METRICS: Measured}
"""What a backend tells, and what a launch makes of it; a start and an end are told as states."""


def first_told(events: Iterable[Event]) -> list[Event]:
    """Without steps that are told once more."""
    seen = set()
    found = []
    for event in events:
        step = event.point.step if isinstance(event, Measured) else None
        if step is None or step not in seen:
            found.append(event)
        seen.add(step)
    return found


def last(events: Iterator[Event]) -> Event:
    *_, event = events
    return event


def test_a_launch_tells_what_happens_in_order(launched, under_test) -> None:
    events = list(launched("completes"))
    silent = {StateChanged, Progressed}
    kinds = [type(event) for event in first_told(events) if type(event) not in silent]
    told = [TOLD[kind] for kind in under_test.story if kind in TOLD]
    assert kinds == [Checked, Planned, Submitted, *told, Judged, Ended]
    ended = events[-1]
    assert isinstance(ended, Ended)
    assert (ended.run.id, ended.run.state, ended.exit_code) == ("sums.1", State.COMPLETED, ExitCode.DONE)
    assert [point.step for point in ended.points] == [1, 2, 3, 4]
    states = [event.state for event in events if isinstance(event, StateChanged)]
    assert states[-1] is State.COMPLETED


@pytest.mark.where(tells_evaluations=True)
def test_the_record_holds_what_evaluations_and_steps_said(launched, ledger) -> None:
    list(launched("completes"))
    with ledger() as opened:
        run = opened.run("sums.1")
    assert run.summary.evaluation_before == 0.0
    assert (run.summary.evaluation_after, run.summary.evaluation_error, run.summary.evaluation_n) == (
        0.5,
        0.1,
        2,
    )
    assert (run.summary.last_step, run.summary.reward_first, run.summary.reward_last) == (4, 0.25, 1.0)
    assert run.notes == ("two rows are held out",)


def test_the_record_holds_everything_that_ran(launched, ledger, folder) -> None:
    list(launched("completes"))
    with ledger() as opened:
        run = opened.run("sums.1")
    assert (run.summary.steps, run.summary.last_step, run.state) == (4, 4, State.COMPLETED)
    assert run.get("training.learning_rate") == 1e-4
    assert run.record["origins"]["training.learning_rate"] == "default"
    line = 1 + (folder / "sums.yaml").read_text().splitlines().index(f"model: {run.get('model')}")
    assert run.record["origins"]["model"] == f"sums.yaml:{line}"
    assert set(run.record["digests"]) == {"dataset", "evaluator", "evaluation.dataset"}
    job = read_json(folder / ".rft/runs/sums.1" / JOB_FILE)
    assert job["run"] == "sums.1"
    assert str(folder) not in repr((run.config, run.record, job))


@pytest.mark.where(has_worker=True)
def test_the_job_of_a_worker_holds_all_that_it_needs(launched, ledger, folder) -> None:
    list(launched("completes"))
    with ledger() as opened:
        run = opened.run("sums.1")
    job = read_json(folder / ".rft/runs/sums.1" / JOB_FILE)
    assert (job["config"], job["schedule"]) == (run.config, run.record["schedule"])


def test_the_ledger_hides_itself_from_git(launched, folder) -> None:
    list(launched("completes"))
    assert (folder / ".rft/.gitignore").read_text() == "*\n"


def test_settings_with_a_result_are_shown_and_not_trained_again(launched) -> None:
    list(launched("completes"))
    checked, submitted, judged, ended = launched("completes")
    assert (type(checked), type(judged)) == (Checked, Judged)
    assert (submitted.run.id, submitted.is_new) == ("sums.1", False)
    assert (ended.run.id, ended.exit_code, len(ended.points)) == ("sums.1", ExitCode.DONE, 4)


def test_a_new_attempt_trains_again(launched) -> None:
    list(launched("completes"))
    ended = last(launched("completes", SUMS._replace(new_attempt=True)))
    assert (ended.run.id, ended.run.summary.attempt) == ("sums.2", 2)


def test_a_failed_run_is_followed_by_the_next_attempt_which_takes_the_baselines_place(
    launched, ledger
) -> None:
    list(launched("fails"))
    ended = last(launched("completes"))
    assert (ended.run.id, ended.run.summary.attempt) == ("sums.2", 2)
    with ledger() as opened:
        marks = {run.id: run.is_baseline for run in opened.summaries()}
    assert marks == {"sums.1": False, "sums.2": True}


def test_only_the_first_run_with_default_parameters_is_the_baseline_of_its_scope(launched, ledger) -> None:
    list(launched("completes"))
    list(launched("completes", SUMS._replace(overrides=("rollout.n=8", "experiment.hypothesis=more signal"))))
    list(launched("completes", SUMS._replace(overrides=("experiment.seed=1",))))
    list(launched("completes", SUMS._replace(overrides=("evaluation.max_tokens=64",))))
    with ledger() as opened:
        marks = [run.is_baseline for run in opened.summaries()]
    assert marks == [True, False, False, True]


def test_a_running_run_is_followed_from_its_first_event(launched, under_test) -> None:
    first = launched("waits")
    while not isinstance(next(first), Submitted):
        pass
    second = launched("waits")
    assert isinstance(next(second), Checked)
    submitted = next(second)
    assert (submitted.run.id, submitted.is_new) == ("sums.1", False)
    under_test.go_on()
    measured = [event.point.step for event in first_told(second) if isinstance(event, Measured)]
    assert measured == [1, 2, 3, 4]
    assert last(first).run.state is State.COMPLETED


@pytest.mark.where(has_worker=True)
def test_what_a_run_waits_for_is_told_until_it_goes_on(launched, under_test) -> None:
    events = launched("loads_long")
    busy = next(event for event in events if isinstance(event, Busy))
    assert (busy.run, busy.doing, busy.seconds > 60) == ("sums.1", "loading sums.py", True)
    under_test.go_on()
    assert last(events).run.state is State.COMPLETED


def test_ctrl_c_lets_go_of_a_run_that_goes_on(launched, ledger, under_test) -> None:
    before = signal.getsignal(signal.SIGINT)
    events = launched("waits")
    for event in events:
        if isinstance(event, Measured) and event.point.step == 2:
            os.kill(os.getpid(), signal.SIGINT)
            break
    assert list(events) == [Detached("sums.1", ExitCode.INTERRUPTED)]
    assert signal.getsignal(signal.SIGINT) is before
    under_test.go_on()
    assert last(launched("waits")).run.state is State.COMPLETED
    with ledger() as opened:
        assert [run.id for run in opened.summaries()] == ["sums.1"]


def test_ctrl_c_before_the_worker_has_begun_loses_nothing(launched, under_test) -> None:
    events = launched("waits")
    while not isinstance(next(events), Submitted):
        pass
    os.kill(os.getpid(), signal.SIGINT)
    assert isinstance(last(events), Detached)
    under_test.go_on()
    assert last(launched("waits")).run.id == "sums.1"


def test_findings_come_first_and_errors_stop_everything(launched, folder) -> None:
    (folder / "data/train.jsonl").write_text('{"messages": []}\n')
    events = launched("completes")
    checked = next(events)
    errors = [finding.message for finding in checked.findings if finding.severity is Severity.ERROR]
    assert errors == ["`messages` is empty"]
    with pytest.raises(FindingsError, match="1 error, nothing was submitted"):
        next(events)
    assert not (folder / ".rft").exists()


def test_a_missing_evaluator_is_an_error_of_a_launch(launched, folder) -> None:
    (folder / "evaluators/sums.py").unlink()
    checked = next(launched("completes"))
    errors = [finding.message for finding in checked.findings if finding.severity is Severity.ERROR]
    assert errors == ["the evaluator evaluators/sums.py does not exist"]


def test_a_missing_config_is_wrong_usage_with_a_suggestion(launched) -> None:
    with pytest.raises(UsageError) as caught:
        next(launched("completes", Request(Path("sum.yaml"))))
    assert (caught.value.message, caught.value.hint) == (
        "there is no run config sum.yaml",
        "did you mean sums.yaml?",
    )


def test_a_backend_that_cannot_start_leaves_a_failed_run(under_test, project_of, ledger) -> None:
    class Broken:
        def __init__(self, whole: Backend) -> None:
            self._whole = whole

        def __getattr__(self, name: str) -> object:
            return getattr(self._whole, name)

        def submit(self, handle: Handle, payload: object) -> dict[str, object]:
            raise OSError(28, "No space left on device")

        def poll(self, handle: Handle) -> Poll:
            raise AssertionError("never asked")

    with pytest.raises(SetupError, match=r"sums\.1 could not be started: No space left on device"):
        list(launch(project_of(Broken(under_test.make("completes"))), SUMS))
    with ledger() as opened:
        run = opened.run("sums.1")
    assert (run.state, run.summary.reason) == (State.FAILED, "No space left on device")
    assert run.failure is not None
    assert run.failure["exit_code"] == ExitCode.SETUP
