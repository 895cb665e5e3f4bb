"""Handing a recorded run over to its backend; when that fails, the record says so."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from rft_cli.errors import ExitCode, RftError, SetupError, UnansweredError
from rft_cli.worker import Failure, State
from rft_cli.workflow.events import Progressed

if TYPE_CHECKING:
    from rft_cli.backends.base import Submission
    from rft_cli.runs.ledger import Ledger
    from rft_cli.runs.record import Run


def hand_over(ledger: Ledger, run: Run, ask: Callable[[], Submission]) -> Generator[Progressed, None, Run]:
    """Ask a backend to start or to resume a run, and record what it answers.

    Args:
        ledger: open for writing; it has the run.
        run: being submitted.
        ask: writes what the backend needs, and calls it.

    Raises:
        UnansweredError: whether it has started is unknown, and so the record says.
        RftError: the backend refused, or this machine does not allow it. The run is recorded as failed.
    """
    try:
        submission = ask()
        while True:
            try:
                progress = next(submission)
            except StopIteration as end:
                ref = end.value
                break
            yield Progressed(run.id, progress)
    except UnansweredError:
        ledger.submitted(run.id, {}, State.UNKNOWN)
        raise
    except (RftError, OSError) as error:
        failure = failure_of(error)
        ledger.not_started(run.id, failure)
        if isinstance(error, RftError):
            raise
        raise SetupError(
            f"{run.id} could not be started: {failure['message']}", hint=failure["hint"]
        ) from error
    ledger.submitted(run.id, ref, State.QUEUED)
    return ledger.run(run.id)


def failure_of(error: RftError | OSError) -> Failure:
    """A failure to start, as a record keeps it."""
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
