"""A run that is followed is read while it trains and when it is over, whatever trains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rft_cli.errors import ExitCode
from rft_cli.runs.ledger import Ledger
from rft_cli.worker import State
from rft_cli.workflow import control
from rft_cli.workflow.events import Alarmed, Detached, Ended, Event, Judged, Noted, Submitted
from rft_cli.workflow.launch import launch
from rft_cli.workflow.lookout import Lookout
from rft_cli.workflow.request import Request
from rft_cli.workflow.verdict import with_verdict

SUMS = Request(Path("sums.yaml"), confirmed=True)
Launched = Callable[..., Iterator[Event]]


@pytest.fixture
def project(under_test, project_of) -> Callable[[str], object]:
    return lambda behaviour: project_of(under_test.make(behaviour))


@pytest.fixture
def launched(project) -> Launched:
    """Behaviour and what ends the run → the events of the launch."""
    return lambda behaviour, *stop_on: launch(project(behaviour), SUMS._replace(stop_on=frozenset(stop_on)))


def only(kind: type, events: list[Event]) -> Event:
    [event] = [event for event in events if isinstance(event, kind)]
    return event


def lets_go_on(folder: Path, events: Iterator[Event]) -> Iterator[Event]:
    """The same events; the worker goes on when an alarm was told."""
    for event in events:
        yield event
        if isinstance(event, Alarmed):
            (folder / ".rft/runs" / event.run / "go").touch()


@pytest.mark.where(draws_curves=True)
@pytest.mark.parametrize(
    ("behaviour", "alarm", "symptom"),
    [("collapses", "collapse", "spike_then_collapse"), ("has_no_signal", "no-signal", "flat_no_signal")],
)
def test_what_is_alarming_is_told_once_while_the_run_goes_on(
    launched, folder, behaviour, alarm, symptom
) -> None:
    events = list(lets_go_on(folder, launched(behaviour)))
    told = only(Alarmed, events)
    assert (told.run, told.alarm, told.symptom.id, told.ends_run) == ("sums.1", alarm, symptom, False)
    assert events.index(told) < events.index(only(Judged, events))
    assert events[-1].exit_code is ExitCode.DONE


@pytest.mark.where(draws_curves=True)
@pytest.mark.parametrize(
    ("behaviour", "alarm", "step"), [("collapses", "collapse", 59), ("has_no_signal", "no-signal", 39)]
)
def test_an_alarm_ends_the_run_where_the_user_wants_that(launched, project, behaviour, alarm, step) -> None:
    events = list(launched(behaviour, "collapse", "no-signal"))
    assert only(Alarmed, events).ends_run
    ended = events[-1]
    assert isinstance(ended, Ended)
    assert (ended.run.state, ended.exit_code) == (State.CANCELLED, ExitCode.RUN_FAILED)
    assert ended.run.summary.reason == f"stopped by --stop-on {alarm} at step {step}"
    with Ledger(project(behaviour).place) as ledger:
        assert ledger.run("sums.1").summary.reason == ended.run.summary.reason


@pytest.mark.where(draws_curves=True)
def test_the_reason_stays_when_the_record_is_read_again(launched, project) -> None:
    list(launched("collapses", "collapse"))
    [look] = control.sync(project("collapses"), "sums.1")
    assert look.after.reason == "stopped by --stop-on collapse at step 59"


@pytest.mark.where(draws_curves=True)
def test_a_run_that_was_ended_for_an_alarm_goes_on_when_it_is_asked_to(launched, project) -> None:
    list(launched("collapses", "collapse"))
    ended = list(control.resume(project("collapses"), "sums"))[-1]
    assert (ended.run.state, ended.run.summary.resumes) == (State.COMPLETED, 1)


@pytest.mark.where(draws_curves=True)
def test_another_alarm_than_the_one_that_was_named_ends_nothing(launched, folder) -> None:
    events = list(lets_go_on(folder, launched("collapses", "no-signal")))
    assert (only(Alarmed, events).ends_run, events[-1].run.state) == (False, State.COMPLETED)


@pytest.mark.where(draws_curves=True)
def test_who_watches_may_end_the_run_too(project) -> None:
    list(launch(project("collapses"), SUMS._replace(detach=True)))
    ended = list(control.watch(project("collapses"), "sums", stop_on={"collapse"}))[-1]
    assert ended.run.summary.reason == "stopped by --stop-on collapse at step 59"


@pytest.mark.where(draws_curves=True)
def test_a_run_that_rises_raises_no_alarm_and_has_its_verdict_before_its_end(launched) -> None:
    *_, judged, ended = events = list(launched("rises", "collapse", "no-signal"))
    assert [event for event in events if isinstance(event, Alarmed)] == []
    assert (type(judged), type(ended), ended.exit_code) == (Judged, Ended, ExitCode.DONE)
    assert (judged.run, judged.consulted.advice.verdict) == ("sums.1", "none")


def test_a_run_that_was_over_has_its_verdict_when_it_is_watched_or_launched_again(project) -> None:
    list(launch(project("completes"), SUMS))
    watched = list(control.watch(project("completes"), "sums"))
    again = list(launch(project("completes"), SUMS))
    assert [only(Judged, events).run for events in (watched, again)] == ["sums.1", "sums.1"]


def test_a_run_that_nobody_follows_has_no_verdict(project) -> None:
    events = list(launch(project("completes"), SUMS._replace(detach=True)))
    assert [type(event) for event in events[-2:]] == [Submitted, Detached]


@pytest.fixture
def closed(project) -> Ledger:
    """A ledger that cannot be asked any more."""
    with Ledger(project("completes").place) as ledger:
        pass
    return ledger


def test_a_curve_that_cannot_be_read_takes_nothing_from_the_end(project, launched, closed) -> None:
    ended = list(launched("completes"))[-1]
    noted, same = with_verdict(project("completes"), closed, [ended])
    assert isinstance(noted, Noted)
    assert noted.message.startswith("no verdict: its metrics could not be read (SetupError: ")
    assert same is ended


def test_a_curve_that_cannot_be_read_while_it_trains_is_told_once(project, closed) -> None:
    lookout = Lookout(project("completes"), closed, "sums.1")
    lines = [{"event": "metrics", "step": step, "values": {"reward": 0.0}} for step in range(1, 21)]
    [noted] = [*lookout.look(lines[:18], 64), *lookout.look(lines[18:], 64)]
    assert noted.message.startswith("nobody looks out for a collapse: its metrics could not be read (")
