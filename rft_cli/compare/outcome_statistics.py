"""Differences of means with intervals: paired by step, from two curves, or from two evaluations. Pure, and the same each time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rft_cli.compare.outcome import Array, Evaluated, Points

Z_INTERVAL = 1.959964
"""Of a two-sided 95 % interval. Source: quantile 0.975 of the normal distribution."""
Z_POWER = 0.841621
"""Of 80 % power. Source: quantile 0.8 of the normal distribution."""
TAIL = 1 / 3
"""The share of a run, at its end, whose rewards are compared. Chosen: what the run came to, over enough steps to tell noise."""
FEWEST_STEPS = 8
"""Of a tail. Chosen: two blocks of four."""
BLOCK = 0.07
"""Length of a bootstrap block as a share of the run. Chosen: the middle of the 4 to 10 % that suit reward curves."""
RESAMPLES = 2000
SEED = 0


class Estimate(NamedTuple):
    """A difference, new minus old."""

    difference: float
    standard_error: float
    low: float
    high: float
    """Ends of the 95 % interval."""
    smallest: float
    """The smallest difference that would have been seen in four of five such comparisons."""

    @property
    def told(self) -> str:
        """What the interval says: ``better``, ``worse`` or ``not told apart``."""
        return "better" if self.low > 0 else "worse" if self.high < 0 else "not told apart"


def evaluated_difference(
    old: Sequence[Evaluated], new: Sequence[Evaluated], *, width: float = 1.0
) -> Estimate:
    """The difference of two held-out scores; each side is one run or several replicates.

    All replicates answer the same rows, so that the error of having just these rows does not shrink with their number; what
    differs between them does. The rows are shared by both sides too, which only their mean is known of: the interval is
    wider than need be.

    Args:
        old: at least one.
        new: at least one.
        width: of the range of rewards, for the error of answers that all scored alike.
    """
    variance = sum(_variance(side, width) for side in (old, new))
    freedom = min(each.n - 1 for each in (*old, *new))
    means = [float(np.mean([each.mean for each in side])) for side in (old, new)]
    return _estimate(means[1] - means[0], math.sqrt(variance), freedom)


def _variance(side: Sequence[Evaluated], width: float) -> float:
    rows = float(np.mean([_error(each, width) ** 2 for each in side]))
    return rows + (float(np.var([each.mean for each in side], ddof=1)) / len(side) if len(side) > 1 else 0.0)


def _error(each: Evaluated, width: float) -> float:
    """Standard error; where all answers scored alike, as if one of two more had not (the rule of succession)."""
    return each.standard_error or width / (each.n + 2)


def paired_difference(pairs: Sequence[tuple[Array, Array]]) -> Estimate | None:
    """The difference of training rewards on the same prompts, step by step; None when there are too few steps.

    Args:
        pairs: rewards of the same steps, old and new, one pair a seed.
    """
    tails = [_tail(new - old) for old, new in pairs if old.size >= FEWEST_STEPS]
    if not tails:
        return None
    pooled = _pooled([_blocks(*tail) for tail in tails])
    return _estimate(pooled.mean, pooled.error, pooled.freedom)


def unpaired_difference(old: Array, new: Array) -> Estimate | None:
    """The difference of the last thirds of two curves that share no prompts; None when one is too short."""
    if min(old.size, new.size) < FEWEST_STEPS:
        return None
    first, second = (_blocks(*_tail(rewards)) for rewards in (old, new))
    error = math.hypot(first.error, second.error)
    return _estimate(second.mean - first.mean, error, min(first.freedom, second.freedom))


def measured_difference(old: Sequence[Points], new: Sequence[Points]) -> Estimate:
    """The difference of the last thirds of curves whose every point carries its own error, however few they are.

    The two sides count as independent, which is too careful where they answered the same prompts.

    Args:
        old: at least one curve of at least one point, one a seed.
        new: likewise.
    """
    first, second = (_pooled([_own_tail(curve) for curve in side]) for side in (old, new))
    error = math.hypot(first.error, second.error)
    return _estimate(second.mean - first.mean, error, min(first.freedom, second.freedom))


def _own_tail(curve: Points) -> _Mean:
    size = tail_size(curve.means.size, fewest=1)
    error = math.sqrt(float(np.sum(curve.errors[-size:] ** 2))) / size
    return _Mean(float(curve.means[-size:].mean()), error, math.inf)


def tail_size(steps: int, *, fewest: int = FEWEST_STEPS) -> int:
    """How many steps at the end of a run are compared."""
    return min(max(math.ceil(steps * TAIL), fewest), steps)


class _Mean(NamedTuple):
    mean: float
    error: float
    freedom: float


def _tail(values: Array) -> tuple[Array, int]:
    """The compared end of a run, and the length of its blocks."""
    size = tail_size(values.size)
    return values[-size:], min(max(round(values.size * BLOCK), 2), size // 2)


def _blocks(values: Array, block: int) -> _Mean:
    """Mean and its standard error by the moving-block bootstrap, which keeps what neighbouring steps have in common."""
    random = np.random.default_rng(SEED)
    count = math.ceil(values.size / block)
    starts = random.integers(0, values.size - block + 1, (RESAMPLES, count))
    sums = np.concatenate(([0.0], np.cumsum(values)))
    means = ((sums[starts + block] - sums[starts]) / block).mean(axis=1)
    # Blocks of one sample vary less than those of another would, by this factor.
    inflated = float(means.std()) * math.sqrt(count / (count - 1))
    return _Mean(float(values.mean()), inflated, count - 1)


def _pooled(means: Sequence[_Mean]) -> _Mean:
    """One mean a seed → one in all: the larger of the error within runs and between them."""
    count = len(means)
    within = sum(each.error**2 for each in means) / count**2
    between = float(np.var([each.mean for each in means], ddof=1)) / count if count > 1 else 0.0
    freedom = count - 1 if between > within else sum(each.freedom for each in means)
    return _Mean(float(np.mean([each.mean for each in means])), math.sqrt(max(within, between)), freedom)


def _estimate(difference: float, error: float, freedom: float) -> Estimate:
    reach = _student(freedom) * error
    smallest = (_student(freedom) + Z_POWER) * error
    return Estimate(difference, error, difference - reach, difference + reach, smallest)


def _student(freedom: float) -> float:
    """Quantile 0.975 of Student's t, by the first terms of its expansion in the normal quantile.

    Source: Abramowitz and Stegun, 26.7.5; within 3 % from 3 degrees of freedom on.
    """
    z, v = Z_INTERVAL, max(freedom, 1.0)
    if math.isinf(v):
        return z
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / v + second / v**2 + third / v**3
