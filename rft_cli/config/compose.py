"""Bytes → node graph → `Document`: YAML 1.2 core on PyYAML's parsers, in C where there is one. The only user of yaml.

Whatever the bytes are, the answer is a document with findings; nothing here raises. Where the two parsers are known to
differ, and for the words and the place of every error, the pure one decides, so that every machine says the same.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.nodes import Node, ScalarNode
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError

from rft_cli.config import syntax
from rft_cli.config.build import DEEPEST, MOST_NODES, build, unfit_words
from rft_cli.config.document import PLAIN, TEXT, Document, is_empty
from rft_cli.config.syntax import Problem
from rft_cli.diagnostics import Finding, Location, Severity

_HARMLESS_INDICATORS = 250
"""With fewer characters that can open a level, neither parser can recurse deep enough to be in danger."""
_MALFORMED = (yaml.YAMLError, ValueError, OverflowError)
"""What PyYAML raises; the last two come from escapes and directives whose numbers it does not check."""

_PARSERS_DIFFER = re.compile(r"[\t!?]|[|>][-+0-9]*#|[&*][-\w]+:|(?m:^)%").search
"""Tabs between tokens, tags, `?`, `|#`, `&a:` and directives: found by comparing both parsers on random texts."""
_INVISIBLE = "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
"""What YAML does not allow, what only YAML 1.1 takes for a line break, and byte order marks inside the text."""
_INVISIBLE_ASCII = "[^\t\n\r\x20-\x7e]"
"""The same within ASCII; compiling the whole costs a hook some milliseconds."""


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
        while self.peek() == "\t":
            length = 1
            while self.peek(length) in " \t":
                length += 1
            is_blank = self.peek(length) in "\0\r\n#"
            if not is_blank and not self.flow_level and self.allow_simple_key:
                return
            self.forward(length)
            super().scan_to_next_token()

    def check_key(self) -> bool:
        """Whether a `?` opens a key; between brackets the inherited scanner also takes it from the front of a word."""
        opens_a_word = self.peek(1) not in "\0 \t\r\n"
        follows_a_word = self.pointer > 0 and self.buffer[self.pointer - 1] not in " \t\r\n,[{"
        return bool(super().check_key()) and (follows_a_word or not opens_a_word)

    def compose_scalar_node(self, anchor: Any) -> ScalarNode:
        """The node of a scalar; the tag `!` makes it a text, which the inherited composer does not know."""
        is_text = self.peek_event().tag == "!"  # type: ignore[no-untyped-call]
        node = super().compose_scalar_node(anchor)
        node.tag = TEXT if is_text else node.tag
        return node

    def scan_anchor(self, token: Any) -> Any:
        """Read the name of an anchor or alias; the inherited scanner takes what follows a colon in it for the value."""
        found = super().scan_anchor(token)  # type: ignore[no-untyped-call]
        if self.peek() == ":" and self.peek(1) not in "\0 \t\r\n":
            raise ScannerError("while scanning an anchor", found.start_mark, "found a colon", self.get_mark())
        return found


FastLoader: Any = PureLoader
"""The fastest parser that this machine has."""

if yaml.__with_libyaml__:
    from yaml._yaml import CParser

    class CLoader(_Untyped, CParser):
        """The parser in C, about twenty times as fast."""

    FastLoader = CLoader


def compose(content: bytes, shown: str, *, pure: bool = False) -> Document:
    """The document of the content of one file, byte order mark or not; see `source.read_document`."""
    content = content.removeprefix(BOM_UTF8)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        return refused(shown, content.decode(errors="replace"), "RFT002", _not_utf8(content, error))
    if match := re.search(_INVISIBLE_ASCII if text.isascii() else _INVISIBLE, text):
        return refused(shown, text, "RFT003", _invisible(text, match))
    loader = PureLoader if pure or _PARSERS_DIFFER(text) else FastLoader
    if sum(map(text.count, "[{:-?")) > _HARMLESS_INDICATORS and (problem := _oversized(text, loader)):
        return refused(shown, text, "RFT008", problem)
    return _compose(text, shown, loader)


def _compose(text: str, shown: str, loader: Any) -> Document:
    try:
        parser = loader(text)
        root = parser.get_node() if parser.check_node() else None
        several = parser.check_node()
    except _MALFORMED as error:
        if loader is not PureLoader:
            return _compose(text, shown, PureLoader)
        return refused(shown, text, "RFT003", _syntax_problem(text, error))
    if root is not None and several:
        line = syntax.second_document(text, root.start_mark.line)
        problem = Problem(line, 1, "a second document starts here", "keep one run in a file", 4)
        return refused(shown, text, "RFT005", problem)
    if root is None or (isinstance(root, ScalarNode) and is_empty(root)):
        message = "the file holds no keys" if text.strip() else "the file is empty"
        mend = "begin with `version: 1`; `rft init` writes a complete run config"
        return refused(shown, text, "RFT004", Problem(1, 1, message, mend))
    return build(shown, text, root)


def refused(shown: str, text: str, code: str, problem: Problem) -> Document:
    """A document of which nothing can be used, and why."""
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
