"""Rules 6xx on the discipline of an experiment: a reason for each change, a goal that is followed, rows held out. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rft_cli.diagnostics import Finding
from rft_cli.rules.rule import (
    DataFacts,
    Rule,
    found,
    goal_of,
    has_hypothesis,
    instead,
    said,
    starting_value,
)
from rft_cli.spec.goals import goal
from rft_cli.spec.parameter import Parameter, show
from rft_cli.spec.parameters import NOT_FROM_GUIDE, PARAMETERS, parameter

if TYPE_CHECKING:
    from rft_cli.config import Config


def tuned(config: Config, against: Config | None) -> tuple[Parameter, ...]:
    """The guide's nine parameters as far as they differ from the reference, or from their defaults."""
    return tuple(
        entry
        for entry in PARAMETERS
        if entry.path not in NOT_FROM_GUIDE and config.get(entry.path) != starting_value(entry, against)
    )


def _move_on_goal(config: Config, entry: Parameter, against: Config | None) -> bool | None:
    """Whether a value moved the way that the declared goal moves it; None when one of them leaves it alone."""
    name = goal_of(config)
    direction = (
        next((step.direction for step in goal(name).steps if step.path == entry.path), "") if name else ""
    )
    value, start = (
        entry.order(number) for number in (config.get(entry.path), starting_value(entry, against))
    )
    if not direction or value == start:
        return None
    return (value > start) == (direction == "up")


def moves_against_goal(config: Config, entry: Parameter, against: Config | None) -> bool:
    """Whether a value moved the other way than the declared goal moves it."""
    return _move_on_goal(config, entry, against) is False


def is_step_of_goal(config: Config, entry: Parameter, against: Config | None) -> bool:
    """Whether a value moved the way that the declared goal moves it."""
    return _move_on_goal(config, entry, against) is True


def change_without_hypothesis(
    config: Config, _facts: DataFacts | None, against: Config | None
) -> Iterator[Finding]:
    """A change that nobody has given a reason for."""
    changes = () if has_hypothesis(config) else tuned(config, against)
    if not changes:
        return
    own = [entry for entry in changes if config.origins[entry.path].kind != "extends"]
    first = (own or changes)[0]
    more = len(changes) - 1
    others = f", {more} more value{'s differ' if more > 1 else ' differs'}" if more else ""
    yield found(
        "RFT601",
        config,
        first.path if own else "extends",
        f"{instead(config, first, against)}{others}, and no hypothesis says why",
        "add experiment.hypothesis: what the metrics showed, and what the change should do",
    )


def move_against_goal(config: Config, _facts: DataFacts | None, against: Config | None) -> Iterator[Finding]:
    """A value on the wrong side of a declared goal."""
    name = goal_of(config)
    paths = dict.fromkeys(step.path for step in goal(name).steps) if name else {}
    for entry in map(parameter, paths):
        if moves_against_goal(config, entry, against):
            start = starting_value(entry, against)
            raised = entry.order(config.get(entry.path)) > entry.order(start)
            yield found(
                "RFT602",
                config,
                entry.path,
                f"{said(config, entry.path)} moves against the goal {name}, which "
                f"{'lowers' if raised else 'raises'} it",
                f"set {entry.key}: {show(start)}, or change experiment.goal",
            )


def evaluation_on_training_data(
    config: Config, _facts: DataFacts | None, _against: Config | None
) -> Iterator[Finding]:
    """Held-out rows that are not held out."""
    if config.get("evaluation.dataset") == config.get("dataset"):
        yield found(
            "RFT603",
            config,
            "evaluation.dataset",
            "evaluation.dataset is the training data: overfitting would look like progress",
            "name other rows, or leave it out: rows that are never trained on are then set aside",
        )


def inverted_reward_range(
    config: Config, _facts: DataFacts | None, _against: Config | None
) -> Iterator[Finding]:
    """Bounds that no reward lies between."""
    low, high = config.get("evaluation.reward_range") or (0, 1)
    if low >= high:
        yield found(
            "RFT605",
            config,
            "evaluation.reward_range",
            f"evaluation.reward_range [{low:g}, {high:g}] holds no range: the lower bound comes first",
            f"write [{high:g}, {low:g}]" if low > high else "write the lowest and the highest reward",
        )


EXPERIMENT_RULES: tuple[Rule, ...] = (
    Rule("RFT601", change_without_hypothesis),
    Rule("RFT602", move_against_goal),
    Rule("RFT603", evaluation_on_training_data),
    Rule("RFT605", inverted_reward_range),
)
