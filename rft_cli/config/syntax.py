"""Why a text is no YAML, in the words of the person who wrote it. Looks at the text, never at a parser's message."""

from __future__ import annotations

import re
from typing import NamedTuple


class Problem(NamedTuple):
    """What is wrong, 1-based where, and the edit that mends it."""

    line: int
    column: int
    message: str
    help: str
    end_column: int = 0


_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?=\s|$)", re.MULTILINE)
_LONE_COMMA = ("a comma stands here without a value before it", "delete it")
_BRACKETS = re.compile(r"""(?<![^\s\[{,:])(?:"(?:\\.|[^"\\])*"|'[^']*'|#.*)|[\[\]{}]""")
_BREAK = re.compile(r"\r\n|\n|\r")


def position(text: str, index: int) -> tuple[int, int]:
    """1-based line and column of a character."""
    start, line = 0, 1
    for match in _BREAK.finditer(text, 0, index):
        start, line = match.end(), line + 1
    return line, index - start + 1


def conflict(text: str) -> Problem | None:
    """The first marker that a version control system left behind."""
    match = _CONFLICT.search(text)
    if match is None:
        return None
    line, column = position(text, match.start())
    message = f"a merge conflict is not resolved: {match[0]}"
    return Problem(line, column, message, "keep one side and delete the marker lines")


def second_document(text: str, after_line: int) -> int:
    """The 1-based line of the `---` that opens the second document."""
    lines = _BREAK.split(text)
    return next(
        (
            number
            for number, line in enumerate(lines, 1)
            if number > after_line + 1 and re.match(r"---(?:\s|$)", line)
        ),
        next((number for number, line in enumerate(lines, 1) if re.match(r"---(?:\s|$)", line)), 1),
    )


def bad_escape(text: str) -> Problem:
    """The first escape that names no character."""
    match = re.search(r"\\U(?!000[0-9a-fA-F]|0010)", text)
    line, column = position(text, match.start() if match else 0)
    return Problem(line, column, "this escape names no character", "write the character itself")


def explain(text: str, index: int, opened: int | None) -> Problem:
    """Why reading stopped.

    Args:
        text: the whole file.
        index: the character at which the pure parser gave up.
        opened: the character at which the construct began that it was reading, if it was reading one.
    """
    if (problem := conflict(text)) or (problem := _tab(text, index)):
        return problem
    opener = text[opened : opened + 1] if opened is not None else ""
    if opened is not None and opener and opener in "\"'":
        return _quoted(text, index, opened)
    if opened is not None and opener and opener in "[{":
        return _bracket(text, index, opened)
    if not text[index:].strip() and (unclosed := _unclosed(text)) is not None:
        return _bracket(text, index, unclosed)
    place = position(text, index)
    here = text[index : index + 1]
    before, _ = _line(text, index)
    if here in {"@", "`", "%"}:
        return Problem(*place, f"a text cannot begin with {here}", "put the text in quotes")
    if here == ",":
        return Problem(*place, *_LONE_COMMA)
    if here in {"]", "}"}:
        return Problem(*place, f"this {here} closes nothing", "delete it, or put the text in quotes")
    if here == "*":
        return Problem(
            *place, "the alias names an anchor that is not defined above", "define it, or use quotes"
        )
    if here == "&":
        return Problem(*place, "the anchor is defined twice", "give it another name")
    if here == ":" and not before.strip():
        return Problem(*place, "a key is missing before the colon", "write the key")
    if here == ":" and re.search(r":\s", before):
        return Problem(*place, "a second colon makes this text a key", "put the text in quotes")
    if here == ":" and (problem := _line_above(text, index - len(before))):
        return problem
    if here == ":":
        column = len(before) - len(before.lstrip(" -")) + 1
        return Problem(
            place[0], column, "this key is indented deeper than its neighbours", "align it with them"
        )
    if (
        opened is not None
        and position(text, opened)[0] < place[0]
        and (problem := missing_colon(text, opened))
    ):
        return problem
    if before.strip() == "" and here == "-":
        return Problem(*place, "a list item stands where a key was expected", "indent it below its key")
    if before.strip() == "" and here:
        return missing_colon(text, index) or Problem(
            *place, "the indentation of this line matches no line above", "align it with its neighbours"
        )
    if re.search(r":\s+['\"]", before):
        return Problem(
            *place,
            "something stands after the closing quote",
            "put the whole text in quotes; inside single quotes write '' for '",
        )
    if problem := missing_colon(text, index - len(before)):
        return problem
    return Problem(*place, "the YAML cannot be read from here on", "check quotes, brackets and indentation")


