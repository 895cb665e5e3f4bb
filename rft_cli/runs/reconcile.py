"""Bringing the ledger up to date with what the runs themselves have written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.backends.base import Backend, Poll
from rft_cli.errors import BackendError, RftError, SetupError
from rft_cli.runs.database import UnwritableError

if TYPE_CHECKING:
    from rft_cli.runs.ledger import Ledger
    from rft_cli.runs.record import Run, Summary


class Look(NamedTuple):
    """One run that was looked at."""

    before: Summary
    after: Summary
    problem: RftError | None = None
    """Why its backend could not be asked."""

    @property
    def changed(self) -> bool:
        """Whether the ledger knows more than before."""
        return self.before._replace(updated="") != self.after._replace(updated="")


def reconcile(
    ledger: Ledger, backend: Callable[[str], Backend], looked: Callable[[int, int], None] | None = None
) -> tuple[Look, ...]:
    """Take in what is new of every run that may have changed; a worker that vanished becomes a failed run.

    A run whose backend is not available, or cannot be reached, stays as it was: it must not hide the other runs.

    Args:
        ledger: open for writing.
        backend: name → backend.
        looked: hears before each look how many there were, and how many there will be.
    """
    runs = tuple(ledger.unsettled())
    looks = []
    for number, run in enumerate(runs):
        if looked:
            looked(number, len(runs))
        looks.append(look_at(ledger, backend, run))
    return tuple(looks)


def look_at(ledger: Ledger, backend: Callable[[str], Backend], run: Run, *, from_start: bool = False) -> Look:
    """Take in what is new of one run.

    Args:
        ledger: open for writing.
        backend: name → backend.
        run: live or over.
        from_start: read all its events again, also those that the ledger should have.
    """
    try:
        poll = backend(run.summary.backend).poll(ledger.handle(run, from_start=from_start))
    except (SetupError, BackendError) as error:
        return Look(run.summary, run.summary, error)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        problem = SetupError(
            f"{run.id} cannot be read: {error.strerror or error}{where}",
            hint="check the permissions of its run folder",
        )
        return Look(run.summary, run.summary, problem)
    if _says_something_new(run, poll):
        try:
            ledger.take_in(run.id, poll)
        except UnwritableError as error:
            return Look(run.summary, run.summary, error)
    return Look(run.summary, ledger.run(run.id).summary)


def _says_something_new(run: Run, poll: Poll) -> bool:
    known = (run.state, run.summary.raw_state, run.summary.stalled_since)
    return bool(poll.events or poll.ref) or known != (poll.state, poll.raw_state, poll.stalled_since)
