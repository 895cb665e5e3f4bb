"""The usual band of every parameter that has one: a check for the whole table, with one code a parameter. Pure.

A value that a sharper rule speaks of, or that is on the declared goal's way, is left to that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.diagnostics import Finding
from rft_cli.rules.experiment import moves_against_goal
from rft_cli.rules.model_size import LARGE, SMALL, model_size
from rft_cli.rules.rule import DataFacts, Rule, found, goal_of, has_hypothesis, quantity
from rft_cli.spec.parameter import Band, Number, Parameter, show
from rft_cli.spec.parameters import (
    BATCH_SIZE,
    EPOCHS,
    LEARNING_RATE,
    LORA_RANK,
    MAX_CONTEXT_LENGTH,
    ROLLOUTS,
    TEMPERATURE,
    TOP_K,
    TOP_P,
)

if TYPE_CHECKING:
    from rft_cli.config import Config


REMEMBERED = 256
"""Values of a parameter whose answer is remembered, because configs share most of them (chosen)."""


class UsualBand(NamedTuple):
    """Which code speaks of a parameter outside its usual band, and when it leaves the word to another rule."""

    code: str
    entry: Parameter
    left_to_others: Callable[[Config, Number], bool] = lambda _config, _value: False


def _few_with_evidence(config: Config, epochs: Number) -> bool:
    """Two or three epochs are usual when something in a curve asked for them."""
    return epochs <= 3 and has_hypothesis(config)


def _size_decides(config: Config, rank: Number) -> bool:
    """Whether a rule about GPUs or the model's size has the sharper word on this rank."""
    size = model_size(config.get("model"))
    return rank > 64 or (size is not None and rank > 16 and (size < SMALL or size >= LARGE))


USUAL_BANDS: tuple[UsualBand, ...] = (
    UsualBand("RFT201", LEARNING_RATE),
    UsualBand("RFT202", EPOCHS, _few_with_evidence),
    UsualBand("RFT203", BATCH_SIZE, lambda config, size: size < config.get(MAX_CONTEXT_LENGTH.path)),
    UsualBand("RFT301", TEMPERATURE, lambda _config, value: value <= 0.1 or value > 1.2),
    UsualBand("RFT304", TOP_P, lambda _config, value: value < 0.2),
    UsualBand("RFT306", TOP_K, lambda _config, value: value in {0, 1}),
    UsualBand("RFT311", ROLLOUTS),
    UsualBand("RFT401", LORA_RANK, _size_decides),
)


def _rule(band: UsualBand) -> Rule:
    entry = band.entry
    is_usual = lru_cache(maxsize=REMEMBERED)(entry.is_usual)

    def outside_usual_band(
        config: Config, _facts: DataFacts | None, against: Config | None
    ) -> Iterator[Finding]:
        value: Number = config.get(entry.path)
        goal = goal_of(config)
        if is_usual(value, goal) or band.left_to_others(config, value):
            return
        if moves_against_goal(config, entry, against):
            return
        yield found(band.code, config, entry.path, _message(entry, value, goal), _edit(entry, value, goal))

    return Rule(band.code, outside_usual_band)


USUAL_RULES: tuple[Rule, ...] = tuple(_rule(band) for band in USUAL_BANDS)


def _message(entry: Parameter, value: Number, goal: str) -> str:
    bands = _bands(entry, goal)
    side = "above" if entry.order(value) > max(entry.order(band.high) for band in bands) else "outside"
    side = "below" if entry.order(value) < min(entry.order(band.low) for band in bands) else side
    goals = " or ".join(entry.goals_for(value))
    cure = f"; the goal {goals} would make it usual" if goals else ""
    usual = " and ".join(_span(entry, band) for band in bands)
    return f"{entry.path} {quantity(entry.path, value)} is {side} the usual {usual}{cure}"


def _bands(entry: Parameter, goal: str) -> tuple[Band, ...]:
    """The bands that hold with the declared goal, without those that lie inside another."""
    held = [band for band in entry.usual if band.goal in {"", goal}]
    return tuple(
        band
        for band in held
        if not any(band is not other and other.low <= band.low and band.high <= other.high for other in held)
    )


def _span(entry: Parameter, band: Band) -> str:
    low, high = show(band.low), quantity(entry.path, band.high)
    span = high if band.low == band.high else f"{low}–{high}"
    return f"{span} with the goal {band.goal}" if band.goal else span


def _edit(entry: Parameter, value: Number, goal: str) -> str:
    """Go to the nearest usual value, or declare the goal that makes this one usual."""
    ends = [end for band in _bands(entry, goal) for end in (band.low, band.high)]
    nearest = min(ends, key=lambda end: abs(entry.order(end) - entry.order(value)))
    declare = ", or declare that goal in experiment.goal" if entry.goals_for(value) else ""
    return f"set {entry.key}: {show(nearest)}{declare}"
