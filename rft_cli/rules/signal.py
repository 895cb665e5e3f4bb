"""How many groups of answers would score all alike, going by answers of an earlier run. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.diagnostics import Finding
from rft_cli.rules.rule import found
from rft_cli.spec.parameters import MAX_TOKENS, ROLLOUTS, TEMPERATURE, TOP_K, TOP_P

if TYPE_CHECKING:
    from rft_cli.config import Config

DRAWN_BY = (TEMPERATURE.path, TOP_P.path, TOP_K.path, MAX_TOKENS.path)
"""Parameters that a share of right answers belongs to: drawn or cut otherwise, another share is right."""

FEWEST_ANSWERS = 64
"""Answers below which a share is not known well enough. Chosen: its standard error is then at most 0.06."""

MUCH = 0.4
"""Share of groups without signal that is worth a word. Chosen: with four answers that is a prompt which is answered right less
than one time in five, or wrong less than one time in five; at the default n and even odds it is an eighth."""


class Solved(NamedTuple):
    """How often an earlier run was right before it had learned much."""

    share: float
    """Of answers with the higher of two scores, strictly between 0 and 1."""
    answers: int
    low: float
    high: float
    run: str
    """As people call it."""


def solved_by(rewards: Iterable[float], run: str) -> Solved | None:
    """How often answers were right; None where scores are not just right or wrong, or too few.

    Args:
        rewards: of the first answers of a run.
        run: as people call it.
    """
    counts = Counter(rewards)
    answers = counts.total()
    if len(counts) != 2 or answers < FEWEST_ANSWERS:
        return None
    low, high = sorted(counts)
    return Solved(counts[high] / answers, answers, low, high, run)


def odds_of_no_signal(share: float, n: int) -> float:
    """How often all n answers to a prompt score alike, so that they teach nothing; the score is right or wrong.

    Of a share over many prompts this is the least: it is convex, so prompts that differ have more of such groups.

    >>> round(odds_of_no_signal(0.18, 4), 2)
    0.45
    """
    return share**n + (1 - share) ** n


def judge_signal(config: Config, solved: Solved) -> Iterator[Finding]:
    """What is to be said of the number of answers to a prompt.

    Args:
        config: resolved and valid.
        solved: by a run whose answers were drawn as this one's will be.
    """
    n: int = config.get(ROLLOUTS.path)
    odds = odds_of_no_signal(solved.share, n)
    if odds <= MUCH:
        return
    yield found(
        "RFT712",
        config,
        ROLLOUTS.path,
        f"at least {odds:.0%} of the groups of {n} answers would score all alike and teach nothing: {solved.share:.0%} of the "
        f"first {solved.answers:,} answers of {solved.run} score {solved.high:.4g}, the others {solved.low:.4g}",
        _way_out(solved.share, n, odds),
    )


def _way_out(share: float, n: int, odds: float) -> str:
    most = int(ROLLOUTS.high or n)
    for more in range(n + 1, most + 1):
        left = odds_of_no_signal(share, more)
        if left <= odds / 2:
            return f"n: {more} would leave {left:.0%}, half of it"
    prompts = "easier prompts, or credit for what is partly right," if share < 0.5 else "harder prompts"
    lead = f"n: {most} would still leave {odds_of_no_signal(share, most):.0%}; " if n < most else ""
    return f"{lead}{prompts} would leave less"
