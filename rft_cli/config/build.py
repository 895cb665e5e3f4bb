"""The node graph of a YAML parser → data as YAML 1.2 core reads it; what is refused becomes a finding and `UNREAD`."""

from __future__ import annotations

import re
from typing import Any

from rft_cli.config import syntax
from rft_cli.config.document import PLAIN, TEXT, UNREAD, Document, is_empty
from rft_cli.config.scalars import MAYBE_NOT_TEXT, BadScalar, one_line, read_plain
from rft_cli.diagnostics import Finding, Fix, Location, Severity, by_place

MOST_NODES = 10_000
"""Keys and values with every alias expanded; chosen: a hundred times a long run config."""
DEEPEST = 100
"""Nested lists and mappings; chosen: a run config needs three."""

_STR_TAG = "tag:yaml.org,2002:str"
_TYPED_TAGS: dict[str, type | tuple[type, ...]] = {
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": (int, float),
    "tag:yaml.org,2002:bool": bool,
    "tag:yaml.org,2002:null": type(None),
}
_COLLECTION_TAGS = {"sequence": {TEXT, "tag:yaml.org,2002:seq"}, "mapping": {TEXT, "tag:yaml.org,2002:map"}}

_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]|\\U0000[dD][89a-fA-F]").search
"""An escape for half of a surrogate pair, which fails wherever the text is written."""
_BEFORE_COMMA = re.compile(r"[0-9]{1,3},$")


class _UnfitError(Exception):
    """The document is too large or too deep to be built."""


def build(path: str, text: str, root: Any) -> Document:
    """The document of a node graph.

    Args:
        path: the file as shown to the user.
        text: its content.
        root: the top node, scalars tagged `PLAIN` or `TEXT` unless they carry a tag of their own.
    """
    builder = _Builder(Document(path, text, root=root))
    builder.run()
    return builder.document


def unfit_words(*, deep: bool) -> tuple[str, str]:
    """Message and help about a document over one of the two limits."""
    if deep:
        return (
            f"lists and sections are nested deeper than {DEEPEST} levels",
            "a run config needs three levels",
        )
    return f"the file holds more than {MOST_NODES:,} keys and values", "a run config holds a few dozen"


