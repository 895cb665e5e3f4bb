"""What a worker has left in its run folder, read with the suspicion that it was killed in the middle of it."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from rft_cli.worker import LOG_FILE, STATE_FILE, UNWRITABLE_FOLDER, EventKind, StateFile, read_json

LOG_TAIL_BYTES = 4096
"""How much of the end of a log is read for its last line. Chosen: longer than one traceback's last lines."""


def state_file(folder: Path) -> StateFile | None:
    """The worker's last state; None when there is none or it is damaged."""
    try:
        content: StateFile = read_json(folder / STATE_FILE)
        datetime.fromisoformat(content["heartbeat"])
        whole = all(isinstance(content[name], int) for name in ("pid", "step"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return content if whole and isinstance(content["process_start"], str) else None


def doing(state: StateFile | None) -> tuple[str, str]:
    """What a worker waits for, and since when; empty where it does not say, as one of an older rft."""
    try:
        since = str(state["doing_since"]) if state else ""
        datetime.fromisoformat(since)
        return str(state["doing"] if state else ""), since
    except (ValueError, KeyError):
        return "", ""


def waiting_words(state: StateFile | None) -> str:
    """What a worker was last seen waiting for."""
    what, _ = doing(state)
    return f", last seen {what}" if what else ""


def place(folder: Path, events: Iterable[Mapping[str, Any]]) -> str:
    """How far the worker came: by its events, else by its last state."""
    step = max((event.get("step", 0) for event in events if event["event"] == EventKind.METRICS), default=0)
    state = state_file(folder)
    step = max(step, state["step"] if state else 0)
    return f"at step {step}" if step else "before step 1"


def manner(code: int | None) -> str:
    """How a process ended, in brackets; empty where nobody knows."""
    if code is None:
        return ""
    if code == UNWRITABLE_FOLDER:
        return ": it could not write its run folder"
    if code == 1:
        return " (exit code 1)"  # Python's own, for what nobody caught
    if code >= 0:
        # A worker that ends by itself leaves its end behind.
        return f" (exit code {code}: the evaluator, or a library, has ended the process)"
    name = signal.Signals(-code).name if -code in signal.valid_signals() else f"signal {-code}"
    memory = ", as the system does when memory runs out" if name == "SIGKILL" else ""
    return f" (killed by {name}{memory})"


def last_log_line(folder: Path) -> str:
    """The last line of the log that says something; empty when there is none."""
    try:
        with (folder / LOG_FILE).open("rb") as log:
            log.seek(max(0, log.seek(0, 2) - LOG_TAIL_BYTES))
            text = log.read().decode(errors="replace")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
