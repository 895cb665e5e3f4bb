"""The name of a run, as a file's name or a mistyped name suggests it. Pure."""

from __future__ import annotations

import re


def name_from(text: str) -> str:
    """The run name nearest to a text; empty when it holds no letter."""
    plain = re.sub(r"[^a-z0-9-]", "-", text.lower())
    return re.sub(r"^[^a-z]+", "", plain)[:63].rstrip("-")
