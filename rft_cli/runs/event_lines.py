"""Reading ``events.jsonl`` while a worker appends to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rft_cli.worker import EventKind


def read_new(path: Path, cursor: int) -> tuple[tuple[dict[str, Any], ...], int]:
    """The complete lines after a position.

    A line without its end is left for the next time. A line that is no event is skipped: a worker that was killed in the
    middle of one leaves it behind (`end_half_line`), and a disk that was full a damaged one.

    Args:
        path: the file; it need not exist.
        cursor: bytes already read. More than the file has: it was replaced, and is read again from its start.

    Returns:
        The events in order, and the bytes read so far.
    """
    try:
        if path.stat().st_size == cursor:
            return (), cursor
        with path.open("rb") as file:
            if cursor > file.seek(0, 2):
                cursor = 0
            file.seek(cursor)
            data = file.read()
    except FileNotFoundError:
        return (), cursor
    complete = data[: data.rfind(b"\n") + 1]
    events = tuple(event for line in complete.splitlines() if (event := _parsed(line)) is not None)
    return events, cursor + len(complete)


def end_half_line(path: Path) -> None:
    """Close a line that a killed worker has left open, so that the next event does not become a part of it."""
    try:
        with path.open("r+b") as file:
            if file.seek(0, 2) and (file.seek(-1, 2), file.read(1))[1] != b"\n":
                file.write(b"\n")
    except FileNotFoundError:
        return


NUMBER = (int, float)
FIELDS: dict[str, dict[str, type | tuple[type, ...]]] = {
    EventKind.STARTED: {"steps": int},
    EventKind.NOTE: {"message": str, "time": str},
    EventKind.EVALUATION: {"step": int, "mean": NUMBER, "standard_error": NUMBER, "n": int},
    EventKind.METRICS: {"step": int, "values": dict},
    EventKind.END: {"state": str},
}
"""Kind of event → the fields that readers rely on; kinds that are not named are handed on as they are."""


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line, parse_constant=_refused)
    except ValueError:
        return None
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        return None
    fields = FIELDS.get(event["event"], {})
    whole = all(isinstance(event.get(name), kind) for name, kind in fields.items())
    if whole and event["event"] == EventKind.METRICS:
        whole = all(isinstance(value, NUMBER) for value in event["values"].values())
    return event if whole else None


def _refused(constant: str) -> None:
    """NaN and the infinities are no JSON, and no number of a curve."""
    raise ValueError(constant)
