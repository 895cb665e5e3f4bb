"""Rows whose cells stand under each other, on a terminal as wide as they are or narrower. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rft_cli.render.wrap import HANG, columns_of
from rft_cli.render.wrap import wrap as wrap_text

GAP = 2
"""Columns between two cells. Chosen: words of one cell are one apart."""


def aligned(rows: Sequence[Sequence[str]], *, wrap: int = 0) -> list[str]:
    """Each row as text: one line, or the same number of columns of it in each of several.

    Args:
        rows: equally long; colours take no room.
        wrap: columns of the reader's terminal; what does not fit goes on further in, below. 0: a row is a line.
    """
    if not rows:
        return []
    widths = [max(map(columns_of, column)) for column in zip(*rows, strict=True)]
    groups = _groups(widths, wrap)
    return [_row(row, widths, groups, wrap) for row in rows]


def _groups(widths: Sequence[int], wrap: int) -> list[range]:
    """Which columns share a line."""
    groups, start, used = [], 0, 0
    for column, width in enumerate(widths):
        if wrap and column > start and used + GAP + width > wrap:
            groups.append(range(start, column))
            start, used = column, HANG + width
        else:
            used += (GAP if column > start else 0) + width
    return [*groups, range(start, len(widths))]


def _row(row: Sequence[str], widths: Sequence[int], groups: Sequence[range], wrap: int) -> str:
    lines = []
    for index, group in enumerate(groups):
        cells = (row[column] + " " * (widths[column] - columns_of(row[column])) for column in group)
        line = (" " * GAP).join(cells).rstrip()
        if line or not index:
            lines.append(wrap_text(f"{' ' * HANG if index else ''}{line}", wrap))
    return "\n".join(lines)
