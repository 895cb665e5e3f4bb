"""The currency between the core and the output: what is said about a user's file, where, and how badly.

Values only. Nothing here prints, reads files or decides an exit code.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """The run would fail or be worthless; nothing is submitted."""
    WARNING = "warning"
    """Legal, and very probably not what was meant."""
    ADVICE = "advice"
    """Legal, and away from what the guide finds usual."""

    def at_least(self, other: Severity) -> bool:
        """Whether this severity is as grave as ``other`` or graver."""
        return _RANK[self] <= _RANK[other]


_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.ADVICE: 2}


class Location(NamedTuple):
    """A place in a file, 1-based; columns count characters."""

    path: str
    """As the user wrote it or would write it; ``--set`` and ``environment`` for overrides."""
    line: int = 1
    column: int = 1
    end_column: int = 0
    """The column after the last character of the token on this line; 0 when only the start is known."""


class Edit(NamedTuple):
    """Characters of a file to replace; equal ends insert."""

    start: int
    """Offset in characters into the file's text, a byte order mark not counted."""
    end: int
    text: str


class Fix(NamedTuple):
    """Edits of the file that a finding is located in, which are made together or not at all."""

    title: str
    """What they do, as an order."""
    safe: bool
    """Whether the file means exactly the same afterwards."""
    edits: tuple[Edit, ...]


class Finding(NamedTuple):
    """One thing about the user's file."""

    code: str
    severity: Severity
    location: Location
    message: str
    """One line: value, limit and unit."""
    help: str = ""
    """One concrete edit; empty when there is none."""
    parameter: str = ""
    """The path of the key that the finding is about, where it is about one."""
    fix: Fix | None = None
    """What a machine can do about it; None: only a person can tell."""


class Suppression(NamedTuple):
    """A comment that takes responsibility for a finding."""

    reason: str
    location: Location
    """The comment."""


def by_place(findings: list[Finding] | tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Findings in reading order, without repetitions."""
    if not findings:
        return ()
    return tuple(
        sorted(set(findings), key=lambda finding: (*finding.location[:3], finding.code, finding.message))
    )


def worst(findings: tuple[Finding, ...]) -> Severity | None:
    """The gravest severity among the findings; None when there is none."""
    return min((finding.severity for finding in findings), key=_RANK.__getitem__, default=None)
