"""A file or folder of metrics → a series. The format is found from the content; the name only breaks ties.

What cannot be read is a `UsageError` that says what was found and what is needed. Nothing here judges a curve.
"""

from __future__ import annotations

import io
import json
from collections import deque
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import IO, Any, NamedTuple

from rft_cli.curves.columns import Columns
from rft_cli.curves.console import line_row, spelt_row
from rft_cli.curves.failure import OUT_OF_MEMORY
from rft_cli.curves.json_stream import ObjectStream
from rft_cli.curves.managed import is_managed, managed_failure, managed_notes, managed_rows
from rft_cli.curves.names import match
from rft_cli.curves.series import Series
from rft_cli.curves.tabular import Table, delimiter_of
from rft_cli.curves.vendor import EVENT_FILES, WANDB_FILES, tensorboard_rows, wandb_rows
from rft_cli.errors import UsageError

HEAD = 1 << 16
"""Bytes that a format is recognised from."""
LARGEST_DOCUMENT = 1 << 26
"""Bytes up to which a JSON document is taken in whole; longer ones are read as a stream of their log."""
TAIL_LINES = 200
"""Lines of a log that are kept for the reason of a failure."""
LONGEST_LINE = 500
"""Characters kept of each."""
WHOLE_LINES = 0.5
"""Share of lines that must be objects for a file to count as JSON Lines and not as a mixture."""

HISTORY_KEYS = ("log_history", "history", "metrics", "trajectory", "logs", "steps", "data")
"""Keys under which a JSON document holds its rows, best first. ``log_history`` is that of TRL's ``trainer_state.json``."""

HELPFUL = (
    "truncated_fraction",
    "zero_variance_group_fraction",
    "kl",
    "learning_rate",
    "completion_length_mean",
)
"""Metrics whose absence makes a diagnosis poorer, and is therefore said."""

NEEDED = (
    "needed: TRL's trainer_state.json or console log, verl's console log, JSON, JSON Lines or CSV with a step and a reward, "
    "a managed job's outputMetrics, a W&B export, TensorBoard events or a W&B offline folder"
)


class _Found(NamedTuple):
    """What a reader made of a file, before it is a series."""

    format: str
    notes: tuple[str, ...] = ()
    total_steps: int | None = None
    log_text: str = ""


def read(path: Path | str) -> Series:
    """Read the metrics of one run.

    Args:
        path: a file, or a folder: a trainer's output with ``trainer_state.json``, TensorBoard events, or a W&B offline run.

    Raises:
        UsageError: there is no such path, or nothing in it is a metric.
        SetupError: the format needs a vendor's library that is not installed.
    """
    path = Path(path)
    if not path.exists():
        raise UsageError(f"there is no {path}", hint=NEEDED)
    file = _within(path) if path.is_dir() else path
    columns = Columns()
    try:
        found = _read_file(file, columns)
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: not text ({error.reason} at byte {error.start})", hint=NEEDED) from error
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}", hint=NEEDED) from error
    if not columns.rows and not OUT_OF_MEMORY.search(found.log_text):
        raise UsageError(f"{file}: read as {found.format}, and {_instead(columns)}", hint=NEEDED)
    series = columns.series(
        source=str(path),
        format_=found.format,
        notes=(f"{columns.rows} rows read as {found.format}", *found.notes),
        total_steps=found.total_steps,
        log_text=found.log_text,
    )
    missing = [name for name in HELPFUL if name not in series.values]
    return series._replace(notes=(*series.notes, f"not logged: {', '.join(missing)}")) if missing else series


def _instead(columns: Columns) -> str:
    names = [name for name in columns.names if name][:5]
    return f"no metric is known among {', '.join(names)}" if names else "no row of metrics is inside"


def _within(folder: Path) -> Path:
    """The file or folder that holds the metrics of a folder."""
    states = sorted(
        [*folder.glob("trainer_state.json"), *folder.glob("checkpoint-*/trainer_state.json")],
        key=lambda path: path.stat().st_mtime,
    )
    for pattern in (
        WANDB_FILES,
        f"files/{WANDB_FILES}",
        f"offline-run-*/{WANDB_FILES}",
        f"run-*/{WANDB_FILES}",
    ):
        states = states or sorted(folder.glob(pattern))
    if states:
        return states[-1]
    if any(folder.rglob(EVENT_FILES)):
        return max(folder.rglob(EVENT_FILES)).parent
    names = sorted(entry.name for entry in folder.iterdir())
    shown = f"{', '.join(names[:5])}{', …' if len(names) > 5 else ''}" if names else "nothing"
    raise UsageError(f"{folder}: a folder with {shown}", hint=NEEDED)


def _read_file(file: Path, columns: Columns) -> _Found:
    if file.is_dir() or "tfevents" in file.name:
        return _take(columns, tensorboard_rows(file), "TensorBoard events")
    if file.suffix == ".wandb":
        return _take(columns, wandb_rows(file), "a W&B offline run")
    with file.open("rb") as raw:
        head = raw.read(HEAD)
    if not head.strip():
        raise UsageError(f"{file}: the file is empty", hint=NEEDED)
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UsageError(f"{file}: a binary file", hint=NEEDED)
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    with file.open(encoding=encoding, errors="replace" if encoding == "utf-8-sig" else "strict") as text:
        return _read_text(file, text, columns)


