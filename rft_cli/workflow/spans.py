"""Spans of time as people write them on a command line."""

from __future__ import annotations

import re

from rft_cli.errors import UsageError

SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
"""Unit → its length."""

_SPAN = re.compile(rf"(\d+(?:\.\d+)?)([{''.join(SECONDS)}]?)", re.ASCII)


def seconds_of(text: str, option: str) -> float:
    """The length of a span; a bare number is seconds.

    Args:
        text: such as ``90s``, ``30m``, ``2h``, ``7d`` or ``1.5h``.
        option: whose value it is, for the message.

    Raises:
        UsageError: it is no such span.
    """
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None:
        raise UsageError(
            f"{option} {text}: this is no span of time",
            hint="write a number and a unit, as in 90s, 30m, 2h or 7d; a bare number is seconds",
        )
    amount, unit = found.groups()
    return float(amount) * SECONDS[unit or "s"]
