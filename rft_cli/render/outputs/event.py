"""The lines of a stream: what happens while a run is followed."""

from __future__ import annotations

from typing import Literal, TypedDict

from rft_cli.advice.alarm import Alarm
from rft_cli.backends.base import Stage
from rft_cli.render.outputs.analysis import AdviceOutput, SymptomObject
from rft_cli.render.outputs.finding import FindingObject
from rft_cli.render.outputs.plan import AssessmentObject
from rft_cli.render.outputs.run import EvaluationObject, PointObject, SummaryObject
from rft_cli.worker import Failure, Schedule, State


class Line(TypedDict):
    """Any line."""

    schema_version: Literal[1]


class FindingsEvent(Line):
    """The config and its files were read, and something was found."""

    event: Literal["findings"]
    findings: list[FindingObject]


class PlannedEvent(AssessmentObject, Line):
    """The guards have looked at what would be launched."""

    event: Literal["planned"]


class ProgressEvent(Line):
    """A run is being submitted; comes before `submitted`."""

    event: Literal["progress"]
    run: str
    stage: Stage
    subject: str
    """What it is about; empty: the run itself."""
    message: str
    done: int | None
    """Bytes sent so far; null: it is not counted in bytes."""
    total: int | None
    """Bytes to send."""
    tries: int
    """How often it was begun."""
    seconds: float
    """Since this stage, with this subject, began."""


class SubmittedEvent(Line):
    """There is a run to follow or to show."""

    event: Literal["submitted"]
    run: str
    is_new: bool
    """False: it was there already."""
    resumes: int
    state: State
    attempt: int
    is_baseline: bool
    steps: int
    """Planned."""
    schedule: Schedule
    about: str
    """What a user should know of the backend before reading results."""
    folder: str | None


class StateEvent(Line):
    """The run is somewhere else in its life."""

    event: Literal["state"]
    run: str
    state: State
    raw_state: str
    """As the backend calls it."""


class StalledEvent(Line):
    """A live run shows no sign of life."""

    event: Literal["stalled"]
    run: str
    since: str
    """UTC, ISO 8601."""


class BusyEvent(Line):
    """A run waits for something, and has done so for a while."""

    event: Literal["busy"]
    run: str
    doing: str
    seconds: int


class MetricsEvent(PointObject, Line):
    """One step, with its metrics under canonical names."""

    event: Literal["metrics"]
    run: str
    steps: int
    """Planned."""


class EvaluationEvent(EvaluationObject, Line):
    """Held-out rows were answered."""

    event: Literal["evaluation"]
    run: str


class NoteEvent(Line):
    """The worker wants the user to know something."""

    event: Literal["note"]
    run: str
    message: str


class AlarmEvent(Line):
    """A live run shows what need not be waited for."""

    event: Literal["alarm"]
    run: str
    alarm: Alarm
    step: int
    """Up to which the run was read."""
    symptom: SymptomObject
    ends_run: bool
    """Whether the run is ended for it."""


class VerdictEvent(AdviceOutput):
    """What a run shows that is about to be told over, and what to change next."""

    event: Literal["verdict"]


class DetachedEvent(Line):
    """The run goes on without anybody who watches. The last line."""

    event: Literal["detached"]
    run: str
    exit_code: int
    """What the command ends with."""


class EndEvent(SummaryObject, Line):
    """The run is over. The last line, but where a missing baseline was launched first."""

    event: Literal["end"]
    run: str
    last: PointObject | None
    """The newest step, under canonical names."""
    failure: Failure | None
    exit_code: int
    """What the command ends with, where this is the last line."""
    folder: str | None


class LogEvent(Line):
    """One line of a log."""

    event: Literal["log"]
    run: str
    line: str


EventObject = (
    FindingsEvent
    | PlannedEvent
    | ProgressEvent
    | SubmittedEvent
    | StateEvent
    | StalledEvent
    | BusyEvent
    | MetricsEvent
    | EvaluationEvent
    | NoteEvent
    | AlarmEvent
    | VerdictEvent
    | DetachedEvent
    | EndEvent
    | LogEvent
)
