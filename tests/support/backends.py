"""Backends under test. Each is one class: how its runs are made to behave, what they show then, and the properties in which backends differ.

Another backend joins the contract suite with a class and an entry in `MAKERS`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import pytest
from services.fireworks.refusals import ASK_SUPPORT

from rft_cli.backends.fireworks.access import Access
from rft_cli.backends.fireworks.act import FireworksBackend
from rft_cli.backends.fireworks.client import FireworksClient
from rft_cli.backends.fireworks.connection import Connection
from rft_cli.backends.local.act import LocalBackend
from rft_cli.errors import ExitCode
from rft_cli.worker import EventKind, State

if TYPE_CHECKING:
    from services.fireworks.double import Double

    from rft_cli.backends.base import Backend, Handle

FAKE_WORKER = Path(__file__).with_name("fake_worker.py")
STEPS = 4
"""Of every run that completes."""
STEP_S = 120.0
"""Seconds that pass when somebody looks at a job: a look a step."""


class End(NamedTuple):
    """How a run ends."""

    state: State
    raw_state: str
    reason: str = ""
    kind: str | None = None
    """Of the failure."""
    exit_code: ExitCode = ExitCode.RUN_FAILED
    """Of a command that follows it."""


class UnderTest:
    """A backend whose runs behave as a test wants.

    Every one knows the behaviours `completes`, `fails` (after its first step), `stops_early`, `waits` (two steps, then it goes on when
    it is let), `ends_when_asked` (two steps, and it does not end by itself), `breaks_once` (fails after its first step, and completes when
    it is resumed) and `is_lost` (two steps, and it can be taken away).

    Args:
        request: of the test, for its fixtures.
        folder: the project; a config `sums.yaml` stands in it.
    """

    backend: ClassVar[type]
    """Its own properties count among those that backends differ in: `takes_seconds`, `costs_money`, `holds_out`."""
    has_worker: ClassVar[bool]
    """Whether a process of the user's trains, in the run folder, which holds all that is known of the run."""
    resumes_every_end: ClassVar[bool]
    """Whether a run that was cancelled or that stopped early goes on when it is resumed; else only one that failed does."""
    tells_evaluations: ClassVar[bool]
    tells_steps_again: ClassVar[bool]
    """Whether its end tells every step once more, with what was not known before."""
    draws_curves: ClassVar[bool]
    """Whether the test can make it show a whole curve: `collapses`, `has_no_signal`, `rises`."""

    config: ClassVar[str]
    """Of a run of `STEPS` steps."""
    ends: ClassVar[Mapping[str, End]]
    """Behaviour → end, of runs that end by themselves."""
    lost: End
    """Of a run that was taken away."""
    cancelled: ClassVar[End]
    """Of `ends_when_asked`."""
    never_asked: ClassVar[str]
    """The reason of a run whose launch died between its record and the backend."""
    story: ClassVar[tuple[EventKind, ...]]
    """The events of a run that completes, each step once."""
    kept: ClassVar[int]
    """Steps of `breaks_once` that its resumption keeps."""
    rollouts_per_step: ClassVar[int]
    log: ClassVar[tuple[str, str]]
    """A behaviour, and what its log holds in the end."""

    def __init__(self, request: pytest.FixtureRequest, folder: Path) -> None:
        self.folder = folder

    def make(self, behaviour: str) -> Backend:
        """The backend as a new process sees it; the runs that are started from now on behave so."""
        raise NotImplementedError

    def go_on(self, run: str = "sums.1") -> None:
        """Let a run go on that waits."""
        raise NotImplementedError

    def lose(self, handle: Handle) -> None:
        """Take away what trains a run that is under way."""
        raise NotImplementedError

    def elapse(self) -> None:
        """Let the time pass that the backend takes to end a run."""


class Local(UnderTest):
    """Workers that write what the contract says and train nothing."""

    backend = LocalBackend
    has_worker = resumes_every_end = tells_evaluations = draws_curves = True
    tells_steps_again = False
    config = """\
version: 1
name: sums
model: rehearsal
dataset: data/train.jsonl
evaluator: evaluators/sums.py:evaluate
evaluation: {dataset: data/held-out.jsonl}
"""
    ends: ClassVar = {
        "completes": End(State.COMPLETED, "completed", exit_code=ExitCode.DONE),
        "fails": End(State.FAILED, "failed", "no", "evaluator"),
        "cannot_tell": End(
            State.FAILED,
            "failed",
            "the evaluator cannot tell answers apart",
            "evaluator_cannot_tell",
            ExitCode.FINDINGS,
        ),
        "stops_early": End(State.STOPPED_EARLY, "stopped_early", "nothing to learn from"),
        "vanishes": End(
            State.FAILED,
            "vanished",
            "the worker vanished at step 3 (killed by SIGKILL, as the system does when memory runs out); "
            "its log ends with: Killed, alas",
            "vanished",
        ),
        "ends_strangely": End(State.FAILED, "melted", "too warm"),
        "ends_as_if_running": End(State.FAILED, "running"),
    }
    lost = End(
        State.FAILED,
        "vanished",
        "the worker vanished at step 2 (killed by SIGKILL, as the system does when memory runs out)",
        "vanished",
    )
    cancelled = End(State.CANCELLED, "cancelled", "cancelled after step 2")
    never_asked = "it was recorded, and the launch ended before a worker started"
    story = (
        EventKind.STARTED,
        EventKind.NOTE,
        EventKind.EVALUATION,
        *[EventKind.METRICS] * STEPS,
        EventKind.EVALUATION,
        EventKind.END,
    )
    kept = 2
    rollouts_per_step = 4
    log = ("vanishes", "Killed, alas\n")

    def make(self, behaviour: str) -> Backend:
        names = {"breaks_once": "vanishes_once", "is_lost": "waits"}
        name = names.get(behaviour, behaviour)
        return LocalBackend(command=(sys.executable, str(FAKE_WORKER), name))

    def go_on(self, run: str = "sums.1") -> None:
        (self.folder / ".rft/runs" / run / "go").touch()

    def lose(self, handle: Handle) -> None:
        os.kill(handle.ref["pid"], signal.SIGKILL)


