"""Colours and the width of characters on a terminal, by hand: Rich costs more start-up than all of `rft lint`."""

from __future__ import annotations

from typing import Literal

Style = Literal["bold", "dim", "red", "yellow", "cyan", "green", "blue"]

_CODES: dict[Style, str] = {
    "bold": "1",
    "dim": "2",
    "red": "1;31",
    "yellow": "1;33",
    "cyan": "1;36",
    "green": "32",
    "blue": "34",
}
"""Select Graphic Rendition. Source: ECMA-48, 8.3.117."""


def paint(text: str, style: Style, *, color: bool) -> str:
    """Text in a style, or as it is where there are no colours."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if color and text else text


def printable(text: str) -> str:
    """Text that cannot steer the reader's terminal: what does not print is spelled out as in a Python string."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )


def char_width(char: str) -> int:
    """Columns that a character takes: 0 for combining marks, 2 for wide ones. Source: Unicode annex 11."""
    if char.isascii():
        return 1
    import unicodedata

    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
