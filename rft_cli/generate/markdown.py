"""Pieces of Markdown that the reference pages share."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rft_cli.spec.coverage import STATEMENT_IDS

NOTICE = (
    "<!-- Generated from the tables of rft_cli by `python -m rft_cli.generate`. Edits here are lost. -->\n"
)

_ID = re.compile(rf"\b({'|'.join(STATEMENT_IDS)})\b")


def table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table; cells are Markdown, pipes in them are escaped."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)


def link_ids(text: str, page: str = "guide.md") -> str:
    """The text with every id of a statement linked to its row."""
    return _ID.sub(lambda found: f"[{found[0]}]({page}#{found[0].lower()})", text)


def anchor(name: str) -> str:
    """A place that links can point at."""
    return f'<a id="{name.lower()}"></a>'


def code(text: str) -> str:
    """A word in code type."""
    return f"`{text}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
