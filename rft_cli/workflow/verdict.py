"""What a run that is over shows, told before its end is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rft_cli.workflow.events import Ended, Event, Judged, Noted

if TYPE_CHECKING:
    from rft_cli.runs.ledger import Ledger
    from rft_cli.runs.record import Run
    from rft_cli.workflow.project import Project


def with_verdict(project: Project, ledger: Ledger, events: Iterable[Event]) -> Iterator[Event]:
    """The same events, and before the end of a run what is to be learned from it.

    Args:
        project: the ledger's.
        ledger: open; all that a run has written is in it when it ends.
        events: of a run that is followed or shown.
    """
    for event in events:
        if isinstance(event, Ended):
            yield _verdict(project, ledger, event.run)
        yield event


def _verdict(project: Project, ledger: Ledger, run: Run) -> Judged | Noted:
    try:
        # NumPy comes with it, which nothing before the end of a run needs.
        from rft_cli.workflow.advising import consult_run

        return Judged(run.id, consult_run(project, ledger, run))
    except Exception as error:  # noqa: BLE001  a run ends as it ended, whatever its curve does to who reads it
        return Noted(run.id, f"no verdict: its metrics could not be read ({type(error).__name__}: {error})")
