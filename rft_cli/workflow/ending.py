"""The end of a run as an event: what the ledger has of it, and whether it can go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rft_cli.errors import SetupError
from rft_cli.workflow.events import Ended, exit_code_of

if TYPE_CHECKING:
    from rft_cli.backends.base import Backend
    from rft_cli.runs.ledger import Ledger
    from rft_cli.runs.record import Run
    from rft_cli.workflow.project import Project


def can_resume(project: Project, run: Run) -> bool:
    """Whether the run's backend lets it go on; not where this version has no such backend."""
    try:
        return run.state in project.backend(run.summary.backend).resumes
    except SetupError:
        return False


def ended(ledger: Ledger, backend: Backend, run: Run) -> Ended:
    """A run that is over.

    Args:
        ledger: which has it.
        backend: its own.
        run: in its last state.
    """
    return Ended(run, ledger.points(run.id), exit_code_of(run), can_resume=run.state in backend.resumes)
