"""What more steps are expected to bring: the fitted curve goes on, with an interval that was calibrated on cut runs.

A curve alone says little about what comes next. The gain is therefore shrunk, and printed with its measured reliability.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rft_cli.curves.series import Series

Array = NDArray[np.float64]

FEWEST_POINTS = 15
"""Below it nothing is fitted. Chosen: three points for each fifth of the run."""
EXTRA = 0.5
"""The share of more steps that the forecast is stated and was measured for."""
MOST_FITTED = 200
"""Points that are fitted; longer runs are averaged down to so many. Chosen: the fit gains nothing from more."""
RATES = tuple(float(rate) for rate in np.geomspace(0.3, 30, 13))
"""Rates of the saturating curves that are fitted, per length of the run: from hardly bent to level after a tenth. Chosen."""
PENALTY = 2.0
"""Of each free parameter, in units of squared residuals over their variance. Source: Akaike's criterion."""

EXACT = 1e-9
"""Share of a run's variance below which what a curve leaves over counts as rounding. Chosen."""

SHRINKAGE = 0.5
"""Of the fitted gain; least-squares slope of what came on what was fitted, 0.52. Source: benchmarks/results/forecast.md."""
MODEL_ERROR = 0.1
"""What no curve knows, as a share of the range that the run covered so far. Chosen with `WIDTH`."""
WIDTH = 1.5
"""Standard deviations on each side of an interval that holds 80 % of what comes. Source: benchmarks/results/forecast.md."""
COVERAGE = 0.8


class Term(NamedTuple):
    """One fitted curve, level + rise · (1 − exp(−rate · t)), t = 1 at the end of the run; rate 0 is a line, rise · t."""

    weight: float
    rise: float
    rate: float

    def gain(self, extra: float) -> float:
        """Mean of the later half of so much more, above the mean of the run's last fifth."""
        after, last = (_mean(self.rate, *span) for span in ((1 + extra / 2, 1 + extra), (0.8, 1.0)))
        return self.rise * (after - last)


class Forecast(NamedTuple):
    """The reward after 50 % more steps of the same kind."""

    level: float
    """Mean reward of the last fifth of the run."""
    gain: float
    """Expected above that level."""
    low: float
    high: float
    """Ends of the 80 % interval of the gain."""
    terms: tuple[Term, ...]
    ceiling: float = math.inf
    """The most that the evaluator gives."""

    def gain_after(self, extra: float) -> float:
        """Expected gain after so much more, in lengths of the run; measured for 0.5 only."""
        fitted = SHRINKAGE * sum(term.weight * term.gain(extra) for term in self.terms)
        return min(fitted, max(self.ceiling - self.level, 0.0))


def forecast(series: Series, *, ceiling: float = math.inf) -> Forecast | None:
    """What half as many steps again are expected to bring; None for a run that is too short to say.

    Args:
        series: of the run.
        ceiling: highest reward that the evaluator can give.
    """
    steps, rewards = series.at("reward_mean"), series.get("reward_mean")
    if rewards.size < FEWEST_POINTS:
        return None
    times = np.arange(1, rewards.size + 1) / rewards.size if steps[0] == steps[-1] else _times(steps)
    terms = _fit(*_thinned(times, rewards))
    size = max(rewards.size // 5, 1)
    level = float(rewards[-size:].mean())
    gains = np.array([term.gain(EXTRA) for term in terms])
    weights = np.array([term.weight for term in terms])
    spread = SHRINKAGE * math.sqrt(float(weights @ (gains - weights @ gains) ** 2))
    ahead = max(int(rewards.size * EXTRA / 2), 1)
    error = math.hypot(
        _noise(rewards) * math.sqrt(1 / size + 1 / ahead), spread, MODEL_ERROR * _range(rewards)
    )
    found = Forecast(level, 0.0, 0.0, 0.0, terms, ceiling)
    gain, room = found.gain_after(EXTRA), max(ceiling - level, 0.0)
    # The interval spans from the shrunk gain to the fitted one: some runs do go on as they went.
    ends = (gain, gain / SHRINKAGE)
    return found._replace(gain=gain, low=min(ends) - WIDTH * error, high=min(max(ends) + WIDTH * error, room))


def _times(steps: Array) -> Array:
    """Steps as shares of the run, the last one 1."""
    first = steps[0] - (steps[1] - steps[0])
    shares: Array = (steps - first) / (steps[-1] - first)
    return shares


def _thinned(times: Array, rewards: Array) -> tuple[Array, Array]:
    if rewards.size <= MOST_FITTED:
        return times, rewards
    edges = np.linspace(0, rewards.size, MOST_FITTED + 1).astype(int)
    counts = np.diff(edges)
    return np.add.reduceat(times, edges[:-1]) / counts, np.add.reduceat(rewards, edges[:-1]) / counts


def _fit(times: Array, rewards: Array) -> tuple[Term, ...]:
    """A level, a line and saturating curves, weighted by how well each fits for the parameters it takes."""
    terms, losses, sizes = [Term(1.0, 0.0, 0.0)], [float(np.sum((rewards - rewards.mean()) ** 2))], [1]
    for rate in (0.0, *RATES):
        shape = times if rate == 0.0 else 1 - np.exp(-rate * times)
        away, gain = shape - shape.mean(), rewards - rewards.mean()
        rise = float(away @ gain / (away @ away))
        terms.append(Term(1.0, rise, rate))
        losses.append(float(np.sum((gain - rise * away) ** 2)))
        sizes.append(2 if rate == 0.0 else 3)
    variance = max(min(losses) / max(rewards.size - 3, 1), EXACT * losses[0], np.finfo(float).tiny)
    scores = np.array(losses) / variance + PENALTY * np.array(sizes)
    weights = np.exp(-0.5 * (scores - scores.min()))
    # The saturating curves are one family: together they have the say of one.
    weights[2:] /= len(RATES)
    weights /= weights.sum()
    return tuple(term._replace(weight=float(weight)) for term, weight in zip(terms, weights, strict=True))


def _mean(rate: float, start: float, end: float) -> float:
    """The mean of a curve's shape between two times."""
    if rate == 0.0:
        return (start + end) / 2
    return 1 - (math.exp(-rate * start) - math.exp(-rate * end)) / (rate * (end - start))


def _noise(rewards: Array) -> float:
    """Standard deviation from point to point, whatever the trend."""
    return float(np.std(np.diff(rewards)) / math.sqrt(2))


def _range(rewards: Array) -> float:
    """What the smoothed curve covers, a tenth of the run wide."""
    width = max(3, rewards.size // 10)
    return float(np.ptp(np.convolve(rewards, np.ones(width) / width, "valid")))
