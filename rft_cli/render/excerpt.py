"""One line of a file with a caret under the place that is meant, as it looks on the reader's terminal. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from rft_cli.config.secrets import masked
from rft_cli.diagnostics import Location
from rft_cli.render.ansi import char_width

TAB_COLUMNS = 4
"""Columns between tab stops in an excerpt. Chosen: narrow, so that the line stays near its own shape."""

NARROWEST = 24
"""Columns of text that an excerpt keeps on any terminal (chosen)."""

CUT = "…"
"""Stands where a line was cut."""

_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""Source: line breaks of YAML's reader, so that lines count as its marks do."""


class Excerpt(NamedTuple):
    """A line and what goes below it, equally aligned."""

    line: str
    marks: str


def lines_of(text: str) -> list[str]:
    """The lines of a file, as findings count them."""
    return _LINE_END.split(text)


def excerpt(text: str, location: Location, width: int) -> Excerpt | None:
    """The line of a location, cut to a width around the place; None where the text has no such line.

    Args:
        text: the whole file.
        location: line and columns, 1-based, in characters.
        width: columns to fill at most.
    """
    lines = lines_of(text)
    if not 1 <= location.line <= len(lines):
        return None
    cells = _cells(masked(lines[location.line - 1]))
    first = min(location.column - 1, len(cells))
    last = max(first + 1, location.end_column - 1)
    before = sum(_width(cell) for cell in cells[:first])
    marked = max(1, sum(_width(cell) for cell in cells[first:last]))
    return _cut(cells, before, marked, max(width, NARROWEST))


def _cells(line: str) -> list[str]:
    """What each character of a line shows: tabs as spaces up to the next stop, what does not print as a box."""
    cells = []
    column = 0
    for char in line:
        if char == "\t":
            cell = " " * (TAB_COLUMNS - column % TAB_COLUMNS)
        else:
            cell = char if char.isprintable() or char_width(char) == 0 else "\N{REPLACEMENT CHARACTER}"
        cells.append(cell)
        column += _width(cell)
    return cells


def _width(cell: str) -> int:
    return len(cell) if cell.isascii() else char_width(cell)


def _cut(cells: list[str], before: int, marked: int, width: int) -> Excerpt:
    """Keep the columns around the marks; a cut side shows an ellipsis."""
    total = sum(_width(cell) for cell in cells)
    if total <= width:
        return Excerpt("".join(cells).rstrip(), " " * before + "^" * marked)
    start = max(0, min(before - width // 3, total - width))
    left = CUT if start else ""
    first, skipped = 0, 0
    while skipped < start + len(left):
        skipped += _width(cells[first])
        first += 1
    room = width - len(left)
    right = CUT if total - skipped > room else ""
    shown, used = "", 0
    for cell in cells[first:]:
        used += _width(cell)
        if used > room - len(right):
            break
        shown += cell
    offset = len(left) + before - skipped
    return Excerpt(left + shown + right, " " * offset + "^" * max(1, min(marked, width - offset)))
