"""The way back from a damaged or lost ledger: another one, made of what the run folders keep."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.errors import SetupError
from rft_cli.runs import folders
from rft_cli.runs.database import DamagedError
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.reconcile import look_at

if TYPE_CHECKING:
    from pathlib import Path

    from rft_cli.errors import RftError
    from rft_cli.runs.record import Summary
    from rft_cli.workflow.project import Project

BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file, by its ending. Source: sqlite.org/tempfiles.html."""


class Rebuilt(NamedTuple):
    """What became of the ledger."""

    aside: str
    """Where the damaged file lies now, as people in the project would write it; empty: it was whole, or not there."""
    taken_in: tuple[Summary, ...]
    """Runs that only their folders knew, the oldest first."""
    left: tuple[tuple[str, str], ...]
    """Run folder and why nothing could be made of it."""
    problems: tuple[RftError, ...]
    """Why a run's backend could not be asked how it is; `rft sync` asks again."""


def rebuild(project: Project) -> Rebuilt:
    """Put a damaged ledger aside, and take in every run folder that the ledger does not know.

    What stands in the ledger alone is lost with it: remarks, references that were moved, runs whose folder was pruned.

    Raises:
        SetupError: the ledger is locked or from a newer version, or the disk is full or read-only.
    """
    aside = ""
    with suppress(FileNotFoundError):
        aside = _put_aside_if_damaged(project)
    rows, bare = folders.kept_rows(project.place)
    left = [(name, "its folder does not keep what the ledger said of it") for name in bare]
    looks = []
    with Ledger(project.place, create=bool(rows)) as ledger:
        left = [entry for entry in left if not ledger.has(entry[0])]
        for run, row in rows.items():
            if ledger.has(run):
                continue
            try:
                ledger.restore(row)
            except SetupError as error:
                left.append((run, error.message))
                continue
            looks.append(look_at(ledger, project.backend, ledger.run(run), from_start=True))
    problems = tuple(look.problem for look in looks if look.problem)
    return Rebuilt(aside, tuple(look.after for look in looks), tuple(left), problems)


def _put_aside_if_damaged(project: Project) -> str:
    path = project.place.ledger
    try:
        with Ledger(project.place) as ledger:
            ledger.require_whole()
    except DamagedError:
        target = _free(path)
        path.rename(target)
        for ending in BESIDE:
            with suppress(FileNotFoundError):
                path.with_name(path.name + ending).rename(target.with_name(target.name + ending))
        return project.place.shown(target)
    return ""


def _free(path: Path) -> Path:
    target = path.with_name(f"{path.name}.damaged")
    number = 1
    while target.exists():
        number += 1
        target = path.with_name(f"{path.name}.damaged-{number}")
    return target
