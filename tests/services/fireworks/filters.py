"""`filter` and `orderBy` of lists: the part of AIP-160 and AIP-132 that clients of the service use."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from .fieldmask import camel
from .refusals import invalid

Body = Mapping[str, Any]
Test = Callable[[Body], bool]

TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<sign><=|>=|!=|[=<>:()])|(?P<word>[^\s=<>:!()"']+))"""
)

ORDERED = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


class Token(NamedTuple):
    """A piece of a filter."""

    kind: str
    text: str


def tokens(text: str) -> list[Token]:
    found, at = [], 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        if not match:
            raise invalid(f"invalid filter: unexpected {text[at:].strip()[0]!r}")
        kind = str(match.lastgroup)
        piece = match[kind]
        found.append(Token(kind, re.sub(r"\\(.)", r"\1", piece[1:-1]) if kind == "text" else piece))
        at = match.end()
    return found


def looked_up(body: Body, path: str) -> Any:
    """A field by its path; None where there is none."""
    value: Any = body
    for part in camel(path).split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


class _Reader:
    """Recursive descent: expression = sequence of factors; a factor joins terms with OR."""

    def __init__(self, pieces: list[Token], known: frozenset[str]) -> None:
        self.pieces = pieces
        self.known = known

    def word(self, *texts: str) -> bool:
        """Take the next piece if it is one of these."""
        if self.pieces and self.pieces[0].kind != "text" and self.pieces[0].text in texts:
            self.pieces.pop(0)
            return True
        return False

    def expression(self) -> Test:
        tests = [self.factor()]
        while self.pieces and self.pieces[0].text != ")":
            self.word("AND")
            tests.append(self.factor())
        return lambda body: all(test(body) for test in tests)

    def factor(self) -> Test:
        tests = [self.term()]
        while self.word("OR"):
            tests.append(self.term())
        return lambda body: any(test(body) for test in tests)

    def term(self) -> Test:
        if self.word("NOT"):
            inner = self.term()
            return lambda body: not inner(body)
        if self.word("("):
            inside = self.expression()
            if not self.word(")"):
                raise invalid("invalid filter: ')' is missing")
            return inside
        return self.comparison()

    def comparison(self) -> Test:
        if len(self.pieces) < 3 or self.pieces[0].kind != "word":
            raise invalid("invalid filter: a comparison is 'field operator value'")
        field, sign, value = (self.pieces.pop(0) for _ in range(3))
        if camel(field.text).split(".")[0] not in self.known:
            raise invalid(f"invalid filter: unknown field {field.text!r}")
        if sign.text == ":":
            return lambda body: value.text in str(looked_up(body, field.text))
        if sign.text not in ORDERED or value.kind == "sign":
            raise invalid(f"invalid filter: cannot compare {field.text!r}")
        compare = ORDERED[sign.text]
        return lambda body: compare(*_alike(looked_up(body, field.text), value.text))


def _alike(value: Any, text: str) -> tuple[Any, Any]:
    """A field's value and the filter's text, as things that can be compared."""
    match value:
        case bool():
            return value, text.lower() == "true"
        case int() | float():
            try:
                return float(value), float(text)
            except ValueError:
                raise invalid(f"invalid filter: {text!r} is not a number") from None
        case _:
            return "" if value is None else str(value), text


def matcher(text: str, known: frozenset[str]) -> Test:
    """The test that a filter stands for.

    Args:
        text: as a client sends it; field names in snake case or camel case. Empty: everything passes.
        known: top-level fields of the resource, camel case.

    Raises:
        RefusedError: it cannot be read.
    """
    if not text.strip():
        return lambda _body: True
    reader = _Reader(tokens(text), known)
    test = reader.expression()
    if reader.pieces:
        raise invalid(f"invalid filter: unexpected {reader.pieces[0].text!r}")
    return test


def ordered(bodies: Iterable[Body], order_by: str, known: frozenset[str]) -> list[Body]:
    """Sorted by a comma list of fields, each with an optional ``desc``; by name where it is empty.

    Raises:
        RefusedError: a field is unknown.
    """
    bodies = list(bodies)
    keys = [part.split() for part in (order_by or "name").split(",")]
    for words in reversed(keys):
        if not words or len(words) > 2 or (len(words) == 2 and words[1] not in {"asc", "desc"}):
            raise invalid(f"invalid order_by {order_by!r}")
        field = words[0]
        if camel(field).split(".")[0] not in known:
            raise invalid(f"invalid order_by: unknown field {field!r}")
        bodies.sort(key=partial(_ranked, field), reverse=words[1:] == ["desc"])
    return bodies


def _ranked(field: str, body: Body) -> tuple[int, float, str]:
    return _rank(looked_up(body, field))


def _rank(value: Any) -> tuple[int, float, str]:
    """Numbers before texts, unset first."""
    match value:
        case None:
            return (0, 0.0, "")
        case int() | float():
            return (1, float(value), "")
        case _:
            return (2, 0.0, str(value))
