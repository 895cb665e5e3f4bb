"""A request as the handlers see it, and their answer: values, so that no handler knows the HTTP library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from .refusals import invalid


class Upload(NamedTuple):
    """One part of a multipart body."""

    filename: str
    content: bytes


class Call(NamedTuple):
    """What a client sent."""

    method: str
    path: str
    params: Mapping[str, str]
    """From the path."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    uploads: Mapping[str, Upload]
    base: str
    """Under which address the client sees the double."""

    def json(self) -> dict[str, Any]:
        """The body; an empty one is an empty object.

        Raises:
            RefusedError: it is no JSON object.
        """
        if not self.body.strip():
            return {}
        try:
            value = json.loads(self.body, parse_constant=_no_constant)
        except ValueError as problem:
            raise invalid(f"invalid JSON: {problem}") from None
        if not isinstance(value, dict):
            raise invalid("the body must be a JSON object")
        return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class Answer(NamedTuple):
    """What the client gets, unless a fault comes between."""

    body: Any = None
    """JSON, or bytes as they are; None: nothing."""
    status: int = 200
    headers: Mapping[str, str] = {}
    media: str = "application/json"

    @property
    def content(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
