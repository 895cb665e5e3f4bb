"""Which rows are held out of training so that runs can be compared on them. Pure."""

from __future__ import annotations

import hashlib
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


class Split(NamedTuple):
    """The rows of a data set, shared out."""

    train: tuple[Row, ...]
    """In the order of the file."""
    held_out: tuple[Row, ...]
    """In the order of the file; disjoint from ``train`` unless ``note`` says that the training rows are used."""
    note: str
    """One line where something else than the plain rule happened; else empty."""


def held_out_size(rows: int) -> int:
    """How many of so many rows the rule holds out; 0 when there are too few."""
    if rows < SMALLEST_DATASET:
        return 0
    return min(max(SMALLEST_HELD_OUT, rows // HELD_OUT_SHARE), LARGEST_HELD_OUT)


def carve_out(rows: Sequence[Row]) -> Split:
    """Hold out the rows of smallest hash, never trained on.

    The hash is that of the prompt (`prompt_hash`), so the choice does not depend on the order of lines, and rows that
    ask the same always land on the same side, whatever else their records say. Prompts are taken in the order of their
    hashes; one with more rows than are still wanted stays with the training rows.
    """
    size = held_out_size(len(rows))
    if not size:
        note = f"{len(rows)} rows are too few to hold some out ({SMALLEST_DATASET} are needed): "
        return Split(tuple(rows), tuple(rows), f"{note}the evaluation uses the training rows")
    by_prompt: dict[str, list[Row]] = {}
    for row in rows:
        by_prompt.setdefault(prompt_hash(row.messages), []).append(row)
    chosen: set[str] = set()
    room = size
    for digest in sorted(by_prompt):
        if len(by_prompt[digest]) <= room:
            chosen.add(digest)
            room -= len(by_prompt[digest])
    if not chosen:
        first = [row for digest in sorted(by_prompt) for row in by_prompt[digest]][:LARGEST_HELD_OUT]
        note = f"different prompts are too few to hold some out ({len(by_prompt)} in {len(rows)} rows): "
        return Split(tuple(rows), tuple(first), f"{note}the evaluation uses training rows")
    held_out = tuple(row for digest in chosen for row in by_prompt[digest])
    train = tuple(row for digest, group in by_prompt.items() if digest not in chosen for row in group)
    note = (
        f"{size - room} rows are held out instead of {size}: rows of one prompt stay together" if room else ""
    )
    return Split(_in_file_order(train), _in_file_order(held_out), note)


def prompt_hash(messages: list[dict[str, Any]]) -> str:
    """SHA-256 of the messages, whatever the order of their keys and the spacing of the line."""
    canonical = json.dumps(messages, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _in_file_order(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: row.line))
