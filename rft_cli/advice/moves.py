"""From a present value to the next one in a direction: bounded, legal, or refused with the reason. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from rft_cli.advice.change import Direction
from rft_cli.spec.goals import Step
from rft_cli.spec.parameter import Number, Parameter, show
from rft_cli.spec.parameters import LEARNING_RATE, parameter

BAND_FACTOR = 2
"""The most by which a rate moves inside its usual band. Source: statement LR4 of the guide."""

Stride = Literal["band", "ladder", "add", "times", "halve", "neighbour", "default", "step"]


class Move(NamedTuple):
    """A way to change one parameter."""

    path: str
    direction: Direction
    stride: Stride
    """``band``: a factor of two inside the usual band, from outside to its nearest end. ``ladder``: the next of `rungs`. ``add``
    and ``times``: by `amount`. ``halve``: whole, at least one. ``neighbour``: the next of the few legal values. ``default``: back
    to it. ``step``: what a goal's `step` says."""
    expect: str
    """What the change should do; continues a hypothesis."""
    amount: Number = 0
    rungs: tuple[Number, ...] = ()
    sources: tuple[str, ...] = ()
    """Ids of the guide's statements that name this change."""
    needs: tuple[str, ...] = ()
    """Names of conditions without which the move is not taken."""
    step: Step | None = None


class Target(NamedTuple):
    """Where a move leads."""

    old: Number | None
    new: Number | None
    """None: only the direction is known."""


class Refusal(NamedTuple):
    """Why a move leads nowhere."""

    why: str


def target(move: Move, present: Number | None) -> Target | Refusal:
    """The value that a move leads to.

    Args:
        move: what to do.
        present: the value now; None: unknown. It may be one that no run config accepts, from another tool's run.
    """
    entry = parameter(move.path)
    if present is None:
        return Target(None, None)
    if not entry.accepts(present):
        return _from_elsewhere(move, entry, present)
    value = _STRIDES[move.stride](move, entry, entry.normal(present))
    if value is None or not entry.accepts(value) or not _leads(move, entry, present, value):
        return Refusal(_end_words(move, present))
    return Target(entry.normal(present), entry.normal(value))


def _leads(move: Move, entry: Parameter, present: Number, value: Number) -> bool:
    """Whether a value lies in the direction of the move."""
    before, after = entry.order(present), entry.order(value)
    return after > before if move.direction == "up" else after < before


def _from_elsewhere(move: Move, entry: Parameter, present: Number) -> Target | Refusal:
    """From a value that the guide does not know.

    Rates of full fine-tuning lie orders of magnitude below those of LoRA, so there a direction still says something; a count
    that is beyond the guide's end already is not moved further.
    """
    beyond = present < entry.low if move.direction == "down" else _above(entry, present)
    if beyond and entry is not LEARNING_RATE:
        end = entry.low if move.direction == "down" else entry.high
        return Refusal(f"{show(present)} is beyond {show(end)} already, where the guide ends")
    return Target(present, None)


def _above(entry: Parameter, present: Number) -> bool:
    return entry.high is not None and present > entry.high


def _end_words(move: Move, present: Number) -> str:
    way = "higher" if move.direction == "up" else "lower"
    if move.stride == "band":
        return f"{show(present)} is at the end of what the guide finds usual (LR4), so it goes no {way}"
    return f"{show(present)} goes no {way}"


def _band(move: Move, entry: Parameter, present: Number) -> Number | None:
    low, high = entry.usual[0].low, entry.usual[0].high
    if move.direction == "up":
        return low if present < low else min(_round(present * BAND_FACTOR), high)
    return high if present > high else max(_round(present / BAND_FACTOR), low)


def _round(value: float) -> float:
    """Without the dust of binary arithmetic, so that half of 3e-4 reads 1.5e-4."""
    return float(f"{value:.3g}")


def _ladder(move: Move, entry: Parameter, present: Number) -> Number | None:
    return next((rung for rung in move.rungs if _leads(move, entry, present, rung)), None)


def _add(move: Move, entry: Parameter, present: Number) -> Number | None:
    value = present + move.amount
    return value if entry.high is None else min(value, entry.high)


def _times(move: Move, entry: Parameter, present: Number) -> Number | None:
    value = int(present * move.amount) if entry.integral else present * move.amount
    value = max(value, entry.low)
    return value if entry.high is None else min(value, entry.high)


def _halve(_move: Move, entry: Parameter, present: Number) -> Number | None:
    return max(int(present) // 2, entry.low)


def _neighbour(move: Move, entry: Parameter, present: Number) -> Number | None:
    there = [value for value in entry.choices if _leads(move, entry, present, value)]
    return (min if move.direction == "up" else max)(there, default=None)


def _default(_move: Move, entry: Parameter, _present: Number) -> Number | None:
    return entry.default


def _step(move: Move, _entry: Parameter, present: Number) -> Number | None:
    return move.step.next_value(present) if move.step is not None else None


_STRIDES: Mapping[Stride, Callable[[Move, Parameter, Number], Number | None]] = {
    "band": _band,
    "ladder": _ladder,
    "add": _add,
    "times": _times,
    "halve": _halve,
    "neighbour": _neighbour,
    "default": _default,
    "step": _step,
}
