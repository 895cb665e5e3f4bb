"""Which codes are left out of a report: words that select and ignore, as sets of codes. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rft_cli.diagnostics import Severity
from rft_cli.errors import UsageError
from rft_cli.spec.code import Code
from rft_cli.spec.codes import CODES
from rft_cli.spec.codes.tuning import CRASHED_RULE

_LEGALITY = ("RFT0", "RFT1")
"""What stops a file from being read or makes a value illegal: with it, no rule has been asked."""


def left_out_codes(select: Sequence[str], ignore: Sequence[str]) -> frozenset[str]:
    """The codes that are not to be reported.

    Args:
        select: codes, prefixes of codes or names; empty: all. Errors 0xx and 1xx are reported besides, because a file
            that is not legal has not been checked for what was selected.
        ignore: codes, prefixes or names to leave out. A crashed rule is always reported.

    Raises:
        UsageError: a word that stands for no code (exit 2).
    """
    chosen = codes_of(select)
    unselected = frozenset(
        entry.code for entry in CODES if select and entry.code not in chosen and not _is_about_legality(entry)
    )
    return (unselected | codes_of(ignore)) - {CRASHED_RULE.code}


def _is_about_legality(entry: Code) -> bool:
    return entry.severity is Severity.ERROR and entry.code.startswith(_LEGALITY)


def codes_of(words: Sequence[str]) -> frozenset[str]:
    """The codes that some words stand for.

    Raises:
        UsageError: a word that stands for no code (exit 2).
    """
    return frozenset(code for word in words for part in word.split(",") for code in _matching(part.strip()))


def _matching(word: str) -> tuple[str, ...]:
    prefix = word.upper()
    found = tuple(
        entry.code
        for entry in CODES
        if entry.name == word.lower() or (prefix.startswith("RFT") and entry.code.startswith(prefix))
    )
    if not found:
        raise UsageError(f"unknown code {word!r}", hint=_suggestion(word))
    return found


def _suggestion(word: str) -> str:
    import difflib
    import re

    listed = "`rft rules` lists all codes; a prefix such as RFT3 stands for all that begin with it"
    number = re.search(r"\d{1,3}", word)
    if number and any(entry.code.startswith(f"RFT{number[0]}") for entry in CODES):
        return f"did you mean RFT{number[0]}? {listed}"
    close = difflib.get_close_matches(word.lower(), [entry.name for entry in CODES], n=1, cutoff=0.75)
    return f"did you mean {close[0]}? {listed}" if close else listed
