"""What a parameter is: its legal values, its order, its usual bands. Data and pure questions about one value."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

Number = int | float


class Band(NamedTuple):
    """An interval of usual values, ends included."""

    low: Number
    high: Number
    goal: str = ""
    """The goal under which the interval is usual; empty: always."""


class Effect(NamedTuple):
    """What a region of values does to a run."""

    when: str
    what: str
    towards: Literal["up", "down", ""] = ""
    """The direction of a change that leads there."""
    span: tuple[Number, Number] | None = None
    """The region itself, ends included, where it is one of numbers."""


class Move(NamedTuple):
    """A reason to raise or to lower a parameter."""

    reason: str
    """Continues "Raise when …"."""
    source: str = ""
    """Id of the guide's statement; empty: ours."""


class Parameter(NamedTuple):
    """One number that governs a run; declared once, in `rft_cli.spec.parameters`."""

    path: str
    code: str
    """Code of the finding about a wrong type or an illegal value."""
    title: str
    short: str
    """A few words for the comment at the end of a line of YAML."""
    integral: bool
    default: Number
    unit: str
    low: Number
    high: Number | None
    """None: no upper bound of its own."""
    summary: str
    effects: tuple[Effect, ...]
    raise_when: tuple[Move, ...]
    lower_when: tuple[Move, ...]
    keep_when: str
    """Continues "Keep when …"."""
    interactions: tuple[str, ...]
    usual: tuple[Band, ...]
    """Empty: what is usual depends on the data; see `usual_note`."""
    sources: tuple[str, ...]
    """Ids of the guide's statements that this entry rests on; empty: the managed service's."""
    choices: tuple[Number, ...] = ()
    """The only legal values, where they are few."""
    multiple_of: int = 1
    zero_is_unlimited: bool = False
    """0 switches the limit off, so it ranks above every other value."""
    usual_note: str = ""
    """What is usual, in words, where no interval says it."""
    why_limits: str = ""
    """Why a value outside the limits cannot work, for the error's help line."""
    other_names: tuple[str, ...] = ()
    """What other tools call it; for suggestions only, never accepted."""

    @property
    def key(self) -> str:
        """The last part of the path: the YAML key."""
        return self.path.rpartition(".")[2]

    @property
    def section(self) -> str:
        """The YAML section that holds the key."""
        return self.path.partition(".")[0]

    def accepts(self, value: object) -> bool:
        """Whether a value read from YAML is legal; the same answer as the JSON Schema gives."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if isinstance(value, float) and not math.isfinite(value):
            return False
        if self.integral and value != int(value):
            return False
        if self.choices:
            return value in self.choices
        if value < self.low or (self.high is not None and value > self.high):
            return False
        return self.multiple_of == 1 or value % self.multiple_of == 0

    def normal(self, value: Number) -> Number:
        """The one spelling of a legal value: whole numbers as int, the others as float."""
        return int(value) if self.integral else float(value)

    def order(self, value: Number) -> float:
        """Where a value stands from least to most; the only comparison of two values of a parameter."""
        return math.inf if self.zero_is_unlimited and value == 0 else value

    def is_usual(self, value: Number, goal: str = "") -> bool:
        """Whether a legal value lies in a band that is usual always or with the declared goal."""
        return not self.usual or any(
            self.order(band.low) <= self.order(value) <= self.order(band.high)
            for band in self.usual
            if band.goal in {"", goal}
        )

    def goals_for(self, value: Number) -> tuple[str, ...]:
        """The goals that would make a value usual."""
        return tuple(
            band.goal
            for band in self.usual
            if band.goal and self.order(band.low) <= self.order(value) <= self.order(band.high)
        )

    def limits(self) -> str:
        """The legal values in words, with the unit."""
        if self.choices:
            return f"one of {', '.join(str(choice) for choice in self.choices)}"
        kind = "a whole number" if self.integral else "a number"
        of_unit = f" of {self.unit}" if self.unit else ""
        if self.high is not None:
            return f"{kind}{of_unit} from {show(self.low)} to {show(self.high)}"
        multiple = f", a multiple of {self.multiple_of}" if self.multiple_of > 1 else ""
        return f"{kind}{of_unit}, at least {show(self.low)}{multiple}"


def show(value: object) -> str:
    """A value as people write it in YAML: ``1e-4``, ``0.7``, ``32768``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, float) and value and abs(value) < 1e-3:
        return _scientific(value)
    return str(value)


def _scientific(value: float) -> str:
    """The shortest exact spelling with an exponent, without a padded exponent."""
    digits = next(text for width in range(18) if float(text := f"{value:.{width}e}") == value)
    mantissa, _, exponent = digits.partition("e")
    return f"{mantissa}e{int(exponent)}"
