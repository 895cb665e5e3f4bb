"""Findings, and what `lint` prints of them."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from rft_cli.diagnostics import Severity


class EditObject(TypedDict):
    """A replacement of text."""

    start: int
    """0-based, in characters, a byte order mark not counted."""
    end: int
    """The same as `start` where text is inserted."""
    text: str


class FixObject(TypedDict):
    """What `--fix` can do."""

    title: str
    safe: bool
    """Whether the file means exactly the same afterwards."""
    edits: list[EditObject]
    """Made together or not at all, in the file of the finding."""


class FindingObject(TypedDict):
    """Something about a file of the user's."""

    code: str
    """RFT and three digits."""
    name: str
    """The code's name in words."""
    severity: Severity
    path: str
    """As the user wrote it, or as seen from the working directory."""
    line: int
    """1-based."""
    column: int
    """1-based, in characters."""
    end_column: int | None
    """The column after the last character; null where only the start is known."""
    message: str
    """One line: the value, the limit, the unit."""
    help: str | None
    """One edit that mends it."""
    parameter: str | None
    """The dotted path of the key."""
    fix: FixObject | None
    """What `--fix` can do; null where only a person can tell."""


class SuppressedObject(FindingObject):
    """A finding that a comment in the file takes responsibility for."""

    reason: str
    """Why it is kept, as the comment says."""
    suppressed_on_line: int
    """The line of the comment."""


class LintOutput(TypedDict):
    """What was found in how many files."""

    schema_version: Literal[1]
    files_checked: int
    """Files that were linted."""
    findings: list[FindingObject]
    """In reading order: path, line, column."""
    suppressed: list[SuppressedObject]
    """Findings that a comment in the file takes responsibility for."""


class LintFilesOutput(TypedDict):
    """`lint --show-files`: the files that would be checked."""

    schema_version: Literal[1]
    files: list[str]


class SettingObject(TypedDict):
    """A setting in force."""

    name: str
    value: Any
    origin: str
    """The file, the flag, or `default`."""


class LintSettingsOutput(TypedDict):
    """`lint --show-settings`: the settings in force."""

    schema_version: Literal[1]
    root: str
    """The project root."""
    settings: list[SettingObject]
