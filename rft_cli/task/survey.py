"""What a data set is like, beyond whether its rows can be read: repetitions, lengths, and rows to try things on.

Sees one row after the other and keeps hashes and a sample, so memory stays small. Knows no config.
"""

from __future__ import annotations

import hashlib
import heapq
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.task.carve import prompt_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rft_cli.task.row import Message, Row

CHARACTERS_PER_TOKEN = 4
"""Of English text, by the common estimate; only the model's own tokenizer knows better."""

SHORTEST_PROMPT = 3
"""Characters below which a prompt asks next to nothing. Chosen: `2+2` is a question."""

SAMPLED_ROWS = 24
"""Rows to try things on. Chosen: six steps of the default four prompts."""

ASKING_ROLES = frozenset({"user", "tool", "function"})
"""Whose turn a prompt ends with. Source: the managed service's row format."""

HASH_DIGITS = 16
"""Hexadecimal digits kept of a prompt's hash. Chosen: among three million prompts two are alike with probability 3e-7."""


class Counted(NamedTuple):
    """How many rows are of a kind, and where the first is."""

    rows: int = 0
    line: int = 0

    def and_row(self, line: int) -> Counted:
        """One more."""
        return Counted(self.rows + 1, self.line or line)


class Survey:
    """Gathers facts of the rows that are added to it.

    Args:
        room: tokens that a prompt may take.

    Attributes:
        rows: how many there are.
        repeated: rows whose prompt stood before.
        near_empty: rows that ask next to nothing.
        answered: rows that end with an assistant's turn.
        unasked: rows whose prompt ends with another turn than a question.
        too_long: rows whose prompt takes more than the room, by the estimate.
        longest: characters of the longest prompt.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self.rows = 0
        self.repeated = Counted()
        self.first_of_repeated = 0
        self.near_empty = Counted()
        self.answered = Counted()
        self.unasked = Counted()
        self.too_long = Counted()
        self.longest = 0
        self._lines: dict[int, int] = {}
        self._sample: list[tuple[int, int, Row]] = []

    def add(self, row: Row) -> None:
        """Take one row into account."""
        self.rows += 1
        prompt = prompt_hash(row.messages)
        first = self._lines.setdefault(int(prompt[:HASH_DIGITS], 16), row.line)
        if first != row.line:
            self.first_of_repeated = self.first_of_repeated or first
            self.repeated = self.repeated.and_row(row.line)
        length = sum(_characters(message) for message in row.messages)
        self.longest = max(self.longest, length)
        if tokens_of(length) > self._room:
            self.too_long = self.too_long.and_row(row.line)
        if length < SHORTEST_PROMPT:
            self.near_empty = self.near_empty.and_row(row.line)
        if row.record["messages"][-1]["role"] == "assistant":
            self.answered = self.answered.and_row(row.line)
        elif row.messages[-1]["role"] not in ASKING_ROLES:
            self.unasked = self.unasked.and_row(row.line)
        if all(isinstance(message["content"], str) for message in row.messages):
            self._keep(int(prompt, 16), row)

    def also_in(self, other: Survey) -> Counted:
        """Rows here whose prompt stands in another data set too."""
        found = Counted()
        for prompt, line in self._lines.items():
            if prompt in other._lines:
                found = found.and_row(line)
        return found

    def sample(self) -> tuple[Row, ...]:
        """Up to `SAMPLED_ROWS` rows of text, those with the smallest hashes, in the order of the file."""
        return tuple(sorted((row for _, _, row in self._sample), key=lambda row: row.line))

    def _keep(self, rank: int, row: Row) -> None:
        entry = (-rank, -row.line, row)
        if len(self._sample) < SAMPLED_ROWS:
            heapq.heappush(self._sample, entry)
        elif entry[:2] > self._sample[0][:2]:
            heapq.heapreplace(self._sample, entry)


def tokens_of(characters: int) -> int:
    """About how many tokens so many characters are."""
    return -(-characters // CHARACTERS_PER_TOKEN)


def rows_in_place(rows: Sequence[Row]) -> str:
    """Rows as JSON Lines, each on the line that it has in its file, so that every message about it names the right line."""
    import json

    lines: list[str] = []
    for row in rows:
        lines += [""] * (row.line - 1 - len(lines))
        lines.append(json.dumps(row.record, ensure_ascii=False))
    return "".join(f"{line}\n" for line in lines)


def digest_of(text: str) -> str:
    """SHA-256 of a text in UTF-8, in hexadecimal, as that of a file."""
    return hashlib.sha256(text.encode()).hexdigest()


def _characters(message: Message) -> int:
    content = message["content"]
    if isinstance(content, str):
        return len(content.strip())
    return sum(len(part["text"]) for part in content if isinstance(part.get("text"), str))
