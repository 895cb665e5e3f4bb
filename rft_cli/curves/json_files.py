"""JSON in its forms: a list of rows, JSON Lines, a document that holds its rows somewhere, a managed job; cut off or not."""

from __future__ import annotations

import io
import json
from collections import deque
from itertools import chain
from pathlib import Path
from typing import IO, Any

from rft_cli.curves.columns import Columns
from rft_cli.curves.console import line_row, read_console
from rft_cli.curves.found import LONGEST_LINE, NEEDED, TAIL_LINES, Found, flat, take
from rft_cli.curves.json_stream import ObjectStream
from rft_cli.curves.managed import is_managed, managed_failure, managed_notes, managed_rows
from rft_cli.curves.names import match
from rft_cli.errors import UsageError

LARGEST_DOCUMENT = 1 << 26
"""Bytes up to which a JSON document is taken in whole; longer ones are read as a stream of their log."""
HEAD = 1 << 16
"""Characters of a longer document among which its log must begin."""
WHOLE_LINES = 0.5
"""Share of lines that must be objects for a file to count as JSON Lines and not as a mixture."""
HISTORY_KEYS = ("log_history", "history", "metrics", "trajectory", "logs", "steps", "data")
"""Keys under which a JSON document holds its rows, best first. ``log_history`` is that of TRL's ``trainer_state.json``."""


def is_object_line(line: str) -> bool:
    """Whether a line is a whole JSON object."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def read_array(text: IO[str], columns: Columns) -> Found:
    """A list of rows."""
    stream = ObjectStream(text)
    found = take(columns, stream, "a JSON list")
    return (
        found if stream.ended else found._replace(notes=("the list is cut off: its complete rows are read",))
    )


def read_lines(file: Path, text: IO[str], columns: Columns) -> Found:
    """A file whose first line is a whole object: JSON Lines, or a document in one line."""
    lines = (line for line in text if line.strip())
    first = next(lines)
    second = next(lines, None)
    if second is None:
        return _from_document(json.loads(first), columns)
    bad, total = 0, 0
    places: list[int] = []
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    for number, line in enumerate(chain((first, second), lines), start=1):
        total += 1
        row = _line_object(line)
        if row is None:
            bad += 1
            tail.append(line[:LONGEST_LINE])
            if len(places) < 3:
                places.append(number)
        else:
            columns.add(flat(row))
    if bad > (1 - WHOLE_LINES) * total:
        raise UsageError(f"{file}: a mixture: {total - bad} of {total} lines are JSON objects", hint=NEEDED)
    shown = ", ".join(map(str, places))
    notes = (f"{bad} of {total} lines are no JSON objects and are left out (line {shown})",) if bad else ()
    return Found("JSON Lines", notes, log_text="".join(tail))


def _line_object(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return line_row(line)
    return value if isinstance(value, dict) else None


def read_document(file: Path, text: IO[str], columns: Columns) -> Found:
    """A JSON object over several lines; or lines of Python dicts, which begin alike."""
    if file.stat().st_size > LARGEST_DOCUMENT:
        is_history = '"log_history"' in text.read(HEAD)
        text.seek(0)
        return _history(text, columns) if is_history else read_console(text, columns)
    content = text.read()
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        if '"log_history"' in content:
            return _history(io.StringIO(content), columns)
        return read_console(io.StringIO(content), columns)
    return _from_document(document, columns)


def _history(text: IO[str], columns: Columns) -> Found:
    stream = ObjectStream(text, key="log_history")
    found = take(columns, stream, "TRL's trainer_state.json")
    return (
        found if stream.ended else found._replace(notes=("the file is cut off: its complete rows are read",))
    )


def _from_document(document: dict[str, Any], columns: Columns) -> Found:
    if is_managed(document):
        found = take(columns, managed_rows(document), "a managed job's metrics")
        return found._replace(notes=managed_notes(document), log_text=managed_failure(document))
    rows = _rows_within(document)
    if rows is not None:
        key, entries = rows
        found = take(
            columns, map(flat, entries), "TRL's trainer_state.json" if key == "log_history" else "JSON"
        )
        steps = document.get("max_steps")
        return found._replace(total_steps=steps if isinstance(steps, int) and steps > 0 else None)
    lists = {key: value for key, value in document.items() if isinstance(value, list) and match(key)}
    if lists:
        length = max(len(value) for value in lists.values())
        steps = {
            key: value for key, value in document.items() if isinstance(value, list) and len(value) == length
        }
        whole = {**steps, **{key: value for key, value in lists.items() if len(value) == length}}
        return take(
            columns,
            ({key: value[place] for key, value in whole.items()} for place in range(length)),
            "JSON with a list a metric",
        )
    columns.add(flat(document))
    return Found("a JSON object")


def _rows_within(document: dict[str, Any]) -> tuple[str, list[dict[str, Any]]] | None:
    """The list of objects that a document holds its rows in: under a known key, else the longest."""
    lists = {
        key: [entry for entry in value if isinstance(entry, dict)]
        for key, value in document.items()
        if isinstance(value, list)
    }
    filled = {key: value for key, value in lists.items() if value}
    known = next((key for key in HISTORY_KEYS if key in filled), None)
    if known is None and filled:
        known = max(filled, key=lambda key: len(filled[key]))
    return None if known is None else (known, filled[known])