class Fireworks(UnderTest):
    """Jobs of the service's double, whose time passes when somebody looks."""

    backend = FireworksBackend
    has_worker = resumes_every_end = tells_evaluations = draws_curves = False
    tells_steps_again = True
    config = """\
version: 1
name: sums
backend: fireworks
model: accounts/fireworks/models/llama-v3p1-8b-instruct
dataset: data/train.jsonl
evaluator: evaluators/sums.py:evaluate
evaluation: {dataset: data/held-out.jsonl}
fireworks: {chunk_size: 4}
"""
    ends: ClassVar = {
        "completes": End(State.COMPLETED, "COMPLETED", exit_code=ExitCode.DONE),
        "completed-without-curves": End(State.COMPLETED, "COMPLETED", exit_code=ExitCode.DONE),
        "requeued": End(State.COMPLETED, "COMPLETED", exit_code=ExitCode.DONE),
        "unknown-state": End(State.COMPLETED, "COMPLETED", exit_code=ExitCode.DONE),
        "fails": End(State.FAILED, "FAILED", ASK_SUPPORT, "service"),
        "failed-internal": End(State.FAILED, "FAILED", ASK_SUPPORT, "service"),
        "stops_early": End(
            State.STOPPED_EARLY,
            "EARLY_STOPPED",
            "Training stopped early: all prompt groups had zero reward variance",
        ),
        "expired": End(State.FAILED, "EXPIRED", "Job expired before it could be scheduled", "service"),
        "deleted": End(State.FAILED, "DELETED", "Job was deleted", "service"),
        "archived": End(State.FAILED, "ARCHIVED", "Training completed", "service"),
    }
    never_asked = "the launch ended before it asked the service for the job: nothing was started"
    cancelled = End(State.CANCELLED, "CANCELLED", "Job was cancelled")
    log = ("completes", "COMPLETED Training completed\n")
    story = (EventKind.STARTED, EventKind.NOTE, *[EventKind.METRICS] * STEPS, EventKind.NOTE, EventKind.END)
    kept = 1
    rollouts_per_step = 16
    scripts: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "completes": ("completed",),
        "fails": ("failed-midway",),
        "stops_early": ("early-stopped",),
        "waits": ("stuck-midway",),
        "ends_when_asked": ("stuck-midway",),
        "is_lost": ("stuck-midway",),
        "breaks_once": ("failed-midway", "completed"),
    }
    """Behaviour → scripts of the double; its other scripts are behaviours too."""

    def __init__(self, request: pytest.FixtureRequest, folder: Path) -> None:
        super().__init__(request, folder)
        self.service: Double = request.getfixturevalue("fireworks")
        self.service.adjust(poll_step_s=STEP_S)
        self._access = Access(self.service.key, self.service.url)
        self._connection = Connection(self._access, sleep=self.service.sleep, chance=lambda: 0.0)
        request.addfinalizer(self._connection.close)
        self._moments = count()

    @property
    def lost(self) -> End:
        """It names the job."""
        reason = f"the service has no job {self._job} any more"
        return End(State.FAILED, "not found", reason, "submission", ExitCode.BACKEND)

    def make(self, behaviour: str) -> Backend:
        self.service.next_jobs(*self.scripts.get(behaviour, (behaviour,)))
        return FireworksBackend(
            lambda _root: FireworksClient(self._access, self._connection),
            sleep=self.service.sleep,
            clock=lambda: next(self._moments) * 1000.0,  # asks the service at every look
        )

    def go_on(self, run: str = "sums.1") -> None:
        self.service.go_on()

    def lose(self, handle: Handle) -> None:
        self._job = handle.ref["job"].rpartition("/")[2]
        self.service.remove_job(self._job)

    def elapse(self) -> None:
        self.service.advance(STEP_S)


MAKERS: tuple[type[UnderTest], ...] = (Local, Fireworks)
