"""Resource names, the rule for ids that users choose, and the ids that the service makes."""

from __future__ import annotations

import random
import re
import string

from .refusals import invalid

SHARED = "fireworks"
"""The account of the public models and of the demo's data."""

USER_ID = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
"""1–63 characters of a–z, 0–9 and hyphens, from a letter to no hyphen."""

FULL_NAME = re.compile(r"accounts/([^/]+)/([A-Za-z]+)/([^/]+)")

_MADE_OF = string.ascii_lowercase + string.digits


def name_of(account: str, collection: str, identifier: str) -> str:
    return f"accounts/{account}/{collection}/{identifier}"


def checked_id(identifier: str, field: str) -> str:
    """The id, if a user may choose it.

    Raises:
        RefusedError: he may not.
    """
    if not USER_ID.fullmatch(identifier):
        raise invalid(f"invalid {field} {identifier!r}: must match ^{USER_ID.pattern}$")
    return identifier


def made_id(rng: random.Random) -> str:
    """Eight lower-case letters and digits; the first may be a digit."""
    return "".join(rng.choices(_MADE_OF, k=8))


def checked_display_name(text: object) -> None:
    if isinstance(text, str) and len(text) >= 64:
        raise invalid("display_name must be fewer than 64 characters long")