def _read_text(file: Path, text: IO[str], columns: Columns) -> _Found:
    first = _first_line(text)
    start = first.lstrip()[:1]
    if start == "[" and not _is_object_line(first):
        return _array(text, columns)
    if start == "{" and not _is_object_line(first):
        return _document(file, text, columns)
    if start == "{":
        return _object_or_lines(file, text, columns)
    delimiter = delimiter_of(first)
    if delimiter is not None:
        return _table(text, delimiter, columns)
    return _console(text, columns)


def _first_line(text: IO[str]) -> str:
    """The first line that holds anything; the file is then at its start again."""
    first = next((line for line in text if line.strip()), "")
    text.seek(0)
    return first


def _is_object_line(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _take(columns: Columns, rows: Iterable[Mapping[str, object]], format_: str) -> _Found:
    for row in rows:
        columns.add(row)
    return _Found(format_)


def _array(text: IO[str], columns: Columns) -> _Found:
    stream = ObjectStream(text)
    found = _take(columns, stream, "a JSON list")
    return (
        found if stream.ended else found._replace(notes=("the list is cut off: its complete rows are read",))
    )


def _object_or_lines(file: Path, text: IO[str], columns: Columns) -> _Found:
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
            columns.add(_flat(row))
    if bad > (1 - WHOLE_LINES) * total:
        raise UsageError(f"{file}: a mixture: {total - bad} of {total} lines are JSON objects", hint=NEEDED)
    shown = ", ".join(map(str, places))
    notes = (f"{bad} of {total} lines are no JSON objects and are left out (line {shown})",) if bad else ()
    return _Found("JSON Lines", notes, log_text="".join(tail))


def _line_object(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return line_row(line)
    return value if isinstance(value, dict) else None


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose metrics stand one level down (``{"step": 3, "metrics": {…}}``) with them beside the step."""
    inner = {key: value for key, value in row.items() if isinstance(value, dict)}
    if not inner:
        return row
    flat = {key: value for key, value in row.items() if key not in inner}
    for outer, values in inner.items():
        for key, value in values.items():
            flat.setdefault(key, value)
            flat.setdefault(f"{outer}/{key}", value)
    return flat


def _document(file: Path, text: IO[str], columns: Columns) -> _Found:
    """A JSON object over several lines; or lines of Python dicts, which begin alike."""
    if file.stat().st_size > LARGEST_DOCUMENT:
        return _history(text, columns)
    content = text.read()
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        if '"log_history"' in content:
            return _history(io.StringIO(content), columns)
        return _console(io.StringIO(content), columns)
    return _from_document(document, columns)


def _history(text: IO[str], columns: Columns) -> _Found:
    stream = ObjectStream(text, key="log_history")
    found = _take(columns, stream, "TRL's trainer_state.json")
    return (
        found if stream.ended else found._replace(notes=("the file is cut off: its complete rows are read",))
    )


def _from_document(document: dict[str, Any], columns: Columns) -> _Found:
    if is_managed(document):
        found = _take(columns, managed_rows(document), "a managed job's metrics")
        return found._replace(notes=managed_notes(document), log_text=managed_failure(document))
    rows = _rows_within(document)
    if rows is not None:
        key, entries = rows
        found = _take(
            columns, map(_flat, entries), "TRL's trainer_state.json" if key == "log_history" else "JSON"
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
        return _take(
            columns,
            ({key: value[place] for key, value in whole.items()} for place in range(length)),
            "JSON with a list a metric",
        )
    columns.add(_flat(document))
    return _Found("a JSON object")


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


def _table(text: IO[str], delimiter: str, columns: Columns) -> _Found:
    table = Table(text, delimiter)
    for row in table:
        columns.add(row)
    notes = []
    if len(table.runs) > 1:
        notes.append(f"the export holds {len(table.runs)} runs: {table.runs[0]} is read")
    if table.unreadable:
        notes.append(f"{table.unreadable} rows have another number of cells than the header and are left out")
    return _Found("a W&B chart export" if table.runs else "CSV", tuple(notes))


def _console(text: IO[str], columns: Columns) -> _Found:
    """Lines of a log; those that only spell metrics out count where no line holds a dict or verl's form."""
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    failures: deque[str] = deque(maxlen=3)
    total = 0
    for line in text:
        total += 1
        row = line_row(line)
        if row is not None and columns.add(_flat(row)):
            continue
        if line.strip():
            tail.append(line[:LONGEST_LINE])
        if OUT_OF_MEMORY.search(line):
            failures.append(line[:LONGEST_LINE])
    if not columns.rows:
        text.seek(0)
        for line in text:
            if (row := spelt_row(line)) is not None:
                columns.add(row)
    notes = (f"{total} lines, {columns.rows} of them with metrics",)
    return _Found("a console log", notes, log_text="".join((*failures, *tail)))
