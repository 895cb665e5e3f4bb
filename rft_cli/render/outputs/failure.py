"""What a command prints that cannot do its work."""

from __future__ import annotations

from typing import Literal, TypedDict

Kind = Literal[
    "findings", "usage", "setup", "backend", "run_failed", "guard", "timeout", "bug", "interrupted"
]
"""The exit codes by name; a test holds both lists equal."""


class ErrorObject(TypedDict):
    """Why there is no answer."""

    kind: Kind
    """The exit code by name."""
    message: str
    """What went wrong and where, one line."""
    hint: str | None
    """The next step, one line."""


class ErrorOutput(TypedDict):
    """The command could not do its work: one line on standard output, the last one; standard error tells the same to people."""

    schema_version: Literal[1]
    event: Literal["error"]
    error: ErrorObject
    exit_code: int
    """What the command ends with."""
