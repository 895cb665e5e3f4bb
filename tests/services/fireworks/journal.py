"""The log of requests, with nothing in it that could be used: keys, secret values and signatures are masked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypedDict

from .exchange import Call
from .storage import SIGNATURE

MASK = "***"
SECRET_FIELDS = frozenset({"value", "apiKey", "api_key"})
SECRET_HEADERS = frozenset({"authorization", "x-api-key"})
SHOWN_HEADERS = SECRET_HEADERS | {"user-agent", "content-type", "accept", "x-stainless-retry-count"}

_KEY = re.compile(r"\bfw_\w+")


class Entry(TypedDict):
    """One request."""

    number: int
    operation: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    """JSON; of other bodies the size."""
    status: int | None
    """Of what was answered; None: nothing was."""
    fault: str | None
    committed: bool
    """Whether it changed anything."""
    at: float
    """Seconds of the double's clock."""


def masked(value: Any) -> Any:
    """JSON with its secrets blotted out."""
    match value:
        case Mapping():
            return {
                key: MASK if key in SECRET_FIELDS and inner else masked(inner) for key, inner in value.items()
            }
        case list():
            return [masked(each) for each in value]
        case str():
            return _KEY.sub(MASK, value)
        case _:
            return value


def entry(number: int, operation: str, call: Call, at: float) -> Entry:
    """What is known of a request when it comes in."""
    return Entry(
        number=number,
        operation=operation,
        method=call.method,
        path=call.path,
        query={key: MASK if key == SIGNATURE else masked(value) for key, value in call.query.items()},
        headers={
            key: MASK if key in SECRET_HEADERS else value
            for key, value in call.headers.items()
            if key in SHOWN_HEADERS or key.startswith("x-fireworks-")
        },
        body=_body(call),
        status=None,
        fault=None,
        committed=False,
        at=at,
    )


def _body(call: Call) -> Any:
    if call.uploads:
        return {
            name: {"filename": sent.filename, "bytes": len(sent.content)}
            for name, sent in call.uploads.items()
        }
    if not call.body:
        return None
    if call.headers.get("content-type", "").startswith("application/json"):
        try:
            return masked(json.loads(call.body))
        except ValueError:
            pass
    return {"bytes": len(call.body)}
