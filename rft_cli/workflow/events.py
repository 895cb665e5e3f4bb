"""What happens between a config and a finished run, as values in the order in which it happens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.diagnostics import Finding
from rft_cli.errors import ExitCode
from rft_cli.runs.record import Evaluation, Point, Run
from rft_cli.worker import State
from rft_cli.workflow.assess import Assessment
from rft_cli.workflow.reference import Reference

if TYPE_CHECKING:
    from rft_cli.advice.alarm import Alarm
    from rft_cli.backends.base import Progress
    from rft_cli.curves.symptom import Symptom
    from rft_cli.workflow.advising import Consulted


class Checked(NamedTuple):
    """The config and its files have been read."""

    findings: tuple[Finding, ...]
    sources: Mapping[str, str]
    """Shown path → text, for excerpts."""


class Planned(NamedTuple):
    """The guards have looked at what would be launched."""

    assessment: Assessment


class Progressed(NamedTuple):
    """A run is being submitted, and this is how far that is. Comes before `Submitted`, several times a second."""

    run: str
    progress: Progress


class Submitted(NamedTuple):
    """There is a run to follow or to show."""

    run: Run
    is_new: bool
    """False: these settings have run or are running already."""
    about: str
    """What a user should know of the backend before reading results."""


class Watched(NamedTuple):
    """A run that was there already is followed, or shown if it is over."""

    run: Run
    about: str


class Resumed(NamedTuple):
    """A run that had ended goes on from its newest checkpoint."""

    run: Run
    about: str


class StateChanged(NamedTuple):
    """The run is somewhere else in its life."""

    run: str
    state: State
    raw_state: str


class Stalled(NamedTuple):
    """A live run shows no sign of life."""

    run: str
    since: str
    """UTC, ISO 8601."""


class Waited(NamedTuple):
    """Nothing has happened for a second: time for whoever shows how long it takes."""

    run: str


class Busy(NamedTuple):
    """A run waits for something, such as the user's evaluator, and has done so for a while."""

    run: str
    doing: str
    """As ``loading evaluators/judge.py``."""
    seconds: int
    """For so long."""


class Measured(NamedTuple):
    """The metrics of one step."""

    run: str
    steps: int
    """Planned."""
    point: Point


class Evaluated(NamedTuple):
    """Held-out rows were answered."""

    run: str
    evaluation: Evaluation


class Noted(NamedTuple):
    """The worker wants the user to know something."""

    run: str
    message: str


class Alarmed(NamedTuple):
    """A live run shows what need not be waited for."""

    run: str
    alarm: Alarm
    step: int
    """Up to which the run was read."""
    symptom: Symptom
    ends_run: bool
    """The user wants a run to end for it."""


class Judged(NamedTuple):
    """What a run shows that is about to be told over, and what to change next."""

    run: str
    consulted: Consulted


class Ended(NamedTuple):
    """The run is over; everything about it is in the ledger."""

    run: Run
    points: tuple[Point, ...]
    exit_code: ExitCode
    reference: Reference | None = None
    """What the run was launched against, where somebody has looked."""
    can_resume: bool = False
    """Whether its backend lets such a run go on."""


class Detached(NamedTuple):
    """The run goes on without anybody who watches."""

    run: str
    exit_code: ExitCode = ExitCode.INTERRUPTED
    """Interrupted: the user let go; timed out: the time to wait is over; done: nobody wanted to watch."""


Told = (
    Checked
    | Planned
    | Progressed
    | Submitted
    | Watched
    | Resumed
    | StateChanged
    | Stalled
    | Busy
    | Measured
    | Evaluated
    | Noted
    | Alarmed
    | Judged
    | Ended
    | Detached
)
"""What there is to tell."""

Event = Told | Waited
"""What happens while somebody launches or follows a run."""


def exit_code_of(run: Run) -> ExitCode:
    """What a following command returns for a run that is over."""
    if run.state is State.COMPLETED:
        return ExitCode.DONE
    if run.failure is not None:
        try:
            return ExitCode(run.failure["exit_code"]) or ExitCode.RUN_FAILED
        except (KeyError, ValueError):
            return ExitCode.RUN_FAILED
    return ExitCode.RUN_FAILED
