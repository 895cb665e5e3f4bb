"""Differences with their intervals on one axis, as text. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rft_cli.compare.outcome_statistics import Estimate

NARROWEST = 24
"""Columns of the axis itself. Chosen: below it an interval is a smudge."""


def intervals(estimates: Sequence[tuple[str, Estimate]], *, width: int) -> list[str]:
    """One line an estimate, zero marked, and the axis below.

    Args:
        estimates: label and difference.
        width: columns of the whole plot.
    """
    margin = max(len(label) for label, _ in estimates)
    cells = max(width - margin - 2, NARROWEST)
    low = min(0.0, *(estimate.low for _, estimate in estimates))
    high = max(0.0, *(estimate.high for _, estimate in estimates))
    span = (high - low) or 1.0

    def column(value: float) -> int:
        return round((value - low) / span * (cells - 1))

    zero = column(0.0)
    lines = [f"{label:<{margin}}  {_line(estimate, column, zero, cells)}" for label, estimate in estimates]
    return [*lines, f"{'':<{margin}}  {_axis(low, high, zero, cells)}".rstrip()]


def _line(estimate: Estimate, column: Callable[[float], int], zero: int, cells: int) -> str:
    start, middle, end = (column(value) for value in (estimate.low, estimate.difference, estimate.high))
    marks = [" "] * cells
    marks[zero] = "┊"
    for place in range(start, end + 1):
        marks[place] = "─"
    marks[start], marks[end] = "├", "┤"
    marks[middle] = "●"
    return "".join(marks).rstrip()


def _axis(low: float, high: float, zero: int, cells: int) -> str:
    """Labels of the two ends and of zero, as far as they do not touch."""
    marks = [" "] * cells
    first, last = f"{low:+.2g}", f"{high:+.2g}"
    for text, start in ((first, 0), (last, cells - len(last)), ("0", zero)):
        room = marks[max(start - 1, 0) : start + len(text) + 1]
        if not "".join(room).strip():
            marks[start : start + len(text)] = text
    return "".join(marks)
