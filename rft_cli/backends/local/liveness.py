"""Whether a process is the one that was started, and still runs."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from rft_cli.worker import process_start


class Children:
    """The processes that this process has started and lets outlive it."""

    def __init__(self) -> None:
        self._codes: dict[int, int | None] = {}

    def started(self, pid: int) -> None:
        """Remember a child, and let go of those that have ended."""
        self._codes[pid] = None
        for other in self._codes:
            self.return_code(other)

    def __contains__(self, pid: int) -> bool:
        return pid in self._codes

    def return_code(self, pid: int) -> int | None:
        """How a child ended; negative: the signal that ended it; None: it runs, or is no child of ours."""
        if self._codes.get(pid, 0) is None:
            try:
                ended, status = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:  # somebody else in this process has asked first
                return None
            if ended:
                self._codes[pid] = os.waitstatus_to_exitcode(status)
        return self._codes.get(pid)


def is_alive(pid: int, start: str) -> bool:
    """Whether the process of that pid still runs and is the same one.

    Args:
        pid: its process id.
        start: what `rft_cli.worker.process_start` said of it; empty where the system does not say, then the pid alone counts.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # Somebody else's process: the pid was given out again.
        return False
    return (not start or process_start(pid) == start) and not _is_zombie(pid)


def terminate(pid: int, start: str) -> None:
    """Ask a process to end, if it is the one that was started and still runs."""
    if is_alive(pid, start):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


def kill_session(pid: int, start: str) -> None:
    """End a process and all that it has started in its session, if it is the one that was started and still runs."""
    if is_alive(pid, start):
        with suppress(ProcessLookupError):
            # Its group has its pid because it leads its session; anything else is not what we have started.
            (os.killpg if os.getpgid(pid) == pid else os.kill)(pid, signal.SIGKILL)


def _is_zombie(pid: int) -> bool:
    """Whether the process has ended and only waits for its parent to notice.

    Its first thread may have ended before the others, and then it has not. Source: fields 3 and 20 of proc(5)'s stat.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    fields = stat.rpartition(")")[2].split()
    return fields[0] == "X" or (fields[0] == "Z" and fields[17] in {"0", "1"})
