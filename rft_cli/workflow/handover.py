"""Handing a recorded run over to its backend, and hearing the user meanwhile; when that fails, the record says so."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing
from typing import TYPE_CHECKING, NoReturn

from rft_cli.backends.base import Stage
from rft_cli.errors import (
    ExitCode,
    InterruptionError,
    RftError,
    SetupError,
    UnansweredError,
    WaitTimeoutError,
)
from rft_cli.worker import Failure, State
from rft_cli.workflow.events import Noted, Progressed
from rft_cli.workflow.interrupts import Interrupts

if TYPE_CHECKING:
    from rft_cli.backends.base import Progress, Ref, Submission
    from rft_cli.runs.ledger import Ledger
    from rft_cli.runs.record import Run

Telling = Generator[Progressed | Noted, None, "Run"]
"""What happens meanwhile; then the run as it is recorded."""

ANSWER_SECONDS = 10.0
"""How long after Ctrl-C the answer to the request for the run is still awaited. Chosen: it comes within a second, and whoever
waits knows whether they pay for a run."""

_LASTS = frozenset({Stage.UPLOAD, Stage.WAIT})
"""Stages that take as long as the network and the backend make them."""

_AGAIN = "launch again, which goes on where this stopped: what has arrived is not sent again"


def hand_over(
    ledger: Ledger,
    run: Run,
    ask: Callable[[], Submission],
    interrupts: Interrupts,
    *,
    deadline: float | None = None,
    note: str = "",
) -> Telling:
    """Ask a backend to start or to resume a run, and record what it answers.

    Args:
        ledger: open for writing; it has the run.
        run: being submitted.
        ask: writes what the backend needs, and calls it.
        interrupts: active; asked at every sign of life.
        deadline: when waiting for uploads ends, in monotonic seconds; None: never. A request for the run is not cut off.
        note: told when the submission turns out to be one that lasts.

    Raises:
        UnansweredError: whether it has started is unknown, and so the record says.
        InterruptionError: the user interrupted. The run is recorded as failed, or as unknown when it may have been started.
        WaitTimeoutError: the deadline has come, or the backend takes too long. The run is recorded as failed.
        RftError: the backend refused, or this machine does not allow it. The run is recorded as failed.
    """
    handover = _Handover(ledger, run, interrupts)
    try:
        ref = yield from handover.listen(ask, deadline, note)
    except UnansweredError:
        ledger.submitted(run.id, {}, State.UNKNOWN)
        raise
    except InterruptionError:
        raise  # recorded where it was raised
    except (RftError, OSError) as error:
        failure = failure_of(error)
        ledger.not_started(run.id, failure)
        if isinstance(error, RftError):
            raise
        raise SetupError(
            f"{run.id} could not be started: {failure['message']}", hint=failure["hint"]
        ) from error
    except KeyboardInterrupt:
        if handover.last is None:
            raise  # the backend has said nothing yet; whoever looks next finds out
        handover.let_go()
    except GeneratorExit:
        if handover.last is not None:
            handover.record_letting_go()
        raise
    ledger.submitted(run.id, ref, State.QUEUED)
    return ledger.run(run.id)


class _Handover:
    """One submission, and how far it is."""

    def __init__(self, ledger: Ledger, run: Run, interrupts: Interrupts) -> None:
        self._ledger, self._run, self._interrupts = ledger, run, interrupts
        self.last: Progress | None = None
        self._has_asked = False
        """From here on the run may have been started."""
        self._heard: float | None = None
        """When the user was told that the answer is awaited."""

    def listen(
        self, ask: Callable[[], Submission], deadline: float | None, note: str
    ) -> Generator[Progressed | Noted, None, Ref]:
        """Everything that the submission tells, until it is over or the user has had enough of it."""
        with closing(ask()) as submission:
            while True:
                try:
                    progress = next(submission)
                except StopIteration as end:
                    ref: Ref = end.value
                    return ref
                self.last = progress
                lasts = progress.stage in _LASTS
                if note and lasts:
                    yield Noted(self._run.id, note)
                    note = ""
                yield Progressed(self._run.id, progress)
                # Asked after everything that takes time, and before the submission is let go on.
                if self._interrupts.noted:
                    yield from self._interrupted()
                elif deadline is not None and lasts and time.monotonic() >= deadline:
                    raise WaitTimeoutError(
                        f"the time to wait was over ({progress.message}): {self._run.id} was not started",
                        hint=_AGAIN,
                    )
                self._has_asked = self._has_asked or progress.stage is Stage.REQUEST

    def _interrupted(self) -> Generator[Noted]:
        if not self._has_asked or (
            self._heard is not None and time.monotonic() - self._heard >= ANSWER_SECONDS
        ):
            self.let_go()
        if self._heard is None:
            self._heard = time.monotonic()
            yield Noted(
                self._run.id,
                "it was being asked for at that moment, so the answer is awaited; Ctrl-C again leaves without it",
            )

    def let_go(self) -> NoReturn:
        """Record how things stand, and say it."""
        self.record_letting_go()
        if self._has_asked:
            raise InterruptionError(
                f"interrupted before the answer came: whether {self._run.id} was started is not known",
                hint="rft sync finds out; launching again does not start a second one",
            ) from None
        raise InterruptionError(self._words(), hint=_AGAIN) from None

    def record_letting_go(self) -> None:
        """Record how things stand; another Ctrl-C does not cut that short."""
        with Interrupts():
            if self._has_asked:
                self._ledger.submitted(self._run.id, {}, State.UNKNOWN)
            else:
                failure = Failure(
                    kind="interrupted", message=self._words(), hint=_AGAIN, exit_code=int(ExitCode.RUN_FAILED)
                )
                self._ledger.not_started(self._run.id, failure)

    def _words(self) -> str:
        assert self.last is not None
        return f"interrupted ({self.last.message}): {self._run.id} was not started"


def failure_of(error: RftError | OSError) -> Failure:
    """A failure to start, as a record keeps it."""
    if isinstance(error, WaitTimeoutError):
        # Whoever follows this run later must not be told that it goes on.
        code = ExitCode.RUN_FAILED
        return Failure(kind="timeout", message=error.message, hint=error.hint, exit_code=int(code))
    if isinstance(error, RftError):
        return Failure(
            kind="submission", message=error.message, hint=error.hint, exit_code=int(error.exit_code)
        )
    where = f": {error.filename}" if error.filename else ""
    return Failure(
        kind="disk",
        message=f"{error.strerror or error}{where}",
        hint="check the free space and the permissions of the folder, then launch again",
        exit_code=int(ExitCode.SETUP),
    )
