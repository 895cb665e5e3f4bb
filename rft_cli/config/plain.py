"""Reads the plain shape in which most run configs are written: sections by indentation, keys with what they hold on their line.

Whatever goes beyond that shape is left to the YAML parser, which is loaded when it is needed; a text that is read here gives
exactly what the parser gives, which property tests hold. The parser also finds the places when somebody asks for them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rft_cli.config.scalars import MAYBE_NOT_TEXT, BadScalar, read_plain

MOST_LINES = 1_000
"""Longer texts go to the parser and its limits; chosen: ten times a long run config."""
REMEMBERED = 2_048
"""Lines that are remembered, because the files of a project repeat most of theirs; chosen: a hundred times those of a config."""
LONGEST_KEY = 100
"""Characters; YAML looks for the colon of a key among the first 1,024."""

OPENS: Any = object()
"""The value of a key that stands alone on its line: what follows is its section, or it has no value."""
NOTHING = (0, "", None)

_NOT_PLAIN_FIRST = frozenset("-?:,[]{}#&*!|>'\"%@`")
"""What an unquoted value cannot begin with, or begins something else with. Source: YAML 1.2.2, 7.3.3."""
_SIGNED = frozenset("0123456789.")
"""What follows a dash that begins a number."""
_NUMBERS = frozenset({int, float})
_NOT_A_TEXT_KEY = frozenset({"null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE"})


def read_plain_shape(text: str) -> dict[str, Any] | None:
    """The keys and values of a text in the plain shape; None for any other text, right or wrong.

    Args:
        text: without characters that do not print, tabs and other line ends among them; line feeds are fine.
    """
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        return None
    top: dict[str, Any] = {}
    section, indent = top, 0
    around: list[tuple[dict[str, Any], int]] = []
    opened = ""
    """The key without a value that may become a section."""
    for line in lines:
        read = _read_line(line)
        if read is None:
            return None
        depth, key, value = read
        if not key:
            continue
        if depth != indent:
            if depth > indent:
                if not opened:
                    return None
                around.append((section, indent))
                inner: dict[str, Any] = {}
                section[opened] = inner
                section, indent = inner, depth
            else:
                while depth < indent:
                    section, indent = around.pop()
                if depth != indent:
                    return None
        if key in section:
            return None
        if value is OPENS:
            opened, section[key] = key, None
        else:
            # A line is remembered, and what one reader does to its list must not reach the next.
            opened, section[key] = "", value.copy() if value.__class__ is list else value
    return top or None


@lru_cache(maxsize=REMEMBERED)
def _read_line(line: str) -> tuple[int, str, Any] | None:
    """Indentation, key and value of a line, the key empty where the line holds neither; None for what is not plain."""
    content = line.lstrip(" ")
    if not content or content[0] == "#":
        return NOTHING
    key, colon, rest = content.partition(":")
    if not colon or not _is_plain_key(key) or (rest and rest[0] != " "):
        return None
    depth, value = len(line) - len(content), rest.strip(" ")
    if not value or value[0] == "#":
        return depth, key, OPENS
    read = _value(value)
    return None if read is None else (depth, key, read[0])


def _is_plain_key(key: str) -> bool:
    return (
        key.replace("-", "_").isidentifier()
        and key.isascii()
        and key not in _NOT_A_TEXT_KEY
        and len(key) <= LONGEST_KEY
        and key[0] != "-"
    )


def _value(value: str) -> tuple[Any] | None:
    """The value behind a key, with what follows it on the line; None for what is not plain."""
    first = value[0]
    if first in _NOT_PLAIN_FIRST:
        if first in "\"'":
            return _quoted(value, first)
        if first == "[":
            return _numbers(value)
        if first != "-" or value[1:2] not in _SIGNED:
            return None
    if " #" in value:
        value = value[: value.index(" #")].rstrip(" ")
    if ":" in value and (": " in value or value[-1] == ":"):
        return None
    if first not in MAYBE_NOT_TEXT:
        return (value,)
    read = read_plain(value)
    return None if read.__class__ is BadScalar else (read,)


def _numbers(value: str) -> tuple[list[int | float]] | None:
    """A list of numbers in brackets."""
    inside, closed, behind = value[1:].partition("]")
    if not closed or (behind and (behind[0] != " " or behind.lstrip(" ")[:1] != "#")):
        return None
    numbers = [read_plain(item.strip(" ")) for item in inside.split(",")]
    return (numbers,) if all(number.__class__ in _NUMBERS for number in numbers) else None


def _quoted(value: str, quote: str) -> tuple[str] | None:
    """A text in quotes that holds neither its own quote nor an escape."""
    end = value.find(quote, 1)
    behind = value[end + 1 :]
    if (
        end < 0
        or (quote == '"' and "\\" in value)
        or (behind and behind.lstrip(" ")[:1] != "#")
        or behind[:1] == "#"
    ):
        return None
    return (value[1:end],)
