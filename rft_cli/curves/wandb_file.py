"""The records of a ``.wandb`` file, undecoded. The file is a write-ahead log in LevelDB's framing behind a header of its own.

Records are cut into fragments that never cross a block; each has a checksum, a length and a kind in front.
Source: LevelDB, ``doc/log_format.md``; the header as files of W&B 0.31 have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

MARK = b":W&B"
HEADER = 7
"""Bytes in front of the first fragment: the mark, a magic number and a version; they count as part of the first block."""
BLOCK = 1 << 15
FRAGMENT = 7
"""Bytes in front of a fragment: checksum (4), length (2, little-endian), kind (1)."""

FULL, FIRST, LAST = 1, 2, 4
"""Kinds of fragment; 3 stands in the middle."""


def records(path: Path) -> Iterator[bytes]:
    """The records in order; a file that was cut off ends with its last whole one.

    Raises:
        ValueError: the file does not begin as a ``.wandb`` file does.
    """
    with path.open("rb") as file:
        if file.read(HEADER)[: len(MARK)] != MARK:
            raise ValueError("no .wandb file")
        parts: list[bytes] = []
        for kind, data in _fragments(file):
            if kind in (FULL, FIRST):
                parts = []
            parts.append(data)
            if kind in (FULL, LAST):
                yield b"".join(parts)


def _fragments(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    while True:
        left = BLOCK - file.tell() % BLOCK
        if left < FRAGMENT:
            file.read(left)
            continue
        front = file.read(FRAGMENT)
        if len(front) < FRAGMENT:
            return
        length, kind = int.from_bytes(front[4:6], "little"), front[6]
        data = file.read(length)
        if len(data) < length:
            return
        if kind:  # 0 is the filling of space that was reserved and not used
            yield kind, data
