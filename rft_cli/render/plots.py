"""Curves as text: braille dots in a frame with axes. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bit of each dot of a cell, column by column from the top. Source: Unicode, block Braille Patterns."""
_BLANK = 0x2800
_COLUMNS, _ROWS = 2, 4
"""Dots of a cell."""
_ROUND = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)
"""Ends of an axis. Chosen: easy to read, and no curve fills less than two thirds of its frame."""


class Axis(NamedTuple):
    """What the edges of a plot stand for."""

    low: float
    high: float


def curve(values: Sequence[float], *, width: int, height: int, steps: int = 0) -> list[str]:
    """A curve over steps, the first of which is step 1.

    Args:
        values: one a step, finite.
        width: columns of the whole plot, labels included; at least 16.
        height: lines of the curve itself; the axis below takes two more.
        steps: right end of the axis, so that an unfinished curve grows into its frame; default: as many as there are values.

    Returns:
        ``height`` + 2 lines of at most ``width`` columns.
    """
    steps = max(steps, len(values), 1)
    axis = _axis(values)
    labels = [_label(value) for value in (axis.high, (axis.low + axis.high) / 2, axis.low)]
    margin = max(map(len, labels))
    cells = max(width - margin - 2, 4)
    lines = [
        f"{_side(labels, line, height):>{margin}} {'┤' if _side(labels, line, height) else '│'}{''.join(row).rstrip(chr(_BLANK))}"
        for line, row in enumerate(_braille(values, axis, cells=cells, height=height, steps=steps))
    ]
    below = f"1{str(steps) if steps > 1 else '':>{cells - 1}}"
    return [*lines, f"{'':>{margin}} └{'─' * cells}", f"{'':>{margin}}  {below}".rstrip()]


def _axis(values: Sequence[float]) -> Axis:
    """From zero or below to the highest value or above, with a rounded end; a reward between 0 and 1 gets just that."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return Axis(low, low + 1.0)
    if low == 0.0 and high <= 1.0:
        return Axis(0.0, 1.0) if high > 0.1 else Axis(0.0, _rounded_up(high))
    return Axis(-_rounded_up(-low) if low < 0 else 0.0, _rounded_up(high) if high > 0 else 0.0)


def _rounded_up(value: float) -> float:
    """The next of `_ROUND` times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in _ROUND if step * power >= value * (1 - 1e-9))


def _label(value: float) -> str:
    return f"{value:.3g}"


def _side(labels: Sequence[str], line: int, height: int) -> str:
    """The label at a line of the frame: highest, middle, lowest."""
    places = {0: labels[0], height - 1: labels[2]}
    if height % 2 and height > 4:
        places[height // 2] = labels[1]
    return places.get(line, "")


def _braille(values: Sequence[float], axis: Axis, *, cells: int, height: int, steps: int) -> list[list[str]]:
    bits = [[_BLANK] * cells for _ in range(height)]
    across, up = cells * _COLUMNS, height * _ROWS
    # With fewer steps than dots each step takes several, so the curve is drawn as line segments between its points.
    previous: int | None = None
    for column in range(_column_of(len(values), steps, across) + 1 if values else 0):
        value = _value_at(values, column * max(steps - 1, 1) / max(across - 1, 1), steps / across)
        row = round((axis.high - value) / (axis.high - axis.low) * (up - 1))
        start = row if previous is None else previous
        for dot in range(min(start, row), max(start, row) + 1):
            if dot != start or dot == row or previous is None:
                bits[dot // _ROWS][column // _COLUMNS] |= _DOTS[column % _COLUMNS][dot % _ROWS]
        previous = row
    return [[chr(cell) for cell in line] for line in bits]


def _column_of(step: int, steps: int, across: int) -> int:
    """The dot column of a step, 0-based."""
    return round((step - 1) / max(steps - 1, 1) * (across - 1))


def _value_at(values: Sequence[float], place: float, per_column: float) -> float:
    """The mean over a column's steps, or between two steps where a column is less than one."""
    if per_column > 1:
        first = min(int(place), len(values) - 1)
        part = values[first : max(first + 1, min(int(place + per_column), len(values)))]
        return sum(part) / len(part)
    low = min(int(place), len(values) - 1)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * min(place - low, 1.0)
