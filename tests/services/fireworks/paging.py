"""Lists in pages: sizes as the service coerces them, tokens that only fit the question they were given for."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .fieldmask import masked, wanted
from .filters import matcher, ordered
from .refusals import invalid

DEFAULT_SIZE = 50
LARGEST_SIZE = 200
"""Larger sizes are coerced to it, silently."""


class Listing(NamedTuple):
    """What a client asked for."""

    filter: str
    order_by: str
    read_mask: str
    size: int
    offset: int
    question: str
    """Digest of everything but the token."""


def read(query: Mapping[str, str]) -> Listing:
    """The question in a query string.

    Raises:
        RefusedError: no number, or a token of another question.
    """
    try:
        size = int(query.get("pageSize") or 0)
    except ValueError:
        raise invalid(f"invalid page_size {query['pageSize']!r}") from None
    if size < 0:
        raise invalid("page_size must not be negative")
    rest = {key: value for key, value in query.items() if key != "pageToken"}
    question = hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()[:16]
    return Listing(
        query.get("filter", ""),
        query.get("orderBy", ""),
        query.get("readMask", ""),
        min(size or DEFAULT_SIZE, LARGEST_SIZE),
        _offset(query.get("pageToken", ""), question),
        question,
    )


def _offset(token: str, question: str) -> int:
    if not token:
        return 0
    try:
        asked, offset = base64.urlsafe_b64decode(token).decode().split(":")
        at = int(offset)
    except ValueError:
        raise invalid("invalid page_token") from None
    if asked != question:
        raise invalid("page_token: all other parameters must match the call that provided the page token")
    return at


def page(
    collection: str,
    bodies: Sequence[Mapping[str, Any]],
    query: Mapping[str, str],
    *,
    known: frozenset[str],
    empties: bool,
    complete: Callable[[Mapping[str, Any], frozenset[str]], Mapping[str, Any]] = lambda body, _fields: body,
) -> dict[str, Any]:
    """One page of a collection.

    Args:
        collection: the key of the list in the answer.
        bodies: all resources; a field that is dear to make may be missing.
        query: the query string.
        known: every field that a resource of the kind may have.
        empties: how a mask leaves fields out.
        complete: adds to a resource on the page what the mask asks for.
    """
    asked = read(query)
    fields = wanted(asked.read_mask, known)
    passes = matcher(asked.filter, known)
    passing = ordered([body for body in bodies if passes(body)], asked.order_by, known)
    end = asked.offset + asked.size
    token = (
        base64.urlsafe_b64encode(f"{asked.question}:{end}".encode()).decode() if end < len(passing) else ""
    )
    return {
        collection: [
            masked(complete(body, fields), asked.read_mask, empties=empties)
            for body in passing[asked.offset : end]
        ],
        "nextPageToken": token,
        "totalSize": len(passing),
    }
