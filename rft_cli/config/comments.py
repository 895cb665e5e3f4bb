"""The comments of a file, told apart from text that only looks like one: quoted, or inside a block of text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

from rft_cli.config.document import Document

_LINE = re.compile(r"[^\r\n]*")
_LINE_END = re.compile(r"\r\n|\n|\r")
_COMMENT = re.compile(r"(?:(?<=[ \t\r\n])|\A)#[^\r\n]*")
"""Source: YAML 1.2.2, 6.6: white space or the start of a line stands before a comment."""
_NO_CONTENT = re.compile(r"[ \t]*(?:#.*|---(?:[ \t]+#.*)?[ \t]*|%.*)?")
"""A line that holds no key and no value, if no scalar spans it."""


def line_end(text: str) -> str:
    """How the lines of a text end."""
    return "\r\n" if "\r\n" in text else "\n"


class Comment(NamedTuple):
    """One comment."""

    start: int
    """Offset of its number sign."""
    end: int
    text: str
    """All of it, the number sign included."""


class Lines:
    """The lines of a document: where they start, which hold something, and which scalars span their ends.

    Args:
        document: a file that could be read, its root not None.
    """

    def __init__(self, document: Document) -> None:
        self.text = document.text
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(self.text))]
        self._scalars = sorted(_scalar_spans(document))

    def line_of(self, index: int) -> int:
        """The 1-based line of a character."""
        return bisect_right(self._starts, index)

    def start(self, line: int) -> int:
        """Offset of the first character of a 1-based line; the end of the text for the line behind the last one."""
        return self._starts[line - 1] if line <= len(self._starts) else len(self.text)

    def end(self, line: int) -> int:
        """Offset behind the last character of a 1-based line, its line end not counted."""
        return _line_end(self.text, self.start(line))

    def content_line(self, line: int) -> int:
        """The first line from a 1-based line on that holds a key or a value; the line itself when there is none."""
        for number in range(line, len(self._starts) + 1):
            start = self.start(number)
            if self.in_scalar(start) or not _NO_CONTENT.fullmatch(self.text, start, self.end(number)):
                return number
        return line

    def in_scalar(self, index: int) -> bool:
        """Whether a character stands inside a scalar, so that nothing can be inserted before it."""
        place = bisect_right(self._scalars, (index, -1)) - 1
        return place >= 0 and self._scalars[place][0] < index < self._scalars[place][1]

    def comments(self, containing: str) -> Iterator[Comment]:
        """Every comment that contains a text, in order."""
        at = 0
        while match := _COMMENT.search(self.text, at):
            if self.in_scalar(match.start()):
                # What looks like a comment in quotes may run into a true one behind them.
                at = match.start() + 1
                continue
            at = match.end()
            if containing in match[0]:
                yield Comment(match.start(), match.end(), match[0])


def _scalar_spans(document: Document) -> Iterator[tuple[int, int]]:
    """Start and end of every scalar; of a block of text without its first line, which may end in a comment."""
    nodes: list[Any] = [document.root]
    seen: set[int] = set()
    while nodes:
        node = nodes.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.id != "scalar":
            nodes += [part for pair in node.value for part in (pair if node.id == "mapping" else (pair,))]
            continue
        start, end = node.start_mark.index, node.end_mark.index
        yield (_line_end(document.text, start) if node.style in {"|", ">"} else start), end


def _line_end(text: str, index: int) -> int:
    match = _LINE.match(text, index)
    return match.end() if match else index