class _Builder:
    """Walks the graph, expanding every alias, so that its work and its result are bounded by the same limits."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._findings: list[Finding] = []
        self._nodes = 0
        self._trail: list[Any] = []
        self._has_halves = _HALF_CHARACTER(document.text) is not None

    def run(self) -> None:
        document = self.document
        try:
            if document.root.id == "mapping":
                data = self._value(document.root)
                document.data = data if data is not UNREAD else {}
            else:
                self._not_a_mapping(document.root)
        except _UnfitError:
            self._unfit()
        document.findings = by_place(self._findings)

    def _value(self, node: Any) -> Any:
        kind = node.id
        if kind == "scalar":
            return self._scalar(node)
        if node.tag not in _COLLECTION_TAGS[kind]:
            return self._refuse_tag(node)
        self._nodes += len(node.value) * (2 if kind == "mapping" else 1)
        self._trail.append(node)
        if self._nodes > MOST_NODES or len(self._trail) > DEEPEST:
            raise _UnfitError
        value = self._mapping(node) if kind == "mapping" else [self._value(item) for item in node.value]
        self._trail.pop()
        return value

    def _mapping(self, node: Any) -> dict[str, Any]:
        data: dict[str, Any] = {}
        merged = None
        for key_node, value_node in node.value:
            key = key_node.value
            if key_node.tag == PLAIN:
                if key == "<<":
                    if merged is not None:
                        self._duplicate(node, key_node)
                    merged = key_node, value_node
                    continue
                if key[:1] in MAYBE_NOT_TEXT and not isinstance(read_plain(key), str):
                    if self._not_a_text_key(key_node) and data:
                        # The value before is the first half of the same mistake.
                        data[next(reversed(data))] = UNREAD
                    continue
            elif key_node.id != "scalar" or key_node.tag not in {TEXT, _STR_TAG}:
                self._not_a_text_key(key_node)
                continue
            if key in data:
                self._duplicate(node, key_node)
                continue
            data[key] = self._scalar(value_node) if value_node.id == "scalar" else self._value(value_node)
        if merged is not None:
            self._merge(data, *merged)
        return data

    def _merge(self, data: dict[str, Any], key_node: Any, node: Any) -> None:
        for source in node.value if node.id == "sequence" else [node]:
            if source.id != "mapping":
                message = "`<<` merges sections, and this is none"
                place = key_node if source is node and is_empty(source) else source
                self._refuse(place, "RFT014", message, "write an alias of a section, such as *base")
                return
            value = self._value(source)
            for key, item in value.items() if value is not UNREAD else ():
                data.setdefault(key, item)

    def _scalar(self, node: Any) -> Any:
        text: str = node.value
        tag = node.tag
        if tag == PLAIN:
            if text[:1] not in MAYBE_NOT_TEXT:
                return text
            value = read_plain(text)
            return self._refuse_scalar(node, value) if value.__class__ is BadScalar else value
        if tag in {TEXT, _STR_TAG}:
            if self._has_halves and any("\ud800" <= character <= "\udfff" for character in text):
                message = "an escape is half of a character"
                return self._refuse(node, "RFT003", message, "write the character itself")
            return text
        return self._tagged(node)

    def _tagged(self, node: Any) -> Any:
        wanted = _TYPED_TAGS.get(node.tag)
        if wanted is None:
            return self._refuse_tag(node)
        value = read_plain(node.value)
        if isinstance(value, BadScalar):
            return self._refuse_scalar(node, value)
        if not isinstance(value, wanted) or isinstance(value, bool) != (wanted is bool):
            return self._refuse_tag(node, f"the tag {_short(node.tag)} does not fit this value")
        return float(node.value) if node.tag.endswith(":float") else value

    def _refuse(self, node: Any, code: str, message: str, mend: str, fix: Fix | None = None) -> Any:
        location = self.document.place(node)
        self._findings.append(Finding(code, Severity.ERROR, location, message, mend, fix=fix))
        return UNREAD

    def _refuse_scalar(self, node: Any, bad: BadScalar) -> Any:
        fix = None
        if bad.plain:
            from rft_cli.config.mend import plain_fix

            fix = plain_fix(self.document, node, bad.plain)
        return self._refuse(node, bad.code, bad.message, bad.help, fix)

    def _refuse_tag(self, node: Any, message: str = "") -> Any:
        message = message or f"the tag {_short(node.tag)} means nothing in a run config"
        location = self.document.place(node, properties=True)
        self._findings.append(Finding("RFT009", Severity.ERROR, location, message, "delete the tag"))
        return UNREAD

    def _duplicate(self, node: Any, key_node: Any) -> None:
        first = next(other for other, _ in node.value if other.value == key_node.value)
        line = first.start_mark.line + 1
        message = f"the key {one_line(key_node.value)} stands on line {line} already"
        self._refuse(key_node, "RFT007", message, "keep one of the two")

    def _not_a_text_key(self, node: Any) -> bool:
        """Refuse a key; whether it is the end of a number that was written with a comma."""
        if node.id != "scalar":
            self._refuse(node, "RFT012", "a list or section cannot be a key", "write a text as the key")
            return False
        text, start = one_line(node.value), node.start_mark.index
        halves = _BEFORE_COMMA.search(self.document.text, max(0, start - 4), start)
        if text == "":
            self._refuse(node, "RFT012", "a key is missing before the colon", "write the key")
        elif halves:
            number = halves[0] + text
            mend = f"write {number.replace(',', '')}"
            self._refuse(node, "RFT012", f"the comma of {number} begins a new key", mend)
        else:
            self._refuse(
                node, "RFT012", f"the key {text} is not a text", f'write "{text}" if it is meant as one'
            )
        return halves is not None

    def _not_a_mapping(self, root: Any) -> None:
        document = self.document
        document.root = None
        problem = syntax.conflict(document.text)
        if problem is None and root.id == "scalar":
            problem = syntax.missing_colon(document.text, root.start_mark.index)
        if problem is not None:
            location = Location(document.path, problem.line, problem.column, problem.end_column)
            self._findings.append(Finding("RFT003", Severity.ERROR, location, problem.message, problem.help))
            return
        kind = "a list" if root.id == "sequence" else "a single value"
        self._refuse(root, "RFT006", f"the file is {kind}, not keys with values", "write `key: value` lines")

    def _unfit(self) -> None:
        trail = self._trail
        deep = len(trail) > DEEPEST
        words = unfit_words(deep=deep)
        if len(set(map(id, trail))) < len(trail):
            words = ("an alias stands inside its own anchor", "write the values out")
        self._findings = []
        # Too many values stand below a key of the file; the list that was one too many may be in an anchor far away.
        self._refuse(trail[-1] if deep else trail[:2][-1], "RFT008", *words)
        self.document.root = None


def _short(tag: str) -> str:
    return one_line(tag.replace("tag:yaml.org,2002:", "!!"))
