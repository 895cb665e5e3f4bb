"""One row of a data set: a JSON object with ``messages``, and what has to be true of it.

Pure: takes parsed objects, returns a row's prompt or the one problem that makes the row unusable.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Message = dict[str, Any]

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
"""Who may speak. Source: the chat-completions message format, which the managed services' data sets follow."""

ROLES_ELSEWHERE = {
    "human": "user",
    "gpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "ai": "assistant",
}
"""What other data set formats (ShareGPT, Gemini) call the same speakers; offered as the edit, never accepted."""

PROMPT_KEYS_ELSEWHERE = ("prompt", "question", "instruction", "input", "query")
"""Keys that hold a bare prompt in data sets that know no messages; named in the edit, never accepted."""


class Row(NamedTuple):
    """One usable line of a data set. Its messages are those of its record where they need no change: both are read-only."""

    line: int
    """1-based line of the file."""
    messages: list[Message]
    """The prompt, ending with the turn that is to be answered; every ``content`` is a string."""
    record: dict[str, Any]
    """The whole JSON object as written; the evaluator gets a copy of it."""


class Problem(NamedTuple):
    """Why a row cannot be used, and the edit that mends it."""

    message: str
    help: str = ""


class Prompt(NamedTuple):
    """What a usable row asks."""

    messages: list[Message]
    answers_left_out: int
    """How many assistant messages stood at the end: they would be the answer, so they are no part of the prompt."""


def prompt_of(record: object, *, text_only: bool = True) -> Prompt | Problem:
    """The messages that a row asks a model with.

    Assistant messages at the end are the answers of a data set made for supervised training: they are left out here
    and stay in the record. Content given as a list of text parts is joined.

    Args:
        record: any parsed JSON value.
        text_only: refuse content that is not text; ``False`` leaves lists of parts as they are, for engines that see.
    """
    if not isinstance(record, dict):
        return Problem(
            f"the line is {_kind(record)}, not an object",
            'write {"messages": [{"role": "user", "content": "…"}]}',
        )
    if "messages" not in record:
        return _without_messages(record)
    messages = record["messages"]
    if not isinstance(messages, list):
        return Problem(
            f"`messages` is {_kind(messages)}, not a list",
            'write "messages": [{"role": "user", "content": "…"}]',
        )
    if not messages:
        return Problem("`messages` is empty", "add at least one message with the role user")
    checked = []
    for number, message in enumerate(messages, start=1):
        plain = _checked(message, number, text_only=text_only)
        if isinstance(plain, Problem):
            return plain
        checked.append(plain)
    end = len(checked)
    while end and checked[end - 1]["role"] == "assistant":
        end -= 1
    if not end:
        return Problem(
            "every message is the assistant's, so nothing is asked",
            "put the question in a message with the role user",
        )
    prompt = checked[:end]
    if not any(_says_something(message["content"]) for message in prompt):
        return Problem("every message before the answer is blank", "write the question into `content`")
    return Prompt(prompt, len(checked) - end)


def _without_messages(record: dict[str, Any]) -> Problem:
    if "conversations" in record:
        return Problem(
            "the row has `conversations` and no `messages`",
            "rename it to `messages`, and inside it `from` to `role` and `value` to `content`",
        )
    for key in PROMPT_KEYS_ELSEWHERE:
        if isinstance(record.get(key), str):
            return Problem(
                f"the row has `{key}` and no `messages`",
                f'write "messages": [{{"role": "user", "content": <{key}>}}] beside it',
            )
    return Problem("the row has no `messages`", 'add "messages": [{"role": "user", "content": "…"}]')


def _checked(message: object, number: int, *, text_only: bool) -> Message | Problem:
    """The message with plain text as its content: the object itself where it already is so."""
    if not isinstance(message, dict):
        return Problem(
            f"message {number} is {_kind(message)}, not an object", 'write {"role": "user", "content": "…"}'
        )
    role = message.get("role")
    if role is None:
        return Problem(f"message {number} has no `role`", f'add "role": one of {", ".join(ROLES)}')
    if role not in ROLES:
        known = ROLES_ELSEWHERE.get(role.lower()) if isinstance(role, str) else None
        return Problem(
            f"message {number} has the unknown role {_shown(role)}",
            f'write "role": "{known}"' if known else f"use one of {', '.join(ROLES)}",
        )
    content = message.get("content")
    if isinstance(content, str):
        return message
    if content is None and message.get("tool_calls"):
        return {**message, "content": ""}
    if content is None:
        return Problem(f"message {number} has no `content`", 'add "content": "…"')
    if isinstance(content, list):
        return _with_parts(message, content, number, text_only=text_only)
    return Problem(
        f"`content` of message {number} is {_kind(content)}, not a text",
        f'put it in double quotes: "content": "{_shown(content)}"'
        if isinstance(content, int | float)
        else "",
    )


def _with_parts(message: Message, parts: list[Any], number: int, *, text_only: bool) -> Message | Problem:
    texts = []
    for part in parts:
        if isinstance(part, dict) and isinstance(part.get("text"), str):
            texts.append(part["text"])
        elif text_only or not isinstance(part, dict):
            kind = part.get("type", "unnamed") if isinstance(part, dict) else _kind(part)
            return Problem(
                f"`content` of message {number} has a part that is not text ({kind})",
                'this engine reads text only: keep parts of the form {"type": "text", "text": "…"}',
            )
    if len(texts) < len(parts):
        return message
    return {**message, "content": "".join(texts)}


def _says_something(content: str | list[Any]) -> bool:
    return bool(content.strip()) if isinstance(content, str) else bool(content)


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    ((int, float), "a number"),
    (str, "a text"),
    (list, "a list"),
    (dict, "an object"),
)


def _kind(value: object) -> str:
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "null")


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else text[:39] + "…"
