"""What the service's refusals become: failures with its own words and the next step. No key and no signed URL is in any text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from rft_cli.errors import BackendError, RftError, SetupError

LONGEST_WORDS = 300
"""Characters of the service's own words that are repeated. Chosen: a sentence or two, and no page of HTML."""

_QUERY = re.compile(r"(https?://[^\s?\"']+)\?[^\s\"']+")
_USER = re.compile(r"(://)[^\s/@\"']+@")
_KEY = re.compile(r"\b(fw_[A-Za-z0-9]{4})[A-Za-z0-9_-]+")


class RefusedError(BackendError):
    """The service said no; nothing was done."""


class NotFoundError(RefusedError):
    """There is no such resource."""


class InvalidError(RefusedError):
    """What was asked for is wrong, or cannot be done in the state in which the resource is."""


class ForbiddenError(RefusedError):
    """The key may not see it, or may not do it."""


class ConflictError(RefusedError):
    """A resource of that id is there already, or is in a state that does not allow it."""


class QuotaError(RefusedError):
    """The account has no room for it; asking again does not help."""


class UnreachableError(BackendError):
    """Nothing was asked: there is no connection, or the service is too busy to look at it."""


class LostAnswerError(BackendError):
    """A request was sent and no usable answer came: what was asked for may have been done."""


class Words(NamedTuple):
    """What an error's body says."""

    message: str
    reason: str = ""
    """The typed reason, by which errors are told apart; never by the message."""
    is_json: bool = True
    """Whether it is in the service's own form, which a proxy's page is not."""


def words_of(content: bytes) -> Words:
    """The message and the typed reason of an error's body, whatever came."""
    try:
        body = json.loads(content)
    except ValueError:
        return Words("", is_json=False)
    if not isinstance(body, dict):
        return Words("")
    inner = body.get("error")
    if isinstance(inner, dict):  # the form of the inference routes
        return Words(clean(str(inner.get("message") or "")))
    details = body.get("details")
    reasons = [
        str(entry.get("reason"))
        for entry in (details if isinstance(details, list) else [])
        if isinstance(entry, Mapping) and str(entry.get("@type", "")).endswith("ErrorInfo")
    ]
    return Words(clean(str(body.get("message") or "")), next(iter(reasons), ""))


def clean(text: str) -> str:
    """Words of the service as one short line, without keys and passwords, and without what signs a URL."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return _KEY.sub(r"\1…", _USER.sub(r"\1…@", _QUERY.sub(r"\1?…", line)))[:LONGEST_WORDS]


def refusal(status: int, words: Words, doing: str) -> RftError:
    """The failure for an answer that is no success.

    Args:
        status: of the answer, 4xx.
        words: of its body.
        doing: continues "the service refused to …".
    """
    said = f": {words.message}" if words.message else f" (HTTP {status})"
    message = f"the service refused to {doing}{said}"
    if status == 401:
        return SetupError(
            f"the service does not accept the key in FIREWORKS_API_KEY{said}",
            hint="copy the key again from the dashboard",
        )
    if not words.is_json:
        # A proxy's page, or nothing at all: whatever the status, the service itself has not said it.
        return RefusedError(
            f"asked to {doing}, something in between answered with HTTP {status} and no words of the service's",
            hint="check FIREWORKS_BASE_URL and HTTPS_PROXY, then try again",
        )
    if status == 429:
        return QuotaError(
            message,
            hint="see the account's quotas in the dashboard; wait for a run to end, or add credits, then launch again",
        )
    return _KINDS.get(status, RefusedError)(
        message, hint=_HINTS.get(status, "correct what it names, then launch again")
    )


_KINDS: Mapping[int, type[RefusedError]] = {
    400: InvalidError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
}
_HINTS: Mapping[int, str] = {
    403: "the key's role does not allow it, or it is another account's: ask an admin of the account; check FIREWORKS_ACCOUNT_ID",
    404: "check the name and FIREWORKS_ACCOUNT_ID",
}


def redirected(location: str, doing: str) -> RefusedError:
    """The failure for an answer that leads elsewhere: the key goes nowhere that the user has not named."""
    where = urlsplit(location).netloc.rpartition("@")[2]
    return RefusedError(
        f"asked to {doing}, the address leads elsewhere{f', to {clean(where)}' if where else ''}, where the key is not sent",
        hint="set FIREWORKS_BASE_URL to the address that is meant, or unset it",
    )


def is_busy(status: int, reason: str) -> bool:
    """Whether an answer says to come again later, and not that the account has no room."""
    return status == 429 and reason in ("", "RATE_LIMIT_EXCEEDED")


def field(body: Any, name: str, default: Any) -> Any:
    """A field of an answer when it has the type of the default, else the default."""
    value = body.get(name) if isinstance(body, Mapping) else None
    return value if isinstance(value, type(default)) else default