def _line(text: str, index: int) -> tuple[str, str]:
    """The line of a character: what stands before it, and all of it."""
    start = max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1
    end = _BREAK.search(text, index)
    return text[start:index], text[start : end.start() if end else len(text)]


def _tab(text: str, index: int) -> Problem | None:
    before, line = _line(text, index)
    indentation = line[: len(line) - len(line.lstrip(" \t"))]
    number, column = position(text, index)
    if "\t" in indentation:
        return Problem(
            number,
            indentation.index("\t") + 1,
            "a tab indents this line, and YAML indents with spaces",
            "replace it by spaces",
        )
    if text[index : index + 1] == "\t" or before.endswith("\t"):
        column -= text[index : index + 1] != "\t"
        return Problem(number, column, "a tab stands here, and YAML wants a space", "replace it by a space")
    return None


def _quoted(text: str, index: int, opened: int) -> Problem:
    if text[opened] == '"' and text[index - 1 : index] == "\\" and text[index : index + 1] not in {"", "\0"}:
        line, column = position(text, index - 1)
        escape = text[index - 1 : index + 1]
        return Problem(
            line, column, f"{escape} is no escape that YAML knows", "use single quotes, or write \\\\"
        )
    if text[opened] == '"' and (match := re.search(r"\\[xuU][0-9a-fA-F]*$", text[opened:index])):
        line, column = position(text, opened + match.start())
        return Problem(
            line, column, "this escape has too few hexadecimal digits", "use single quotes, or write \\\\"
        )
    line, column = position(text, opened)
    return Problem(
        line, column, "the quote that opens here is not closed", f"end the text with {text[opened]}"
    )


def _unclosed(text: str) -> int | None:
    """The last bracket that nothing closes, quotes and comments aside."""
    opened: list[int] = []
    for match in _BRACKETS.finditer(text):
        if match[0] in "[{":
            opened.append(match.start())
        elif match[0] in "]}" and opened:
            opened.pop()
    return opened[-1] if opened else None


def _bracket(text: str, index: int, opened: int) -> Problem:
    opener = text[opened]
    closer = "]" if opener == "[" else "}"
    dedented = _indentation(text, index) <= _indentation(text, opened)
    if index >= len(text.rstrip()) or (dedented and position(text, index)[0] > position(text, opened)[0]):
        line, column = position(text, opened)
        return Problem(
            line, column, f"the {opener} that opens here is not closed", f"write {closer} at its end"
        )
    line, column = position(text, index)
    if text[index] == ",":
        return Problem(line, column, *_LONE_COMMA)
    if text[index] == "?":
        return Problem(
            line, column, "a ? stands in an unquoted text between brackets", "put the text in quotes"
        )
    return Problem(line, column, f"a comma or {closer} is missing before this", f"write , or {closer}")


def _indentation(text: str, index: int) -> int:
    line = _line(text, index)[1]
    return len(line) - len(line.lstrip(" "))


def _line_above(text: str, start: int) -> Problem | None:
    """What keeps the last written line above a line from being a key."""
    above = text[:start].rstrip()
    first = max(above.rfind("\n"), above.rfind("\r")) + 1
    return missing_colon(text, first) if above else None


def missing_colon(text: str, index: int) -> Problem | None:
    """What keeps the line that begins at a character from being a key with a value."""
    before, whole = _line(text, index)
    rest = whole[len(before) :]
    line, column = position(text, index)
    column += len(rest) - len(rest.lstrip(" "))
    if match := re.match(r" *[A-Za-z_][\w.-]*:(?=\S)", rest):
        return Problem(line, column, "a space is missing after the colon", f"write {match[0].strip()} value")
    if match := re.match(r" *([A-Za-z_][\w.-]*)(?: *=| +|\s*$)", rest):
        return Problem(line, column, "a colon is missing after the key", f"write {match[1]}: value")
    return None
