"""Generated runs: reward curves of known shape with known noise, and the metrics that go with them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rft_cli.curves.diagnose import diagnose
from rft_cli.curves.points import from_points
from rft_cli.curves.series import Series
from rft_cli.curves.symptom import Context, Symptom

Array = NDArray[np.float64]
Shape = Callable[[Array], Array]
"""Reward as a function of time, 0 to 1."""


def level(height: float = 0.5) -> Shape:
    return lambda time: np.full_like(time, height)


def saturating(low: float = 0.1, high: float = 0.7, constant: float = 0.12) -> Shape:
    return lambda time: low + (high - low) * (1 - np.exp(-time / constant))


def climb(low: float = 0.1, high: float = 0.7) -> Shape:
    return lambda time: low + (high - low) * time


def late_rise(low: float = 0.1, high: float = 0.7, centre: float = 0.8) -> Shape:
    return lambda time: low + (high - low) / (1 + np.exp(-(time - centre) / 0.08))


def collapse(low: float = 0.1, high: float = 0.7, at: float = 0.5) -> Shape:
    return lambda time: np.where(time < at, low + (high - low) * np.minimum(time / (at * 0.6), 1), low)


def run(
    shape: Shape,
    *,
    points: int = 120,
    noise: float = 0.05,
    seed: int = 0,
    lasting: float = 0.0,
    **metrics: Shape | float,
) -> Series:
    """A series with a reward of a shape and further metrics, each a shape or a constant.

    Args:
        shape: of the reward.
        points: logged steps.
        noise: standard deviation of one point.
        seed: of the noise.
        lasting: autocorrelation of the noise from one point to the next.
        metrics: canonical name → values.
    """
    generator = np.random.default_rng(seed)
    time = (np.arange(points) + 0.5) / points
    scatter = generator.normal(size=points)
    for place in range(1, points):
        scatter[place] = lasting * scatter[place - 1] + np.sqrt(1 - lasting**2) * scatter[place]
    columns = {"reward_mean": shape(time) + noise * scatter}
    for name, values in metrics.items():
        columns[name] = values(time) if callable(values) else np.full(points, values)
    rows = [
        {"step": place + 1, **{name: float(column[place]) for name, column in columns.items()}}
        for place in range(points)
    ]
    return from_points(rows)


def ids(series: Series, context: Context = Context()) -> set[str]:  # noqa: B008  an immutable value
    return {symptom.id for symptom in diagnose(series, context)}


def find(series: Series, id_: str, context: Context = Context()) -> Symptom:  # noqa: B008  an immutable value
    return next(symptom for symptom in diagnose(series, context) if symptom.id == id_)
