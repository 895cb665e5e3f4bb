"""Breaking sentences between words, so that a terminal does not break them within one. Pure."""

from __future__ import annotations

import re
from functools import cache

from rft_cli.render.ansi import char_width

HANG = 2
"""Columns by which a continued line stands further in. Chosen: seen at a glance, and little is lost."""

NARROWEST = 20
"""Columns that text keeps however deep it stands. Chosen: room for two or three words."""

_width = cache(char_width)

_COLOR = re.compile(r"\x1b\[[\d;]*m")


def wrap(text: str, width: int, *, hang: int | None = None) -> str:
    """Text whose lines are at most so wide, continued under their own indent.

    A word that is wider than a line stays whole, because a path or a command is copied.

    Args:
        text: one or several lines; colours take no room.
        width: columns; 0: break nothing.
        hang: columns before a continued line; default: the line's own indent and `HANG`.
    """
    if not width:
        return text
    return "\n".join(_line(line, width, hang) for line in text.split("\n"))


def _line(line: str, width: int, hang: int | None) -> str:
    if columns_of(line) <= width:
        return line
    own = len(line) - len(line.lstrip(" "))
    margin = min(own + HANG if hang is None else hang, max(width - NARROWEST, 0))
    lines = [line[:own]]
    # Runs of spaces align figures with one another and stay, unless the line is broken there.
    for gap, word in re.findall(r"( *)([^ ]+)", line[own:]):
        if lines[-1].strip() and columns_of(lines[-1] + gap + word) > width:
            lines.append(" " * margin + word)
        else:
            lines[-1] += gap + word
    return "\n".join(lines)


def columns_of(text: str) -> int:
    """Columns that a line takes on a terminal."""
    plain = _COLOR.sub("", text)
    return len(plain) if plain.isascii() else sum(map(_width, plain))
