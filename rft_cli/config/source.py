"""Bytes → `Document`: YAML 1.2 core on PyYAML's parsers, the C one when there, the pure one otherwise. The only user of yaml.

Whatever the bytes are, the answer is a document with findings; nothing here raises. Where the two parsers are known to
differ, and for the words and the place of every error, the pure one decides, so that every machine says the same.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.nodes import Node, ScalarNode
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from rft_cli.config import syntax
from rft_cli.config.build import DEEPEST, MOST_NODES, build, unfit_words
from rft_cli.config.document import PLAIN, TEXT, Document, is_empty
from rft_cli.config.syntax import Problem
from rft_cli.diagnostics import Finding, Location, Severity

LARGEST_FILE = 1 << 20
"""Bytes; chosen: a thousand times a long run config."""
_HARMLESS_INDICATORS = 250
"""With fewer characters that can open a level, neither parser can recurse deep enough to be in danger."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MALFORMED = (yaml.YAMLError, ValueError, OverflowError)
"""What PyYAML raises; the last two come from escapes and directives whose numbers it does not check."""

_PARSERS_DIFFER = re.compile(r"[\t!?]|[|>][-+0-9]*#").search
"""Tabs between tokens, tags, `?` and `|#`: found by comparing both parsers on random texts."""
_INVISIBLE = "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
"""What YAML does not allow, what only YAML 1.1 takes for a line break, and byte order marks inside the text."""
_INVISIBLE_ASCII = "[^\t\n\r\x20-\x7e]"
"""The same within ASCII; compiling the whole costs a hook some milliseconds."""


Reading = Callable[[str], bytes | str]
"""Path → content, or in words why there is none. At most `LARGEST_FILE` bytes are looked at, and one more."""


class _Untyped:
    """A resolver that only remembers whether a scalar stands unquoted; `build` gives it its type."""

    def resolve(self, kind: type[Node], _value: str | None, implicit: Any) -> str:
        return PLAIN if kind is ScalarNode and implicit[0] else TEXT

    def descend_resolver(self, _parent: Node | None, _index: Any) -> None:
        pass

    def ascend_resolver(self) -> None:
        pass


