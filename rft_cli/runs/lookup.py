"""Finding a run by what a user calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rft_cli.errors import UsageError

if TYPE_CHECKING:
    from rft_cli.runs.ledger import Ledger
    from rft_cli.runs.record import Run


def find_run(ledger: Ledger, text: str) -> Run:
    """The run of an id, or the latest run of a name.

    Raises:
        UsageError: there is none.
    """
    if ledger.has(text):
        return ledger.run(text)
    latest = ledger.latest(text)
    if latest is not None:
        return ledger.run(latest)
    raise no_such_run(ledger, text)


def no_such_run(ledger: Ledger, text: str) -> UsageError:
    """The error about a run that is not there, with what may have been meant."""
    return UsageError(f"there is no run {text}", hint=_suggestion(ledger, text))


def _suggestion(ledger: Ledger, text: str) -> str:
    import difflib

    summaries = ledger.summaries()
    if not summaries:
        return f"no runs in {ledger.place.shown(ledger.place.folder)} yet; start one: rft launch CONFIG"
    known = [*dict.fromkeys(run.name for run in summaries), *(run.id for run in summaries)]
    close = difflib.get_close_matches(text, known, n=1)
    return f"did you mean {close[0]}? `rft runs` lists them all" if close else "`rft runs` lists them all"
