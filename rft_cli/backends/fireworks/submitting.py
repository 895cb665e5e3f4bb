"""Whether somebody is submitting a run at this moment: a lock that the system lets go of when its process ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOCK_FILE = "submitting.lock"


@contextmanager
def submitting(folder: Path) -> Iterator[None]:
    """Be the one who submits, for the time of the block; without a run folder nobody can tell."""
    if not folder.is_dir():
        yield
        return
    with (folder / LOCK_FILE).open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def sign_of_life(folder: Path) -> None:
    """Note that a request is about to be made."""
    with suppress(OSError):
        (folder / LOCK_FILE).touch()


def is_being_submitted(folder: Path) -> bool:
    """Whether a process holds the lock."""
    try:
        with (folder / LOCK_FILE).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def last_sign_of_life(folder: Path) -> float:
    """Seconds since 1970 of the last one; 0: there was none."""
    try:
        return (folder / LOCK_FILE).stat().st_mtime
    except OSError:
        return 0.0