class PureLoader(_Untyped, Reader, Scanner, Parser, Composer):
    """The parser that is always there."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)

    def scan_to_next_token(self) -> None:
        """Skip white space; unlike the inherited scanner also tabs, where they do not indent."""
        super().scan_to_next_token()
        while self.peek() == "\t" and (self.flow_level or not self.allow_simple_key):
            self.forward()
            super().scan_to_next_token()


FastLoader: Any = PureLoader
"""The fastest parser that this machine has."""

if yaml.__with_libyaml__:
    from yaml._yaml import CParser

    class CLoader(_Untyped, CParser):
        """The parser in C, about twenty times as fast."""

    FastLoader = CLoader


def read_document(
    path: str | os.PathLike[str],
    shown: str | None = None,
    *,
    pure: bool = False,
    read: Reading | None = None,
) -> Document:
    """Read one file.

    Args:
        path: the file.
        shown: how findings name it; default: the path as given.
        pure: use the parser in Python even where there is one in C; the answer is the same.
        read: where content comes from; default: the disk.
    """
    name = os.fspath(path)
    shown = name if shown is None else shown
    content = read_bytes(name) if read is None else read(name)
    if isinstance(content, str):
        return _failed(shown, "", "RFT001", Problem(1, 1, content, ""))
    return parse(content, shown, pure=pure)


def parse(content: bytes, shown: str, *, pure: bool = False) -> Document:
    """Read the content of one file; see `read_document`."""
    if len(content) > LARGEST_FILE:
        message = "the file is larger than 1 MiB, which no run config is"
        return _failed(shown, "", "RFT001", Problem(1, 1, message, ""))
    content = content.removeprefix(_BYTE_ORDER_MARK)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        return _failed(shown, content.decode(errors="replace"), "RFT002", _not_utf8(content, error))
    if match := re.search(_INVISIBLE_ASCII if text.isascii() else _INVISIBLE, text):
        return _failed(shown, text, "RFT003", _invisible(text, match))
    loader = PureLoader if pure or _PARSERS_DIFFER(text) else FastLoader
    if sum(map(text.count, "[{:-?")) > _HARMLESS_INDICATORS and (problem := _oversized(text, loader)):
        return _failed(shown, text, "RFT008", problem)
    return _compose(text, shown, loader)


def _compose(text: str, shown: str, loader: Any) -> Document:
    try:
        parser = loader(text)
        root = parser.get_node() if parser.check_node() else None
        several = parser.check_node()
    except _MALFORMED as error:
        if loader is not PureLoader:
            return _compose(text, shown, PureLoader)
        return _failed(shown, text, "RFT003", _syntax_problem(text, error))
    if root is not None and several:
        line = syntax.second_document(text, root.start_mark.line)
        problem = Problem(line, 1, "a second document starts here", "keep one run in a file", 4)
        return _failed(shown, text, "RFT005", problem)
    if root is None or (isinstance(root, ScalarNode) and is_empty(root)):
        message = "the file holds no keys" if text.strip() else "the file is empty"
        mend = "begin with `version: 1`; `rft init` writes a complete run config"
        return _failed(shown, text, "RFT004", Problem(1, 1, message, mend))
    return build(shown, text, root)


def read_bytes(name: str) -> bytes | str:
    """The content of a file on disk, see `Reading`."""
    try:
        handle = os.open(name, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        return _why_unreadable(error)
    try:
        chunks: list[bytes] = []
        size = 0
        while size <= LARGEST_FILE and (chunk := os.read(handle, LARGEST_FILE + 1 - size)):
            chunks.append(chunk)
            size += len(chunk)
        return b"".join(chunks)
    except OSError as error:
        return _why_unreadable(error)
    finally:
        os.close(handle)


def _why_unreadable(error: OSError | ValueError) -> str:
    if isinstance(error, ValueError):
        return "a path cannot hold a NUL character"
    known = {
        errno.ENOENT: "there is no such file",
        errno.ENOTDIR: "there is no such file",
        errno.EISDIR: "this is a directory, not a file",
        errno.EACCES: "the file cannot be read: permission denied",
        errno.ELOOP: "the file cannot be read: its symbolic links go in a circle",
    }
    return known.get(error.errno or 0) or f"the file cannot be read: {error.strerror or error}"


def _failed(shown: str, text: str, code: str, problem: Problem) -> Document:
    """A document of which nothing can be used."""
    location = Location(shown, problem.line, problem.column, problem.end_column)
    finding = Finding(code, Severity.ERROR, location, problem.message, problem.help)
    return Document(shown, text, findings=(finding,))


def _not_utf8(content: bytes, error: UnicodeDecodeError) -> Problem:
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return Problem(1, 1, "the file is UTF-16, not UTF-8", "save it as UTF-8")
    before = content[: error.start].decode()
    line, column = syntax.position(before, len(before))
    message = f"the byte 0x{content[error.start]:02x} is not UTF-8"
    return Problem(line, column, message, "save the file as UTF-8", column + 1)


def _invisible(text: str, match: re.Match[str]) -> Problem:
    line, column = syntax.position(text, match.start())
    kind = "an invisible line separator" if match[0] in "\x85\u2028\u2029" else "an invisible character"
    return Problem(line, column, f"{kind} (U+{ord(match[0]):04X}) stands here", "delete it", column + 1)


def _oversized(text: str, loader: Any) -> Problem | None:
    """Whether composing a text that holds many indicators would go too deep or take too long; reads events only."""
    depth = nodes = 0
    try:
        parser = loader(text)
        while not isinstance(event := parser.get_event(), yaml.StreamEndEvent):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            nodes += isinstance(event, yaml.NodeEvent)
            if depth > DEEPEST or nodes > MOST_NODES:
                mark = event.start_mark
                return Problem(mark.line + 1, mark.column + 1, *unfit_words(deep=depth > DEEPEST))
    except _MALFORMED:
        # The parser in C also looks ahead for a limit of its own, and gives up before it has said how deep it is.
        return None if loader is PureLoader else _oversized(text, PureLoader)
    return None


def _syntax_problem(text: str, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    context = getattr(error, "context_mark", None)
    if mark is None:
        return syntax.bad_escape(text)
    return syntax.explain(text, mark.index, context.index if context else None)
