"""What the order of one metric's points says: noise, fifths, smoothed course, late slope. Pure, on arrays of shape (n,)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rft_cli.curves.series import Array

FIFTHS = 5
"""Parts that a run is compared in: few enough that choosing the best of them inflates no test, enough to see a peak."""

SMOOTH_SHARE = 10
"""A smoothed course averages a tenth of the run …"""
SMOOTH_LEAST = 3
"""… and at least three points."""

MOST_BLOCKS = 60
"""Blocks for the pairwise slopes: their number is squared."""

START_SHARE = 20
"""A twentieth of the run is its start, for rises that are over within the first fifth …"""
START_LEAST = 3
"""… and at least three points."""

ERROR_BLOCKS = 20
"""Blocks whose scatter shows noise that lasts longer than a step: four in each fifth."""

TINY = 1e-12
"""Stands in for a noise or a range of zero."""


class Trend(NamedTuple):
    """One metric's course in the numbers that the detectors compare."""

    n: int
    noise: float
    """Standard deviation of a point about the trend, from successive differences, so that a rise adds nothing to it."""
    fifths: Array
    """Mean of each fifth, shape (5,)."""
    gain: float
    """Last fifth minus first."""
    error: float
    """Standard error of a difference between two fifths; the larger of what steps and what blocks of steps scatter, as rewards
    that drift for a while are no independent draws."""
    course_range: float
    """Range of the smoothed course."""
    start: float
    """Mean of the first twentieth."""
    gain_from_start: float
    """Second half minus start."""
    start_error: float
    """Standard error of that."""

    @property
    def gain_in_errors(self) -> float:
        """How many standard errors the run gained."""
        return self.gain / max(self.error, TINY)

    @property
    def early_gain_in_errors(self) -> float:
        """How many standard errors the second half lies above the start."""
        return self.gain_from_start / max(self.start_error, TINY)


def trend(values: Array) -> Trend:
    """Summarise a metric that was logged at least `FIFTHS` times."""
    fifths = np.array([part.mean() for part in np.array_split(values, FIFTHS)])
    noise = _noise(values)
    course = smooth(values)
    means = blocks(values, ERROR_BLOCKS)
    error = max(noise / np.sqrt(values.size), _noise(means) / np.sqrt(means.size)) * np.sqrt(2 * FIFTHS)
    start, half = values[: max(START_LEAST, values.size // START_SHARE)], values[values.size // 2 :]
    return Trend(
        n=values.size,
        noise=noise,
        fifths=fifths,
        gain=float(fifths[-1] - fifths[0]),
        error=float(error),
        course_range=float(np.ptp(course)),
        start=float(start.mean()),
        gain_from_start=float(half.mean() - start.mean()),
        start_error=float(noise * np.sqrt(1 / start.size + 1 / half.size)),
    )


def _noise(values: Array) -> float:
    return float(np.diff(values).std() / np.sqrt(2))


def smooth(values: Array) -> Array:
    """The centred running mean, shape (n,); at the ends over what there is."""
    n = values.size
    half = max(SMOOTH_LEAST, n // SMOOTH_SHARE) // 2
    total = np.concatenate(([0.0], np.cumsum(values)))
    index = np.arange(n)
    low, high = np.maximum(index - half, 0), np.minimum(index + half + 1, n)
    mean: Array = (total[high] - total[low]) / (high - low)
    return mean


def blocks(values: Array, most: int) -> Array:
    """Means of at most so many consecutive blocks of nearly equal length."""
    if values.size <= most:
        return values
    edges = np.linspace(0, values.size, most + 1).round().astype(int)
    means: Array = np.add.reduceat(values, edges[:-1]) / np.diff(edges)
    return means


def slope_rise(values: Array) -> float:
    """Rise over the whole of the values along the median of all pairwise slopes (Theil 1950, Sen 1968)."""
    means = blocks(values, MOST_BLOCKS)
    first, second = np.triu_indices(means.size, 1)
    return float(np.median((means[second] - means[first]) / (second - first))) * means.size


def first_reaching(course: Array, level: float, *, falling: bool = False) -> int:
    """Index at which a course first is at or above a level (at or below when falling); its last index if it never is."""
    hits = np.flatnonzero(course <= level if falling else course >= level)
    return int(hits[0]) if hits.size else course.size - 1
