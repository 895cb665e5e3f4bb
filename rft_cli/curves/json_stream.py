"""The objects of a JSON array one after another, from a file of any length, cut off or not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

CHUNK = 1 << 20
"""Characters read at a time."""
LONGEST_OBJECT = 1 << 24
"""Characters after which an object that does not end is given up: no row of metrics is this long."""

_DECODER = json.JSONDecoder()


class ObjectStream:
    """Iterates over the objects of the first array after a key, or of the array at the top; then says whether it ended."""

    def __init__(self, file: IO[str], *, key: str = "") -> None:
        self._file = file
        self._key = key
        self.ended = False
        """Whether the array's closing bracket was met."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        buffer = self._opening()
        while True:
            buffer = buffer.lstrip(" \t\r\n,")
            if buffer.startswith("]"):
                self.ended = True
                return
            try:
                value, end = _DECODER.raw_decode(buffer) if buffer else (None, 0)
            except RecursionError:  # nested deeper than any row
                return
            except ValueError:
                end = 0
            if end == 0 or end == len(buffer):  # a number or an object may go on in the next chunk
                more = self._file.read(CHUNK)
                if more and len(buffer) < LONGEST_OBJECT:
                    buffer += more
                    continue
                if end == 0:
                    return
            buffer = buffer[end:]
            if isinstance(value, dict):
                yield value

    def _opening(self) -> str:
        """What follows the opening bracket; empty when there is none."""
        buffer = ""
        mark = f'"{self._key}"' if self._key else ""
        while more := self._file.read(CHUNK):
            buffer += more
            start = buffer.find(mark)
            opening = buffer.find("[", start + len(mark)) if start >= 0 else -1
            if opening >= 0:
                return buffer[opening + 1 :]
            buffer = buffer[-len(mark) - CHUNK :]
        return ""
