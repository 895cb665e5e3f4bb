"""Choosing runs from the ledger by what a user says of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.errors import UsageError
from rft_cli.runs.lookup import find_run
from rft_cli.workflow.spans import seconds_of

if TYPE_CHECKING:
    from rft_cli.runs.ledger import Ledger
    from rft_cli.runs.record import Summary
    from rft_cli.worker import State

_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ].+)?", re.ASCII)


class Selection(NamedTuple):
    """What a run has to be; an entry that is not given lets every run through."""

    name: str | None = None
    """A name; ``*`` and ``?`` as in the shell."""
    states: tuple[State, ...] = ()
    since: str | None = None
    """A span up to now, or a date."""
    scope: str | None = None
    """A run: only those of its scope."""
    limit: int | None = None
    """Only the newest."""


def select(ledger: Ledger, summaries: Sequence[Summary], asked: Selection) -> tuple[Summary, ...]:
    """The runs that fit, in their order.

    Raises:
        UsageError: there is no such run, or the time cannot be read.
    """
    scope = find_run(ledger, asked.scope).summary.scope if asked.scope else None
    since = moment_of(asked.since, "--since") if asked.since else None
    fitting = tuple(
        run
        for run in summaries
        if (asked.name is None or fnmatchcase(run.name, asked.name))
        and (not asked.states or run.state in asked.states)
        and (since is None or datetime.fromisoformat(run.created) >= since)
        and (scope is None or run.scope == scope)
    )
    return fitting[-asked.limit :] if asked.limit else fitting


def moment_of(text: str, option: str, *, now: datetime | None = None) -> datetime:
    """A span before now, or a date in local time.

    Args:
        text: such as ``7d`` or ``2025-01-31``.
        option: whose value it is, for the message.
        now: default: the present.

    Raises:
        UsageError: it is neither.
    """
    if not _DATE.fullmatch(text):
        return (now or datetime.now(UTC)) - timedelta(seconds=seconds_of(text, option))
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError as error:
        raise UsageError(f"{option} {text}: {error}", hint="write a date as in 2025-01-31") from error
