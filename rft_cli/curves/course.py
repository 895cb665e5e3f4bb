"""The reward's course as its detectors see it: values, trend, limits, and the questions that several of them ask. Pure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rft_cli.curves.evidence import reward_bounds
from rft_cli.curves.series import Array, Series
from rft_cli.curves.symptom import Context
from rft_cli.curves.thresholds import Thresholds
from rft_cli.curves.trend import FIFTHS, Trend, first_reaching, smooth, trend

RATE_SPENT = 0.1
"""Learning rate over its peak below which a plateau is at least partly the schedule's doing."""

PLATEAU_REACHED = 0.9
"""Share of the gain at which a run that levels off counts as level."""


class Reward(NamedTuple):
    """The reward's course with all that its detectors need; arrays have the shape (points,)."""

    series: Series
    context: Context
    steps: Array
    values: Array
    course: Array
    """Smoothed values."""
    trend: Trend
    thresholds: Thresholds

    @property
    def has_risen(self) -> bool:
        """Whether the run gained more than its noise, over its fifths or right at its start."""
        limits, run = self.thresholds, self.trend
        return run.gain_in_errors >= limits.risen or run.early_gain_in_errors >= limits.risen_early

    @property
    def level_reached(self) -> int:
        """Index from which on a rise counts as over."""
        start, end = min(self.trend.start, float(self.trend.fifths[0])), float(self.trend.fifths[-1])
        return first_reaching(self.course, start + PLATEAU_REACHED * (end - start))

    @property
    def room(self) -> float:
        """What the bounds of the reward leave to gain; without known bounds, no limit."""
        bounds = reward_bounds(self.values, self.context)
        return max(bounds[1] - float(self.trend.fifths[-1]), 0.0) if bounds else np.inf

    @property
    def place(self) -> float:
        """Where the last fifth stands between the bounds of the reward, 0 to 1; NaN without known bounds."""
        bounds = reward_bounds(self.values, self.context)
        return (float(self.trend.fifths[-1]) - bounds[0]) / (bounds[1] - bounds[0]) if bounds else np.nan

    @property
    def rate_is_spent(self) -> bool:
        """Whether the learning rate runs out by the end, as declared or as logged."""
        if self.context.rate_ends_at_zero is not None:
            return self.context.rate_ends_at_zero
        return rate_left(self.series) < RATE_SPENT


def reward_course(series: Series, context: Context, thresholds: Thresholds) -> Reward:
    """Prepare the reward of a series with at least as many points as a trend takes."""
    values = series.get("reward_mean")
    return Reward(
        series, context, series.at("reward_mean"), values, smooth(values), trend(values), thresholds
    )


def rate_left(series: Series) -> float:
    """The learning rate at the end over its peak; NaN when it was not logged."""
    rate = series.get("learning_rate")
    return float(rate[-1] / rate.max()) if rate.size and rate.max() > 0 else float("nan")


def second_half(values: Array) -> float:
    """Mean of the second half; NaN without values."""
    return float(values[values.size // 2 :].mean()) if values.size else float("nan")


def last_fifth(values: Array) -> float:
    """Mean of the last fifth; NaN without values."""
    return float(values[-max(1, values.size // FIFTHS) :].mean()) if values.size else float("nan")
