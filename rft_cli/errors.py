"""Failures of ``rft`` and the exit codes that they map to.

A *finding* about the user's file is a value (see ``diagnostics``); a *failure* means that the command cannot do its work and is
an exception of this tree. The one boundary (``boundary``) turns it into one line, a hint and an exit code.

    RftError
    ├── UsageError              wrong use, or a run or path that does not exist       2
    ├── FindingsError           the user's files do not allow the command              1
    ├── SetupError              this machine: key, extra, disk, ledger                 3
    ├── BackendError            the backend refused, failed or cannot be reached       4
    │   └── UnansweredError     whether it has started the run is not known            4
    ├── RunFailedError          the run itself ended badly                             5
    ├── GuardError              a guard of the guide's discipline said no              6
    ├── WaitTimeoutError        waiting ended                                          7
    └── InterruptionError       the user interrupted a submission                    130
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a script can tell from the way a command ended."""

    DONE = 0
    FINDINGS = 1
    USAGE = 2
    SETUP = 3
    BACKEND = 4
    RUN_FAILED = 5
    GUARD = 6
    TIMEOUT = 7
    BUG = 70
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """One sentence for help, ``rft explain`` and the docs."""
        return _MEANING[self]


_MEANING = {
    ExitCode.DONE: "Done; warnings and advice may have been printed.",
    ExitCode.FINDINGS: (
        "Findings at or above --fail-on, a config that is not valid, or a difference (diff)."
    ),
    ExitCode.USAGE: "Wrong usage, or there is no such run, path or name.",
    ExitCode.SETUP: "Something on this machine: a key, an extra, the disk, the ledger.",
    ExitCode.BACKEND: ("The backend refused, failed, cannot be reached, or its answer is unknown."),
    ExitCode.RUN_FAILED: "The run that was followed failed, was cancelled or stopped early.",
    ExitCode.GUARD: "Refused by a guard; the message names the way past it.",
    ExitCode.TIMEOUT: "Timed out waiting; a run that was started goes on.",
    ExitCode.BUG: "A bug in rft; a report with the traceback was written and its path printed.",
    ExitCode.INTERRUPTED: "Interrupted: rft let go of the run; one that was started goes on, and is never cancelled.",
}


class RftError(Exception):
    """A failure that the user can act on.

    Args:
        message: what went wrong and where, one line.
        hint: the next step, one line; empty when there is none.
    """

    exit_code = ExitCode.BUG

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the hint when the error crosses a process."""
        return _rebuild, (type(self), self.message, self.hint)


def _rebuild(kind: type[RftError], message: str, hint: str) -> RftError:
    return kind(message, hint=hint)


class UsageError(RftError):
    """The command line is wrong, or names something that does not exist."""

    exit_code = ExitCode.USAGE


class FindingsError(RftError):
    """The user's files do not allow what was asked."""

    exit_code = ExitCode.FINDINGS


class SetupError(RftError):
    """This machine lacks something: a key, an extra, room on the disk, a usable ledger."""

    exit_code = ExitCode.SETUP


class BackendError(RftError):
    """The backend refused, failed or cannot be reached."""

    exit_code = ExitCode.BACKEND


class UnansweredError(BackendError):
    """The backend did not answer a submission: the run may or may not exist."""


class RunFailedError(RftError):
    """The run itself ended badly."""

    exit_code = ExitCode.RUN_FAILED


class GuardError(RftError):
    """A guard of the guide's discipline said no."""

    exit_code = ExitCode.GUARD


class WaitTimeoutError(RftError):
    """Waiting ended before the run did, or before there was one."""

    exit_code = ExitCode.TIMEOUT


class InterruptionError(RftError):
    """The user interrupted a submission; the record says whether anything can have been started."""

    exit_code = ExitCode.INTERRUPTED
