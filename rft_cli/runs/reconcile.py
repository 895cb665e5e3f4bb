"""Bringing the ledger up to date with what the runs themselves have written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rft_cli.backends.base import Backend, Poll
from rft_cli.errors import BackendError, SetupError

if TYPE_CHECKING:
    from rft_cli.runs.ledger import Ledger
    from rft_cli.runs.record import Run


def reconcile(ledger: Ledger, backend: Callable[[str], Backend]) -> None:
    """Take in what is new of every live run; a worker that vanished becomes a failed run.

    A run whose backend is not available, or cannot be reached, stays as it was.

    Args:
        ledger: open for writing.
        backend: name → backend.
    """
    for run in ledger.live():
        try:
            poll = backend(run.summary.backend).poll(ledger.handle(run))
        except (SetupError, BackendError):
            continue  # a backend that is not here or does not answer must not hide the other runs
        if _says_something_new(run, poll):
            ledger.take_in(run.id, poll)


def _says_something_new(run: Run, poll: Poll) -> bool:
    known = (run.state, run.summary.raw_state, run.summary.stalled_since)
    return bool(poll.events) or known != (poll.state, poll.raw_state, poll.stalled_since)
