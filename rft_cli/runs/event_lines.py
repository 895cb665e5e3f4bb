"""Reading ``events.jsonl`` while a worker appends to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_new(path: Path, cursor: int) -> tuple[tuple[dict[str, Any], ...], int]:
    """The complete lines after a position.

    A line without its end is left for the next time. A line that is not JSON is skipped: a worker that was killed in the
    middle of one leaves it behind, and the next worker writes on after it.

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


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "event" in event else None
