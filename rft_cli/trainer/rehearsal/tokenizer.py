"""Characters to token ids and back, and how a conversation becomes a prompt.

The vocabulary is fixed: four special tokens, the printable ASCII characters and the newline. There is no training of a tokenizer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PAD, USER, ASSISTANT, END = range(4)
"""Padding, start of a user's turn, start of an assistant's turn, end of an answer."""

CHARACTERS = "".join(chr(code) for code in range(32, 127)) + "\n"
UNKNOWN = "?"
"""Stands for every character outside `CHARACTERS`; also what Python's ASCII encoder writes for one."""

FIRST_CHARACTER = END + 1
VOCABULARY = FIRST_CHARACTER + len(CHARACTERS)
FIRST_OUTPUT = END
"""The model predicts ids from here on: an answer can hold the end and characters, never another special token."""

_IDS = {character: FIRST_CHARACTER + index for index, character in enumerate(CHARACTERS)} | {
    "\t": FIRST_CHARACTER
}
_ID_OF_BYTE = bytes(_IDS.get(chr(code), _IDS[UNKNOWN]) for code in range(256))


def encode(text: str) -> list[int]:
    """One id for each character: carriage returns are dropped, a tab is a space, what is not in the vocabulary is `UNKNOWN`."""
    return list(text.encode("ascii", "replace").translate(_ID_OF_BYTE, b"\r"))


def decode(ids: Iterable[int]) -> str:
    """The text of an answer; special tokens have none."""
    return "".join(CHARACTERS[i - FIRST_CHARACTER] for i in ids if i >= FIRST_CHARACTER)


def prompt(messages: Iterable[Mapping[str, Any]]) -> list[int]:
    """The ids that an answer continues: every turn behind its role's token, then the assistant's token.

    System, developer and tool turns stand behind the user's token: the vocabulary has no other.
    """
    ids: list[int] = []
    for message in messages:
        text = encode(message["content"])
        ids += [ASSISTANT, *text, END] if message["role"] == "assistant" else [USER, *text]
    return [*ids, ASSISTANT]
