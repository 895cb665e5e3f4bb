"""A file or folder of metrics → a series. The format is found from the content; the name only breaks ties.

What cannot be read is a `UsageError` that says what was found and what is needed. Nothing here judges a curve.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO

from rft_cli.curves.columns import Columns
from rft_cli.curves.console import read_console
from rft_cli.curves.failure import OUT_OF_MEMORY
from rft_cli.curves.found import NEEDED, Found, take
from rft_cli.curves.json_files import is_object_line, read_array, read_document, read_lines
from rft_cli.curves.series import Series
from rft_cli.curves.tabular import Table, delimiter_of
from rft_cli.curves.vendor import EVENT_FILES, WANDB_FILES, tensorboard_rows, wandb_rows
from rft_cli.errors import UsageError

HEAD = 1 << 16
"""Bytes that a format is recognised from."""


HELPFUL = (
    "truncated_fraction",
    "zero_variance_group_fraction",
    "kl",
    "learning_rate",
    "completion_length_mean",
)
"""Metrics whose absence makes a diagnosis poorer, and is therefore said."""


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


def _read_file(file: Path, columns: Columns) -> Found:
    if file.is_dir() or "tfevents" in file.name:
        return take(columns, tensorboard_rows(file), "TensorBoard events")
    if file.suffix == ".wandb":
        return take(columns, wandb_rows(file), "a W&B offline run")
    with file.open("rb") as raw:
        head = raw.read(HEAD)
    if not head.strip():
        raise UsageError(f"{file}: the file is empty", hint=NEEDED)
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UsageError(f"{file}: a binary file", hint=NEEDED)
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    with file.open(encoding=encoding, errors="replace" if encoding == "utf-8-sig" else "strict") as text:
        return _read_text(file, text, columns)


def _read_text(file: Path, text: IO[str], columns: Columns) -> Found:
    first = _first_line(text)
    start = first.lstrip()[:1]
    if start == "[" and not is_object_line(first):
        return read_array(text, columns)
    if start == "{" and not is_object_line(first):
        return read_document(file, text, columns)
    if start == "{":
        return read_lines(file, text, columns)
    delimiter = delimiter_of(first)
    if delimiter is not None:
        return _table(text, delimiter, columns)
    return read_console(text, columns)


def _first_line(text: IO[str]) -> str:
    """The first line that holds anything; the file is then at its start again."""
    first = next((line for line in text if line.strip()), "")
    text.seek(0)
    return first


def _table(text: IO[str], delimiter: str, columns: Columns) -> Found:
    table = Table(text, delimiter)
    for row in table:
        columns.add(row)
    notes = []
    if len(table.runs) > 1:
        notes.append(f"the export holds {len(table.runs)} runs: {table.runs[0]} is read")
    if table.unreadable:
        notes.append(f"{table.unreadable} rows have another number of cells than the header and are left out")
    return Found("a W&B chart export" if table.runs else "CSV", tuple(notes))
