"""One file as read: its data, and where each key and value stands. Positions are computed only when asked for.

Knows the node graph of the YAML parser by its attributes only; `source` builds it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rft_cli.diagnostics import Finding, Location

MERGE_KEY = "<<"
PLAIN = "plain"
"""Tag of an unquoted scalar."""
TEXT = "text"
"""Tag of a scalar in quotes or in block style, and of lists and mappings, that carry no tag of their own."""

Path = str | Sequence[str | int]
"""A dotted path, or its parts where a key may hold a dot or an item of a list is meant."""


class Unread:
    """Stands in the data for a value that already has a finding."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNREAD"


UNREAD = Unread()

_PROPERTIES = r"(?:[&!][^\s,\[\]{}]*\s+)+"


class Document:
    """A run config as one file writes it.

    Attributes:
        path: the file as shown to the user.
        text: its content without a byte order mark.
        data: its keys and values; `UNREAD` where a value has a finding of its own.
        root: the top-level mapping node, made when it is asked for; None when there is nothing to validate.
        findings: what is wrong with it as YAML.
    """

    __slots__ = ("_compose", "_root", "data", "findings", "path", "text")

    def __init__(
        self,
        path: str,
        text: str = "",
        data: dict[str, Any] | None = None,
        root: Any = None,
        findings: tuple[Finding, ...] = (),
        *,
        compose: Callable[[str], Any] | None = None,
    ) -> None:
        self.path = path
        self.text = text
        self.data = {} if data is None else data
        self.findings = findings
        self._root = root
        self._compose = compose

    @property
    def root(self) -> Any:
        """The top-level mapping node; see the attributes of the class."""
        if self._compose is not None:
            self._root, self._compose = self._compose(self.text), None
        return self._root

    @root.setter
    def root(self, node: Any) -> None:
        self._root = node

    @property
    def has_keys(self) -> bool:
        """Whether there is something to validate; needs no node graph."""
        return self._compose is not None or self._root is not None

    def location(self, path: Path = (), *, key: bool = False) -> Location:
        """Where a value stands, or its key; for what is not there, the key of the nearest section around it.

        A value that comes from an anchor is located there. A value without text is located at its key.
        """
        key_node, node, found = self._find(parts(path))
        if node is None:
            return Location(self.path)
        if key_node is not None and (key or not found or is_empty(node)):
            return self.place(key_node)
        place = self.place(node)
        return place._replace(end_column=0) if node is self.root else place

    def has(self, path: Path) -> bool:
        """Whether the file itself writes that key."""
        return self._find(parts(path))[2]

    def token(self, path: Path) -> tuple[str, bool] | None:
        """The characters of a scalar value and whether they stand in quotes; None for anything else."""
        _, node, found = self._find(parts(path))
        if not found or not isinstance(node.value, str):
            return None
        return node.value, node.tag != PLAIN

    def span(self, path: Path, *, key: bool = False) -> tuple[int, int] | None:
        """Offsets of the first and behind the last character of a scalar or of its key, quotes included.

        None where nothing can simply stand in its place: it is absent, has a tag, is no scalar or spans several lines.
        """
        key_node, node, found = self._find(parts(path))
        node = key_node if key else node
        if not found or node is None or node.id != "scalar" or node.style in {"|", ">"} or is_empty(node):
            return None
        start, end = node.start_mark.index, node.end_mark.index
        if node.start_mark.line != node.end_mark.line:
            return None
        match = re.compile(_PROPERTIES).match(self.text, start, end)
        if match and "!" in match[0]:
            return None
        return (match.end() if match else start), end

    def place(self, node: Any, *, properties: bool = False) -> Location:
        """Where a node starts and, where it is known and on the same line, ends; its anchor and tag are skipped or not."""
        start, end = node.start_mark, node.end_mark
        line, column = start.line, start.column
        # The end of a block is where the next token begins, on which the parsers do not agree.
        has_end = end.line == line and (node.id == "scalar" or node.flow_style)
        if not properties and self.text[start.index : start.index + 1] in {"&", "!"}:
            match = re.compile(_PROPERTIES).match(self.text, start.index)
            if match and "\n" not in match[0] and "\r" not in match[0]:
                column += match.end() - match.start()
        return Location(self.path, line + 1, column + 1, end.column + 1 if has_end else 0)

    def _find(self, path: Sequence[str | int]) -> tuple[Any, Any, bool]:
        """Key node and value node of the longest part of a path that is there, and whether it is all of it."""
        key_node, node = None, self.root
        for part in path:
            step = _step(node, part) if node is not None else None
            if step is None:
                return key_node, node, False
            key_node, node = (step[0] or key_node), step[1]
        return key_node, node, node is not None


def parts(path: Path) -> Sequence[str | int]:
    """The parts of a path."""
    if isinstance(path, str):
        return path.split(".") if path else ()
    return path


def is_empty(node: Any) -> bool:
    """Whether a value was left out."""
    return bool(node.tag == PLAIN and node.value == "")


def entries(node: Any) -> Iterator[tuple[Any, Any]]:
    """Key and value nodes of a mapping, each key once: what it writes itself first, then what it merges."""
    seen: set[str] = set()
    for key_node, value_node in _with_merged(node):
        if key_node.value not in seen:
            seen.add(key_node.value)
            yield key_node, value_node


def is_merge(key_node: Any) -> bool:
    """Whether a key is the unquoted `<<`."""
    return bool(key_node.value == MERGE_KEY and key_node.tag == PLAIN)


def _with_merged(node: Any) -> Iterator[tuple[Any, Any]]:
    merged: list[Any] = []
    for key_node, value_node in node.value:
        if is_merge(key_node):
            merged += value_node.value if value_node.id == "sequence" else [value_node]
        elif isinstance(key_node.value, str):
            yield key_node, value_node
    for other in merged:
        if _is_mapping(other):
            yield from _with_merged(other)


def _is_mapping(node: Any) -> bool:
    return bool(node.id == "mapping")


def _step(node: Any, part: str | int) -> tuple[Any, Any] | None:
    if isinstance(node.value, str):
        return None
    if _is_mapping(node):
        return next((pair for pair in entries(node) if pair[0].value == part), None)
    if isinstance(part, int) and 0 <= part < len(node.value):
        return None, node.value[part]
    return None
