"""Bringing the ledger up to date with what the runs themselves have written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rft_cli.backends.base import Backend, Poll

if TYPE_CHECKING:
    from rft_cli.runs.ledger import Ledger
    from rft_cli.runs.record import Run


def reconcile(ledger: Ledger, backend: Callable[[str], Backend]) -> None:
    """Take in what is new of every live run; a worker that vanished becomes a failed run.

    Args:
        ledger: open for writing.
        backend: name → backend.
    """
    for run in ledger.live():
        poll = backend(run.summary.backend).poll(ledger.handle(run))
        if _says_something_new(run, poll):
            ledger.take_in(run.id, poll)


def _says_something_new(run: Run, poll: Poll) -> bool:
    known = (run.state, run.summary.raw_state, run.summary.stalled_since)
    return bool(poll.events) or known != (poll.state, poll.raw_state, poll.stalled_since)
