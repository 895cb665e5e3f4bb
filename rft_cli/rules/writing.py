"""How a legal file is written: its whole numbers and its editor line. Every finding has a fix that changes no meaning."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

from rft_cli.config.chain import is_fragment
from rft_cli.config.document import Document
from rft_cli.config.root import prefix
from rft_cli.diagnostics import Edit, Finding, Fix, Location, Severity
from rft_cli.spec.document import DOCUMENT, Field
from rft_cli.spec.parameter import show

FRACTIONAL = "RFT015"
NO_EDITOR_LINE = "RFT016"

SCHEMAS_FOLDER = "schemas"
"""Where a project keeps the schemas, as `rft init` writes them."""

_EDITOR_LINE_START = "# yaml-language-server: $schema="
_EDITOR_LINE = r"(?m)^\s*#\s*(?:yaml-language-server:\s*)?\$schema\s*[=:]\s*(\S+)"
"""Source: the READMEs of yaml-language-server, and JetBrains' form of the same."""


def check_writing(
    document: Document, file: str, root: str, exists: Callable[[str], bool] = os.path.exists
) -> Iterator[Finding]:
    """What could be written better in one file.

    Args:
        document: the file, read.
        file: where it lies.
        root: the project root.
        exists: whether there is such a file.
    """
    if not document.has_keys:
        return
    schema = os.path.join(
        root, SCHEMAS_FOLDER, f"run-{'fragment' if is_fragment(file) else 'config'}.schema.json"
    )
    # A comment would make a file in JSON unreadable for every other tool.
    if exists(schema) and not file.endswith(".json"):
        yield from _editor_line(document, file, schema, exists)
    for path, field in WHOLE_NUMBERS:
        value: Any = document.data
        for name in path:
            value = value.get(name) if value.__class__ is dict else None
        if value.__class__ is float and field.accepts(value):
            yield _fractional(document, path, int(value))


def _whole_numbers(field: Field, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Field]]:
    is_whole = field.kind == "whole" or (field.parameter is not None and field.parameter.integral)
    if is_whole:
        yield path, field
    for form in (field, *field.alternatives):
        for child in form.fields:
            yield from _whole_numbers(child, (*path, child.name))


WHOLE_NUMBERS: tuple[tuple[tuple[str, ...], Field], ...] = tuple(_whole_numbers(DOCUMENT))
"""Path and field of every key that takes whole numbers."""


def _fractional(document: Document, path: tuple[str, ...], value: int) -> Finding:
    span, name = document.span(path), ".".join(path)
    text = show(value)
    fix = Fix(f"write {text}", safe=True, edits=(Edit(*span, text),)) if span else None
    return Finding(
        FRACTIONAL,
        Severity.ADVICE,
        document.location(path),
        f"{name} is a whole number, written as a fraction",
        f"write {text}",
        name,
        fix,
    )


def _editor_line(
    document: Document, file: str, schema: str, exists: Callable[[str], bool]
) -> Iterator[Finding]:
    text = document.text
    start = len(_EDITOR_LINE_START) if text.startswith(_EDITOR_LINE_START) else 0
    match = re.search(_EDITOR_LINE, text[: text.find("\n", start)] if start else text)
    folder = os.path.dirname(file) or os.curdir
    if match and ("://" in match[1] or exists(os.path.join(folder, match[1]))):
        return
    wanted = f"{prefix(os.path.dirname(schema), folder)}/{os.path.basename(schema)}".removeprefix("./")
    line = f"{_EDITOR_LINE_START}{wanted}"
    if match:
        number = text.count("\n", 0, match.start(1)) + 1
        column = match.start(1) - text.rfind("\n", 0, match.start(1))
        location = Location(document.path, number, column, column + len(match[1]))
        message = f"the editor line leads to {match[1]}, and there is no such file"
        edit = Edit(match.start(1), match.end(1), wanted)
    else:
        from rft_cli.config.comments import line_end

        location = Location(document.path)
        message = "no line leads an editor to the schema"
        edit = Edit(0, 0, line + line_end(text))
    fix = Fix("lead editors to the project's schema", safe=True, edits=(edit,))
    yield Finding(NO_EDITOR_LINE, Severity.ADVICE, location, message, f"begin the file with {line}", "", fix)
