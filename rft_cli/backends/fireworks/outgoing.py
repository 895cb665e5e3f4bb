"""A file on its way to the service: read from the disk in pieces, counted as it goes, and stopped when it is another by then."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from typing import BinaryIO

from rft_cli.errors import FindingsError

TELL_SECONDS = 0.05
"""The least time between two counts. Chosen: more often than anybody looks, and far from what sending costs."""


class Outgoing:
    """What an HTTP client reads a body from, as often as it tries.

    Args:
        name: the file's, at the service.
        file: open for reading from its start; seekable.
        size: bytes of it to send; what is appended later stays out.
        told: called with the bytes read so far and the number of this try. What it raises ends the request.
        digest: sha256 that the bytes must have; empty: they cannot change.
        clock: seconds that only grow.
    """

    def __init__(  # noqa: PLR0917
        self,
        name: str,
        file: BinaryIO,
        size: int,
        told: Callable[[int, int], None],
        digest: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name, self.size = name, size
        self._file, self._told, self._digest, self._clock = file, told, digest, clock
        self._position, self._tries, self._last = 0, 0, 0.0
        self._hasher = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        """Only says that there is something to send; `read` is what is used."""
        while piece := self.read(1 << 16):
            yield piece

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to the start, or to the end, which is how its length is asked for."""
        self._position = self.size + offset if whence == os.SEEK_END else offset
        return self._position

    def read(self, most: int = -1) -> bytes:
        """The next bytes; from the start this is another try.

        Raises:
            FindingsError: the file is not what it was when it was planned. Its last bytes have not been sent.
        """
        if self._position == 0:
            self._file.seek(0)
            self._hasher = hashlib.sha256()
            self._tries += 1
            self._last = self._clock()
            self._told(0, self._tries)
        left = self.size - self._position
        piece = self._file.read(left if most < 0 else min(most, left))
        self._hasher.update(piece)
        self._position += len(piece)
        is_whole = self._position == self.size
        if (self._digest and is_whole and self._hasher.hexdigest() != self._digest) or (left and not piece):
            raise FindingsError(f"{self.name} has changed while it was sent", hint="launch the config again")
        moment = self._clock()
        if piece and (is_whole or moment - self._last >= TELL_SECONDS):
            self._last = moment
            self._told(self._position, self._tries)
        return piece
