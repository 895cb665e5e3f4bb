"""Which rows are held out of training so that runs can be compared on them. Pure."""

from __future__ import annotations

import hashlib
import heapq
import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rft_cli.task.row import Row

SMALLEST_HELD_OUT = 16
"""Rows. Chosen: the mean of 16 greedy answers already moves in steps of 0.06."""
LARGEST_HELD_OUT = 256
"""Rows. Chosen: the standard error of a 0/1 score is then at most 0.03, and the evaluation stays short."""
HELD_OUT_SHARE = 10
"""One row in ten. Chosen: the customary share of a test set."""
SMALLEST_DATASET = 2 * SMALLEST_HELD_OUT
"""Rows. Chosen: below this the held-out rows would outnumber those trained on."""
CANDIDATES = 16 * LARGEST_HELD_OUT
"""Prompts of smallest hash that are looked at. Chosen: enough unless nearly every prompt has hundreds of rows, and so few that
memory stays flat however many rows there are."""


class Split(NamedTuple):
    """The rows of a data set, shared out."""

    train: tuple[Row, ...]
    """In the order of the file."""
    held_out: tuple[Row, ...]
    """In the order of the file; disjoint from ``train`` unless ``note`` says that the training rows are used."""
    note: str
    """One line where something else than the plain rule happened; else empty."""


class Choice(NamedTuple):
    """What is held out, without the rows themselves."""

    prompts: frozenset[str]
    """Hashes of the prompts whose rows are held out; empty: the evaluation uses training rows."""
    rows: int
    """How many rows are trained on."""
    note: str
    """As in `Split`."""


def held_out_size(rows: int) -> int:
    """How many of so many rows the rule holds out; 0 when there are too few."""
    if rows < SMALLEST_DATASET:
        return 0
    return min(max(SMALLEST_HELD_OUT, rows // HELD_OUT_SHARE), LARGEST_HELD_OUT)


class Carver:
    """Chooses the held-out prompts of rows that are seen one after the other and not kept."""

    def __init__(self) -> None:
        self._rows = 0
        self._counts: dict[str, int] = {}
        self._largest: list[int] = []
        """The candidates' hashes as negated numbers: a heap whose first item is the largest hash."""
        self._is_full = False

    def add(self, row: Row) -> str:
        """Take one row into account; returns the hash of its prompt."""
        digest = prompt_hash(row.messages)
        self._rows += 1
        if digest in self._counts:
            self._counts[digest] += 1
        elif len(self._counts) < CANDIDATES:
            self._counts[digest] = 1
            heapq.heappush(self._largest, -int(digest, 16))
        else:
            self._is_full = True
            largest = f"{-self._largest[0]:064x}"
            if digest < largest:
                # A hash that falls out can never come back, since the largest candidate only becomes smaller.
                del self._counts[largest]
                self._counts[digest] = 1
                heapq.heapreplace(self._largest, -int(digest, 16))
        return digest

    def choice(self) -> Choice:
        """What the rule holds out of the rows so far."""
        size = held_out_size(self._rows)
        if not size:
            rows = "1 row is" if self._rows == 1 else f"{self._rows} rows are"
            note = f"{rows} too few to hold some out ({SMALLEST_DATASET} are needed): "
            return Choice(frozenset(), self._rows, f"{note}the evaluation uses the training rows")
        chosen: set[str] = set()
        room = size
        for digest in sorted(self._counts):
            if self._counts[digest] <= room:
                chosen.add(digest)
                room -= self._counts[digest]
        if not chosen:
            more = "at least " if self._is_full else ""
            note = (
                "different prompts are too few to hold some out "
                f"({more}{len(self._counts)} in {self._rows} rows): the evaluation uses training rows"
            )
            return Choice(frozenset(), self._rows, note)
        note = (
            f"{size - room} rows are held out instead of {size}: rows of one prompt stay together"
            if room
            else ""
        )
        return Choice(frozenset(chosen), self._rows - (size - room), note)


def carve_out(rows: Sequence[Row]) -> Split:
    """Hold out the rows of smallest hash, never trained on.

    The hash is that of the prompt (`prompt_hash`), so the choice does not depend on the order of lines, and rows that
    ask the same always land on the same side, whatever else their records say. Prompts are taken in the order of their
    hashes, the first `CANDIDATES` of them; one with more rows than are still wanted stays with the training rows.
    """
    carver = Carver()
    asked = [carver.add(row) for row in rows]
    chosen, _, note = carver.choice()
    if not chosen:
        by_hash = [row for _, row in sorted(zip(asked, rows, strict=True), key=lambda pair: pair[0])]
        few = held_out_size(len(rows)) == 0
        return Split(tuple(rows), tuple(rows) if few else tuple(by_hash[:LARGEST_HELD_OUT]), note)
    pairs = list(zip(asked, rows, strict=True))
    return Split(
        tuple(row for digest, row in pairs if digest not in chosen),
        tuple(row for digest, row in pairs if digest in chosen),
        note,
    )


def prompt_hash(messages: list[dict[str, Any]]) -> str:
    """SHA-256 of the messages, whatever the order of their keys and the spacing of the line."""
    canonical = json.dumps(messages, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
