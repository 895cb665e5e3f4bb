"""Patterns of paths, as settings write them: seen from the project root, with forward slashes. Pure.

`*` and `?` stay within a name, `**` spans folders. Names that begin with a dot are matched by patterns that say so only. A
pattern that matches a folder matches what lies below it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

_PIECE = r"\*\*/|\*\*|\*|\?|/|[^*?/]+"
_VISIBLE = r"(?!\.)"
_TRANSLATED = {
    "**/": rf"(?:{_VISIBLE}[^/]+/)*",
    "**": rf"{_VISIBLE}[^/]+(?:/{_VISIBLE}[^/]+)*",
    "*": r"[^/]*",
    "?": r"[^/]",
}


def matches_any(path: str, patterns: Sequence[str]) -> bool:
    """Whether a path below the root matches one of several patterns."""
    return bool(patterns) and _compiled(tuple(patterns))(path) is not None


@cache
def _compiled(patterns: tuple[str, ...]) -> Callable[[str], re.Match[str] | None]:
    return re.compile("|".join(f"(?:{_expression(pattern)})" for pattern in patterns)).fullmatch


def _expression(pattern: str) -> str:
    parts = []
    at_start = True
    for piece in re.findall(_PIECE, pattern.removeprefix("./").rstrip("/")):
        if at_start and piece in {"*", "?"}:
            parts.append(_VISIBLE)
        at_start = piece in {"/", "**/"}
        parts.append(_TRANSLATED.get(piece) or re.escape(piece))
    return f"{''.join(parts)}(?:/.*)?"
