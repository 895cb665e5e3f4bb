"""Making room: which run folders may go, and removing them. What the ledger knows of a run stays."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.errors import UsageError
from rft_cli.runs import folders
from rft_cli.runs.database import UnwritableError
from rft_cli.workflow.spans import seconds_of

if TYPE_CHECKING:
    from rft_cli.runs.ledger import Ledger
    from rft_cli.runs.record import Summary
    from rft_cli.worker import State


class Criteria(NamedTuple):
    """Which runs to prune; what is given has to hold together, and at least one must be."""

    older_than: str | None = None
    """A span since the run's last sign of life."""
    keep: int | None = None
    """All but the newest so many of each name."""
    states: tuple[State, ...] = ()


class Folder(NamedTuple):
    """A run folder that may go."""

    run: str
    state: State
    size: int
    """Bytes."""


def prunable(ledger: Ledger, criteria: Criteria, *, now: datetime | None = None) -> tuple[Folder, ...]:
    """The run folders that fit, the oldest first. Never those of live runs, of baselines and of references.

    Args:
        ledger: open.
        criteria: at least one given.
        now: default: the present.

    Raises:
        UsageError: no criterion is given, or the span cannot be read.
    """
    if criteria == Criteria():
        raise UsageError(
            "nothing says which runs to prune",
            hint="give --older-than 30d, --keep N or --state STATE; all that are given have to hold",
        )
    runs = ledger.summaries()
    kept = _protected(ledger, runs) | _newest(runs, criteria.keep)
    before = _before(criteria.older_than, now or datetime.now(UTC))
    return tuple(
        Folder(run.id, run.state, folders.size_bytes(ledger.place, run.id))
        for run in runs
        if run.id not in kept
        and not run.state.live
        and (not criteria.states or run.state in criteria.states)
        and (before is None or datetime.fromisoformat(run.updated) < before)
        and ledger.place.run_folder(run.id).is_dir()
    )


def prune(ledger: Ledger, chosen: tuple[Folder, ...]) -> Iterator[Folder]:
    """Remove run folders, and leave a remark with each run. One that has been resumed in the meantime stays.

    Raises:
        OSError: a folder cannot be removed.
    """
    for folder in chosen:
        if ledger.run(folder.run).state.live:
            continue
        shutil.rmtree(ledger.place.run_folder(folder.run))
        # Room is made first: on a full disk the remark is what may not fit.
        with suppress(UnwritableError):
            ledger.remark(
                folder.run, "its run folder was pruned: rollouts, checkpoints, adapter and log are gone"
            )
        yield folder


def _protected(ledger: Ledger, runs: tuple[Summary, ...]) -> frozenset[str]:
    return ledger.references() | {run.id for run in runs if run.is_baseline}


def _newest(runs: tuple[Summary, ...], keep: int | None) -> frozenset[str]:
    """The newest runs of each name."""
    seen: Counter[str] = Counter()
    kept = set()
    for run in reversed(runs):
        seen[run.name] += 1
        if keep is not None and seen[run.name] <= keep:
            kept.add(run.id)
    return frozenset(kept)


def _before(older_than: str | None, now: datetime) -> datetime | None:
    return None if older_than is None else now - timedelta(seconds=seconds_of(older_than, "--older-than"))
