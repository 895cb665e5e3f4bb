"""How much a reward would still gain if the run went on: an average over rising shapes, each weighed by how well it fits.

A shape rises at once and saturates, or takes off later; all of them level off sooner or later. No single fit is chosen:
where the noise leaves several shapes possible, the expectation lies between theirs.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from rft_cli.curves.series import Array
from rft_cli.curves.trend import blocks, slope_rise

AHEAD = 0.5
"""How far to look, as a share of the run so far."""

RATES = (0.03, 0.05, 0.08, 0.12, 0.18, 0.27, 0.4, 0.6, 1.0, 2.0, 8.0)
"""Time constants of ``1 − exp(−t/τ)`` in lengths of the run, evenly spaced in their logarithm; 8 is a straight line."""
CENTRES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
WIDTHS = (0.03, 0.06, 0.12, 0.2)
"""Centres and widths of logistic rises in lengths of the run."""
STEEPEST = 0.55
"""A shape that expects a larger share of its own gain is left out: faster than a straight line cannot be told from noise."""

STARTS = (0.0, 0.2)
"""Parts of the run to leave out at the front: the first steps often rise for reasons of their own (a format is learned)."""
STRAIGHT = 0.1
"""Weight of a straight line through the late part, for slow rises that no saturating shape describes. Chosen on generated
curves: rises that go on are told from those that end best between 0.05 and 0.2."""
MOST_BLOCKS = 40
"""Points the shapes are compared at; more only cost time."""


class _Shapes(NamedTuple):
    """Rising shapes at the times of the points, and what each expects."""

    at: Array
    """Shape (shapes, times)."""
    ahead: Array
    """Rise from the end of the run over `AHEAD` of it, shape (shapes,)."""


def rise_ahead(values: Array) -> float:
    """Gain to expect of half as many points again, in units of the values.

    Args:
        values: the reward, shape (n,), n ≥ 5.
    """
    fitted = np.mean([_fitted(values, start) for start in STARTS])
    late = values[values.size // 2 :]
    fifth = max(1, values.size // 5)
    steps = values[-fifth:].mean() - values[-2 * fifth : -fifth].mean()
    straight = (slope_rise(late) * AHEAD / 0.5 + steps * AHEAD / 0.2) / 2
    return float((1 - STRAIGHT) * fitted + STRAIGHT * straight)


def _fitted(values: Array, start: float) -> float:
    used = values[int(values.size * start) :]
    means = blocks(used, MOST_BLOCKS)
    shapes = _shapes(means.size, start)
    centred = shapes.at - shapes.at.mean(axis=1, keepdims=True)
    target = means - means.mean()
    height = np.maximum(centred @ target / (centred**2).sum(axis=1), 0.0)
    misfit = ((target - height[:, None] * centred) ** 2).sum(axis=1)
    variance = max(float(np.var(np.diff(means))) / 2, float(misfit.min()) / max(means.size - 3, 1), 1e-24)
    weight = np.exp(-(misfit - misfit.min()) / (2 * variance))
    return float((weight * height * shapes.ahead).sum() / weight.sum())


@cache
def _shapes(n: int, start: float) -> _Shapes:
    times = start + (1 - start) * (np.arange(n) + 0.5) / n
    times = np.concatenate((times, (start, 1.0, 1.0 + AHEAD)))
    rates, centres, widths = np.array(RATES), np.array(CENTRES), np.array(WIDTHS)
    saturating = 1 - np.exp(-times / rates[:, None])
    late = 1 / (1 + np.exp(-(times - centres[:, None, None]) / widths[:, None]))
    at = np.concatenate((saturating, late.reshape(-1, times.size)))
    within, ahead = at[:, -2] - at[:, -3], at[:, -1] - at[:, -2]
    kept = ahead <= STEEPEST * within
    return _Shapes(at[kept, :n], ahead[kept])
