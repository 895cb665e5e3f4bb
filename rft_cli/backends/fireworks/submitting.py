"""Who is submitting a run, and how far they came: a lock that the system lets go of when its process ends, and a few words in it.

The words are appended, one a line: who has the lock writes `BEGUN`; before the request that may start the run, and durably,
`ASKED`. So of a process that is gone everybody can tell whether it may have asked. Somebody who finds that it has not writes
`GIVEN_UP` while nobody has the lock, and a process that was only slow reads that before it does anything.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from pathlib import Path
from typing import BinaryIO

from rft_cli.errors import BackendError

LOCK_FILE = "submitting.lock"
BEGUN, ASKED, GIVEN_UP = b"begun\n", b"asked\n", b"given up\n"

START_SECONDS = 5.0
"""How long a process may take from its record to the lock. Chosen: a hundred times what it takes; one that takes longer finds
itself given up, and starts nothing."""


class Standing(Enum):
    """What can be known of a submission that has left no job."""

    SUBMITTING = auto()
    """Somebody is at it, or has just recorded the run."""
    NOTHING_ASKED = auto()
    """Whoever was at it is gone, and has not asked for the run; nobody will."""
    UNCLEAR = auto()
    """The run may have been asked for."""


class Turn:
    """The right to submit a run.

    Args:
        file: locked; None: there is no run folder, and nobody can tell.
    """

    def __init__(self, file: BinaryIO | None) -> None:
        self._file = file
        self._has_asked = False

    def asks(self, moment: float) -> None:
        """Note that the request which may start the run is about to be made; after this returns the note survives a power cut.

        Args:
            moment: of the request, in seconds since 1970.

        Raises:
            OSError: it cannot be written, so the request must not be made.
        """
        if self._file is None:
            return
        if not self._has_asked:
            self._note()
            self._has_asked = True
        os.utime(self._file.fileno(), (moment, moment))

    def _note(self) -> None:
        assert self._file is not None
        _append(self._file, ASKED)
        os.fsync(self._file.fileno())
        folder = os.open(Path(self._file.name).parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def submitting(folder: Path) -> Iterator[Turn]:
    """Be the one who submits, for the time of the block.

    Raises:
        BackendError: somebody has given the run up in the meantime.
        OSError: the disk is full or read-only.
    """
    if not folder.is_dir():
        yield Turn(None)
        return
    with (folder / LOCK_FILE).open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if GIVEN_UP in _words(file):
            raise BackendError(
                f"{folder.name} was given up: this process stood still for more than {START_SECONDS:g} s; nothing was started",
                hint="launch the config again",
            )
        _append(file, BEGUN)
        yield Turn(file)


def standing(folder: Path, age: float) -> Standing:
    """How the submission of a run stands that the service does not know, and which is given up where that is certain.

    Args:
        folder: of the run.
        age: seconds since it was recorded.
    """
    path = folder / LOCK_FILE
    try:
        if age < START_SECONDS and not (path.exists() and path.stat().st_size):
            return Standing.SUBMITTING
        if not folder.is_dir():
            return Standing.UNCLEAR
        with path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            words = _words(file)
            if ASKED in words:
                return Standing.UNCLEAR
            if GIVEN_UP not in words:
                _append(file, GIVEN_UP)
            return Standing.NOTHING_ASKED
    except BlockingIOError:
        return Standing.SUBMITTING
    except OSError:  # a disk on which nothing can be given up
        return Standing.UNCLEAR


def last_asked(folder: Path) -> float:
    """Seconds since 1970 of the last request that may have started the run; 0: none is known."""
    with suppress(OSError):
        return (folder / LOCK_FILE).stat().st_mtime
    return 0.0


def _words(file: BinaryIO) -> list[bytes]:
    file.seek(0)
    return file.read().splitlines(keepends=True)


def _append(file: BinaryIO, word: bytes) -> None:
    os.write(file.fileno(), word)
