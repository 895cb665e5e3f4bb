"""What a worker printed, as it lies there or as it comes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.errors import ExitCode
from rft_cli.runs.lookup import find_run
from rft_cli.runs.reconcile import look_at
from rft_cli.workflow.ending import ended
from rft_cli.workflow.events import Detached, Ended
from rft_cli.workflow.follow import LONGEST_WAIT
from rft_cli.workflow.interrupts import Interrupts

if TYPE_CHECKING:
    from rft_cli.workflow.project import Project


class Printed(NamedTuple):
    """A part of a log."""

    run: str
    text: str


class Silent(NamedTuple):
    """There is nothing in a log."""

    run: str
    reason: str = ""
    """Why the run is over; empty where it is not, or where nothing was wrong."""


def printed(
    project: Project,
    name: str,
    *,
    follow: bool = False,
    lines: int | None = None,
    timeout: float | None = None,
) -> Iterator[Printed | Silent | Detached | Ended]:
    """The log of a run.

    Args:
        project: where it is.
        name: a run id, or a name for its latest run.
        follow: go on until the run is over, and end with `Ended` or `Detached`.
        lines: only the last so many of what is there already; None: all.
        timeout: seconds to follow; None: to the end.

    Raises:
        UsageError: there is no such run.
    """
    with Interrupts() as interrupts, project.ledger() as ledger:
        run = find_run(ledger, name)
        backend = project.backend(run.summary.backend)
        log = backend.logs(ledger.handle(run))
        yield Printed(run.id, _last(log.text, lines))
        if not follow:
            if not log.text:
                yield Silent(run.id, "" if run.state.live else run.summary.reason)
            return
        deadline = None if timeout is None else time.monotonic() + timeout
        while run.state.live:
            if interrupts.noted:
                yield Detached(run.id)
                return
            if deadline is not None and time.monotonic() >= deadline:
                yield Detached(run.id, ExitCode.TIMEOUT)
                return
            time.sleep(LONGEST_WAIT)
            # Asked before the log is read: what a worker printed before it ended is then always seen.
            look_at(ledger, project.backend, run)
            run = ledger.run(run.id)
            log = backend.logs(ledger.handle(run), log.cursor)
            if log.text:
                yield Printed(run.id, log.text)
        yield ended(ledger, backend, run)


def _last(text: str, lines: int | None) -> str:
    if lines is None:
        return text
    every = text.splitlines(keepends=True)
    return "".join(every[max(len(every) - lines, 0) :])
