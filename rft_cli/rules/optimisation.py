"""Rules 2xx on how the policy is updated, as far as several parameters are involved. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rft_cli.diagnostics import Finding
from rft_cli.rules.experiment import is_step_of_goal
from rft_cli.rules.rule import (
    DataFacts,
    Rule,
    found,
    has_hypothesis,
    instead,
    quantity,
    said,
    starting_value,
)
from rft_cli.spec.parameter import show
from rft_cli.spec.parameters import BATCH_SIZE, EPOCHS, LEARNING_RATE, LORA_RANK

if TYPE_CHECKING:
    from rft_cli.config import Config

APART = 2.0
"""Factor between the moves of rate and batch that is worth a word. Source: LR4, within which a rate may move."""

HIGH_RANK = 16
"""The largest rank that is usual for most tasks. Source: RK7."""

_USUAL_RATES = LEARNING_RATE.usual[0]
_FURTHEST = {True: _USUAL_RATES.high, False: _USUAL_RATES.low}
"""Where a rate that follows a larger, or a smaller, batch has to stop. Source: LR4."""

_FOLLOW = {
    True: f"a larger batch may carry a slightly higher learning_rate, up to {show(_FURTHEST[True])}: the next change, if "
    "the curve is smooth",
    False: f"a smaller batch may want a slightly lower learning_rate, down to {show(_FURTHEST[False])}: the next change, "
    "if the curve is noisy",
}
_SAY_WHY = "say in experiment.hypothesis which curve asked for it; the default rate fits the default batch"


def rate_and_batch_apart(
    config: Config, _facts: DataFacts | None, against: Config | None
) -> Iterator[Finding]:
    """Rate and batch that no longer belong together."""
    rate, batch = config.get(LEARNING_RATE.path), config.get(BATCH_SIZE.path)
    batch_move = batch / starting_value(BATCH_SIZE, against)
    apart = round(rate / starting_value(LEARNING_RATE, against) / batch_move, 6)
    if 1 / APART < apart < APART:
        return
    moved, other = (LEARNING_RATE, BATCH_SIZE) if batch_move == 1 else (BATCH_SIZE, LEARNING_RATE)
    if is_step_of_goal(config, moved, against):
        return
    if moved is LEARNING_RATE and (has_hypothesis(config) or not LEARNING_RATE.is_usual(rate)):
        return
    if moved is BATCH_SIZE and rate == _FURTHEST[batch_move > 1]:
        return
    yield found(
        "RFT204",
        config,
        moved.path,
        f"{instead(config, moved, against)}, while {other.path} is {quantity(other.path, config.get(other.path))}",
        _FOLLOW[batch_move > 1] if moved is BATCH_SIZE else _SAY_WHY,
    )


def repeated_data_at_high_rank(
    config: Config, _facts: DataFacts | None, _against: Config | None
) -> Iterator[Finding]:
    """Room to memorise, and rows that come again."""
    if config.get(EPOCHS.path) > 1 and config.get(LORA_RANK.path) > HIGH_RANK:
        yield found(
            "RFT205",
            config,
            EPOCHS.path,
            f"{said(config, EPOCHS.path, LORA_RANK.path)} together memorise the training rows soonest",
            f"set epochs: 1, or lora_rank: {HIGH_RANK}",
        )


OPTIMISATION_RULES: tuple[Rule, ...] = (
    Rule("RFT204", rate_and_batch_apart),
    Rule("RFT205", repeated_data_at_high_rank),
)
