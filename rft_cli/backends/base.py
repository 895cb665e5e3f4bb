"""What a backend is: the protocol that the workflow speaks, and the values that go through it. No backend is known here."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from rft_cli.worker import Failure, Rollout, Schedule, State

if TYPE_CHECKING:
    from rft_cli.config import Config
    from rft_cli.diagnostics import Finding

Ref = Mapping[str, Any]
"""How a backend finds a run again: small, JSON, and opaque to everybody else. Empty: never handed out."""

RUN_PLACEHOLDER = "<run id>"
"""Stands in a payload for the id that the ledger gives out when the run is recorded."""


class Stage(StrEnum):
    """What a submission is doing. Up to and including `REQUEST` nothing has been started."""

    LOOK = "look"
    """Finds out what is to be done."""
    UPLOAD = "upload"
    """Sends a file."""
    WAIT = "wait"
    """The backend works on what it was sent."""
    READY = "ready"
    """Something that the run needs can be used."""
    REQUEST = "request"
    """Asks for the run itself: from the moment at which the submission goes on after this, the run may have been started."""


class Progress(NamedTuple):
    """A sign of life of a submission."""

    stage: Stage
    subject: str
    """What it is about, as the user's config names it; empty: the run itself."""
    message: str
    """What is done, in words that continue no sentence: ``uploading data/train.jsonl``."""
    done: int | None = None
    """Bytes sent so far; None: it is not counted in bytes. Less than before: it had to begin again."""
    total: int | None = None
    """Bytes to send."""
    tries: int = 1
    """How often it was begun."""
    seconds: float = 0.0
    """Since this stage, with this subject, began."""

    @property
    def what(self) -> tuple[Stage, str, int]:
        """Equal as long as it is the same that goes on."""
        return self.stage, self.subject, self.tries


Submission = Generator[Progress, None, Ref]
"""A submission under way: signs of life several times a second, then how the run is found again.

Whoever asks for the next one may close it instead, which ends the submission. Before `Stage.REQUEST` was passed nothing has been
started then; after it whether the run was started is unknown, and `poll` finds out.
"""


def ref_of(submission: Submission) -> Ref:
    """Let a submission run to its end with nobody who watches it."""
    while True:
        try:
            next(submission)
        except StopIteration as end:
            ref: Ref = end.value
            return ref


class Handle(NamedTuple):
    """A recorded run, as its backend needs to know it."""

    run: str
    """The run id."""
    root: Path
    """The project root."""
    folder: Path
    """The run folder; it may have been deleted."""
    ref: Ref
    cursor: int
    """How far the events have been read; 0 reads all of them. Its unit is the backend's own."""
    since: str
    """When the backend was last asked to start or to resume the run, UTC, ISO 8601."""
    origin: int = 0
    """Where the events of the present start or resumption begin: an end that stands before it has been overcome."""
    fingerprint: str = ""
    """Of its settings."""
    attempt: int = 1
    """At them."""
    config: Mapping[str, Any] = MappingProxyType({})
    """Resolved, nested as in YAML; its paths are relative to the root."""
    is_whole: bool = False
    """Somebody wants everything that there is to know of this one run, also what takes a while to fetch."""


class Poll(NamedTuple):
    """What a backend says about a run."""

    state: State
    raw_state: str
    """The state in the backend's own word."""
    cursor: int
    """To be handed back in the next `Handle`."""
    events: tuple[Mapping[str, Any], ...] = ()
    """New lines, as `rft_cli.worker.EventKind` describes them, in order."""
    reason: str = ""
    """Why the run ended, one line."""
    failure: Failure | None = None
    stalled_since: str = ""
    """Since when a live run has shown no sign of life; empty while it does."""
    doing: str = ""
    """What a live run waits for that may take long, as ``loading evaluators/judge.py``; empty where nobody knows."""
    doing_since: str = ""
    """UTC, ISO 8601."""
    ref: Ref = MappingProxyType({})
    """How the run is found again, where the handle did not say; empty: it did, or nobody knows."""


class Log(NamedTuple):
    """What a worker printed."""

    text: str
    cursor: int
    """To be handed back for what comes after."""


class LaunchMark(NamedTuple):
    """What a run's name at its backend says of its launch with rft, from whatever ledger."""

    name: str
    """Of the run."""
    number: int
    """The k of ``<name>.<k>`` in that ledger; 0: it is not known."""
    fingerprint: str
    """Its first digits."""
    attempt: int


class Listed(NamedTuple):
    """A run at a backend, whoever started it, as the backend lists it."""

    job: str
    """What the backend calls it; nothing else there has this name."""
    label: str
    """What its owner calls it; may be empty, and says nothing for certain."""
    state: State
    raw_state: str
    created: str
    """UTC, ISO 8601, milliseconds."""
    owner: str
    name: str
    """A run name that is made of what it is called."""
    mark: LaunchMark | None
    """None: it was not launched with rft."""
    is_example: bool
    """Whether it is the backend's own, which every account shows."""


