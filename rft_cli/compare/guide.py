"""What the guide says of one change in the direction it takes. Pure; the words are those of the parameter table."""

from __future__ import annotations

from typing import Literal, NamedTuple

from rft_cli.compare.difference import Change, is_raised
from rft_cli.estimate import LINEAR_FACTORS
from rft_cli.spec.goals import GOALS
from rft_cli.spec.guide_text import usual_words
from rft_cli.spec.parameter import Effect, Move, Parameter
from rft_cli.spec.parameters import parameter


class Guidance(NamedTuple):
    """The guide on one change of a parameter."""

    direction: Literal["up", "down"]
    when: tuple[Move, ...]
    """Reasons for a change in this direction; each continues "Raise when" or "Lower when"."""
    effects: tuple[Effect, ...]
    """Of the new value, and of going further."""
    usual: str
    """The usual values in words."""
    is_usual: bool
    """Whether the new value is among them, always or with one of `usual_with`."""
    usual_with: tuple[str, ...]
    """Goals that a value is usual with that is not usual always."""
    goals: tuple[str, ...]
    """Goals that move the parameter in this direction."""
    cost: float | None
    """Factor on the cost of the run; None where cost is not proportional to the parameter."""

    @property
    def verb(self) -> str:
        """What the change does to the value, as the guide words it."""
        return "raise" if self.direction == "up" else "lower"


def guidance(change: Change) -> Guidance | None:
    """What the guide says of a change; None for a setting of a backend, which it does not know."""
    raised = is_raised(change)
    if raised is None:
        return None
    entry = parameter(change.path)
    direction: Literal["up", "down"] = "up" if raised else "down"
    always = entry.is_usual(change.new)
    with_goals = () if always else entry.goals_for(change.new)
    return Guidance(
        direction,
        entry.raise_when if raised else entry.lower_when,
        tuple(effect for effect in entry.effects if _applies(effect, entry, change.new, direction)),
        usual_words(entry),
        always or bool(with_goals),
        with_goals,
        tuple(
            goal.name
            for goal in GOALS
            if any(step.path == entry.path and step.direction == direction for step in goal.steps)
        ),
        change.ratio if entry in LINEAR_FACTORS else None,
    )


def _applies(effect: Effect, entry: Parameter, value: float, direction: str) -> bool:
    if effect.span is None:
        return effect.towards == direction
    low, high = effect.span
    return entry.order(low) <= entry.order(value) <= entry.order(high)
