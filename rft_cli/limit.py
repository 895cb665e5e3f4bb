"""The most that a launch may cost, as people write it on a command line. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from rft_cli.errors import UsageError
from rft_cli.estimate import MILLION

Unit = Literal["x", "tokens", "rollouts", "usd"]


class Limit(NamedTuple):
    """The most that a launch may cost."""

    amount: float
    unit: Unit

    def __str__(self) -> str:
        return f"{_amount(self.amount)}{_UNIT_WORDS[self.unit]}"

    @property
    def option(self) -> str:
        """As `read_limit` reads it."""
        in_millions = self.unit == "tokens" and self.amount % MILLION == 0
        amount = self.amount / MILLION if in_millions else self.amount
        digits = f"{amount:f}".rstrip("0").rstrip(".")
        return f"{digits}{'Mtok' if in_millions else _UNIT_OPTIONS[self.unit]}"


_UNITS: Mapping[str, tuple[Unit, int]] = {
    "x": ("x", 1),
    "tok": ("tokens", 1),
    "ktok": ("tokens", 1_000),
    "mtok": ("tokens", MILLION),
    "rollout": ("rollouts", 1),
    "rollouts": ("rollouts", 1),
    "usd": ("usd", 1),
}
"""What stands behind the number of a limit, in small letters → unit and factor."""

_UNIT_OPTIONS = {"x": "x", "tokens": "tok", "rollouts": "rollouts", "usd": "usd"}
_UNIT_WORDS = {"x": "×", "tokens": " tokens", "rollouts": " rollouts", "usd": " USD"}

_LIMIT = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([a-z]+)", re.ASCII | re.IGNORECASE)


def read_limit(text: str) -> Limit:
    """The most that a launch may cost, as written on the command line: ``2x``, ``12Mtok``, ``500rollouts``, ``40usd``.

    Raises:
        UsageError: it is no amount above 0 with one of these units.
    """
    match = _LIMIT.fullmatch(text.strip())
    unit = _UNITS.get(match[2].lower()) if match else None
    if match is None or unit is None or float(match[1]) <= 0:
        raise UsageError(
            f"--max-cost {text} is not an amount",
            hint="write a number above 0 and a unit: 2x (times the reference), 12Mtok, 500rollouts or 40usd",
        )
    return Limit(float(match[1]) * unit[1], unit[0])


def _amount(amount: float) -> str:
    """An amount with as many digits as it needs."""
    return (
        f"{amount:,.0f}" if amount == int(amount) else f"{amount:,.4g}" if amount < 1000 else f"{amount:,.2f}"
    )