class Found(NamedTuple):
    """What a run that was started elsewhere was asked to do."""

    listed: Listed
    ref: Ref
    values: Mapping[str, Any]
    """Nested, as a run config writes them; without ``version`` and ``name``."""
    assumed: tuple[str, ...]
    """Paths of parameters of which nobody said anything: the backend's defaults act."""
    notes: tuple[str, ...]
    rows: int
    """Trained on; 0: not known."""


class Elsewhere(Protocol):
    """The runs that a backend keeps for everybody who may use it. Looks, and changes nothing there."""

    def jobs(self) -> Iterator[Listed]:
        """All of them, the newest first, as they come from the backend.

        Raises:
            BackendError: it cannot be asked.
        """
        ...

    def found(self, listed: Listed) -> Found | None:
        """One of them, whole; None: it is gone. The next `poll` of the run may rest on this look.

        Raises:
            BackendError: it cannot be asked.
        """
        ...

    def is_job(self, handle: Handle, job: str) -> bool:
        """Whether a recorded run is the one that the backend calls so, also where no answer to its submission came."""
        ...

    def differences(self, job: str, payload: Mapping[str, Any]) -> tuple[str, ...]:
        """What a payload asks for and a run that `found` has looked at does not hold: dotted names of the backend's own."""
        ...


class Shape(Protocol):
    """The pure half of a backend: what it would do with a config."""

    @property
    def engine(self) -> str:
        """Names what computes; changes whenever equal runs would no longer give comparable numbers."""
        ...

    def preflight(self, config: Config, rows: int = 0) -> tuple[Finding, ...]:
        """What this backend cannot do with a valid config, or does differently.

        Args:
            config: resolved and valid.
            rows: trained on; 0 where they are not known.
        """
        ...

    def schedule(self, config: Config, rows: int) -> Schedule:
        """The step arithmetic.

        Args:
            config: resolved and valid.
            rows: rows trained on, at least 1.
        """
        ...

    def payload(
        self, config: Config, schedule: Schedule, digests: Mapping[str, str], *, force: bool = False
    ) -> dict[str, Any]:
        """What would be handed over, with `RUN_PLACEHOLDER` for the run id and placeholders for accounts and keys."""
        ...


class Backend(Shape, Protocol):
    """Shape and acting side together."""

    @property
    def name(self) -> str:
        """As ``backend:`` in a run config names it."""
        ...

    @property
    def about(self) -> str:
        """One sentence that a user should know before reading results; empty when there is none."""
        ...

    @property
    def costs_money(self) -> bool:
        """Whether a run is paid for, so that somebody has to agree first."""
        ...

    @property
    def takes_seconds(self) -> bool:
        """Whether a run is over so soon that a missing baseline is launched first without being asked for."""
        ...

    @property
    def resumes(self) -> frozenset[State]:
        """States that a run may have ended in to go on from them."""
        ...

    @property
    def holds_out(self) -> bool:
        """Whether rows of the training data are held out for evaluation where a config names no others."""
        ...

    def inspect(self, config: Config, root: Path) -> tuple[Finding, ...]:
        """What stands in the way of a run where the backend has to be asked for it. Changes nothing there.

        Args:
            config: resolved and valid.
            root: the project root.

        Raises:
            BackendError: it cannot be asked.
            SetupError: this machine lacks what it takes to ask.
        """
        ...

    def submit(self, handle: Handle, payload: Mapping[str, Any]) -> Submission:
        """Start the run, telling what is done meanwhile. Its record is in the ledger already.

        Nothing happens before the first sign of life is asked for.

        Raises:
            UnansweredError: it did not say whether it has started the run; `poll` finds out.
            BackendError: the backend refused.
            SetupError: this machine does not allow it.
        """
        ...

    def poll(self, handle: Handle) -> Poll:
        """Where the run is, and what is new since the handle's cursor."""
        ...

    def cancel(self, handle: Handle) -> None:
        """Ask the run to end, and wait for it where that is a matter of seconds. A run that is over stays as it is.

        The next `poll` tells what came of it.

        Raises:
            BackendError: the backend refused.
        """
        ...

    def resume(self, handle: Handle, payload: Mapping[str, Any]) -> Ref:
        """Go on from the newest checkpoint, or from the start where there is none. The ledger says already that it does.

        Args:
            handle: of a run that is over.
            payload: what it was submitted with, marked as resumed.

        Raises:
            BackendError: the backend refused.
            SetupError: this machine does not allow it.
        """
        ...

    def logs(self, handle: Handle, cursor: int = 0) -> Log:
        """What the worker printed after a position; empty when there is nothing."""
        ...

    def rollouts(self, handle: Handle, step: int | None = None) -> Iterator[Rollout]:
        """Stored rollouts in the order of steps, of one step or of all."""
        ...

    def elsewhere(self, root: Path) -> Elsewhere | None:
        """Runs that it has, whoever started them; None: its runs are on this machine, and a ledger knows them.

        Raises:
            SetupError: this machine lacks what it takes to ask.
        """
        ...
