"""One line of JSON, read strictly: no duplicate keys, no NaN or Infinity, errors in the words of the person who wrote it.

Pure, and the standard library's parser; it only tightens what that accepts and translates what it says.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any, NamedTuple, NoReturn

_NESTED_TOO_DEEP = "lists and objects are nested too deep to be read"


class BadJson(NamedTuple):
    """Why a line is not the JSON that was meant, and where."""

    message: str
    column: int
    """1-based, in characters."""
    help: str = ""


class _RepeatedKeyError(ValueError):
    pass


class _NotFiniteError(ValueError):
    pass


def parse_line(text: str) -> Any | BadJson:
    """The value of one line, or why there is none."""
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        return _translated(error)
    except _RepeatedKeyError as error:
        key = json.dumps(error.args[0], ensure_ascii=False)
        places = [match.start() for match in re.finditer(re.escape(key) + r"\s*:", text)]
        column = places[1] + 1 if len(places) == 2 else 1
        return BadJson(f"the key {key} stands twice in one object", column, "keep one of them")
    except _NotFiniteError as error:
        literal = error.args[0]
        return BadJson(
            f"{literal} is not a finite number",
            _column_outside_texts(text, literal),
            "write a finite number, or null",
        )
    except RecursionError:
        return BadJson(_NESTED_TOO_DEEP, 1)
    except ValueError:
        return BadJson("a number has too many digits to be read", 1, "put it in double quotes")
    # Half a surrogate pair parses, and then fails wherever the text is written.
    if "\\u" in text and (column := _lone_surrogate(text)):
        return BadJson("a \\u escape is half of a character", column, "write the character itself")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # The same few keys come back on every line: interned, a hundred thousand rows take a fifth less memory.
    record = {sys.intern(key): value for key, value in pairs}
    if len(record) < len(pairs):
        seen: set[str] = set()
        raise _RepeatedKeyError(next(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
    return record


def _refuse_constant(literal: str) -> NoReturn:
    raise _NotFiniteError(literal)


def _finite(literal: str) -> float:
    value = float(literal)
    if value - value != 0:
        raise _NotFiniteError(literal)
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite)


def _column_outside_texts(text: str, token: str) -> int:
    for match in re.finditer(rf'"(?:[^"\\]|\\.)*"|(?<!\w)({re.escape(token)})(?!\w)', text):
        if match.group(1):
            return match.start() + 1
    return 1


_ESCAPES = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)")


def _lone_surrogate(text: str) -> int:
    """The column of the first unpaired surrogate escape; 0 when there is none."""
    high_end = -1
    high_column = 0
    for match in _ESCAPES.finditer(text):
        unit = int(match.group(1), 16) if match.group(1) else 0
        pairs_up = 0xDC00 <= unit <= 0xDFFF and match.start() == high_end
        if high_column and not pairs_up:
            return high_column
        if 0xDC00 <= unit <= 0xDFFF and not pairs_up:
            return match.start() + 1
        high_column = match.start() + 1 if 0xD800 <= unit <= 0xDBFF else 0
        high_end = match.end()
    return high_column


_BY_CHARACTER: tuple[tuple[str, str, str], ...] = (
    ("'", "a text stands in single quotes", "JSON wants double quotes"),
    ("True", "True is Python's", "JSON writes true"),
    ("False", "False is Python's", "JSON writes false"),
    ("None", "None is Python's", "JSON writes null"),
    ("#", "a comment stands here", "JSON has no comments: delete it"),
    ("//", "a comment stands here", "JSON has no comments: delete it"),
)
"""What the text at the error begins with → message, help."""

_BY_ERROR: tuple[tuple[str, str, str], ...] = (
    ("Expecting value", "a value is missing here", ""),
    ("Expecting property name", "a key in double quotes is missing here", ""),
    ("Illegal trailing comma", "a comma stands before the closing bracket", "delete the comma"),
    ("Expecting ',' delimiter", "a comma or a closing bracket is missing here", ""),
    ("Expecting ':' delimiter", "a colon is missing after the key", ""),
    ("Extra data", "something stands after the end of the value", "write one object a line"),
    ("Unterminated string", "the text that starts here has no closing quote", ""),
    (
        "Invalid control character",
        "a text holds a raw tab or control character",
        "write \\t, or \\n for a new line",
    ),
    ("Invalid \\u", "\\u wants four hexadecimal digits", ""),
    ("Invalid \\escape", "the backslash starts no escape that JSON knows", "write two backslashes for one"),
)
"""How the parser's message begins → message, help."""


def _translated(error: json.JSONDecodeError) -> BadJson:
    rest = error.doc[error.pos :]
    column = error.pos + 1
    if not rest.strip() and not error.msg.startswith("Unterminated"):
        return BadJson(
            "the line ends before the value does", column, "write each object on one line of its own"
        )
    if (
        error.msg.startswith("Expecting")
        and rest[0] in "]}"
        and error.doc[: error.pos].rstrip().endswith(",")
    ):
        return BadJson("a comma stands before the closing bracket", column, "delete the comma")
    if error.msg.startswith("Expecting"):
        for start, message, help_ in _BY_CHARACTER:
            if rest.startswith(start):
                return BadJson(message, column, help_)
    for start, message, help_ in _BY_ERROR:
        if error.msg.startswith(start):
            return BadJson(message, column, help_)
    return BadJson(error.msg, column)
