"""A reward of few points: what they show when each carries its own error, and what is missing when they do not.

A chunk of a managed job is the mean of hundreds of rollouts: three of them can show a collapse or a rise that fifteen
steps of a few rollouts could not.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from rft_cli.curves.evidence import above, reward_scale, symptom
from rft_cli.curves.series import Array, Series
from rft_cli.curves.symptom import Context, Symptom
from rft_cli.curves.thresholds import Thresholds
from rft_cli.curves.trend import TINY

FEWEST = 3
"""Points below which a rise and a level, or a peak and a fall, are the same picture."""


def few_point_symptoms(series: Series, context: Context, limits: Thresholds) -> list[Symptom]:
    """The symptoms of fewer points than a trend takes."""
    values, errors = series.get("reward_mean"), _errors(series, context)
    if errors is None or values.size < FEWEST:
        return [_too_short(series, limits)]
    steps = series.at("reward_mean")
    found = _collapse(steps, values, errors, limits) or _rise(steps, values, errors, context, limits)
    return [found or _too_short(series, limits, _gain(values, errors))]


def _errors(series: Series, context: Context) -> Array | None:
    """Standard errors of the points: their own, or from the spread of a step's rewards and the prompts behind it.

    Counting prompts instead of rollouts is right when the answers to one prompt score all alike, and too careful otherwise.
    """
    own = series.error("reward_mean")
    spread = series.get("reward_std")
    if own is not None or not context.prompts_per_step or spread.size != series.n_points:
        return own
    errors: Array = spread / np.sqrt(context.prompts_per_step)
    return errors


def _collapse(steps: Array, values: Array, errors: Array, limits: Thresholds) -> Symptom | None:
    peak = int(np.argmax(values[:-1]))
    drop = float(values[peak] - values[-1])
    in_errors = _in_errors(drop, errors[peak], errors[-1])
    of_range = drop / max(float(np.ptp(values)), TINY)
    of_peak = drop / max(abs(float(values[peak])), TINY)
    if in_errors < limits.own_errors or of_range < limits.collapse_drop or of_peak < limits.collapse_of_peak:
        return None
    return symptom(
        "spike_then_collapse",
        steps[peak],
        min(above(in_errors, limits.own_errors), above(of_range, limits.collapse_drop)),
        peak=float(values[peak]),
        end=float(values[-1]),
        drop_in_standard_errors=in_errors,
        drop_of_range=of_range,
        points=values.size,
    )


def _rise(steps: Array, values: Array, errors: Array, context: Context, limits: Thresholds) -> Symptom | None:
    gain = float(values[-1] - values[0])
    in_errors = _in_errors(gain, errors[0], errors[-1])
    if in_errors < limits.own_errors or gain < limits.own_gain * reward_scale(values, context):
        return None
    last = float(values[-1] - values[-2])
    even = gain / (values.size - 1)
    climbing = last >= even / 2 and _in_errors(last, errors[-2], errors[-1]) >= limits.held_out_errors
    return symptom(
        "still_climbing_at_end" if climbing else "healthy_rising_then_plateau",
        steps[0] if climbing else steps[int(np.argmax(values >= values[0] + 0.9 * gain))],
        above(in_errors, limits.own_errors),
        gain=gain,
        gain_in_standard_errors=in_errors,
        last_gain=last,
        level=float(values[-1]),
        points=values.size,
    )


def _gain(values: Array, errors: Array) -> dict[str, float]:
    """What the points show although it is too little: it says how much is missing."""
    gain = float(values[-1] - values[0])
    return {"gain": gain, "gain_in_standard_errors": _in_errors(gain, errors[0], errors[-1])}


def _too_short(
    series: Series, limits: Thresholds, seen: Mapping[str, float] = MappingProxyType({})
) -> Symptom:
    n = series.n_points
    steps = series.at("reward_mean")
    return symptom(
        "too_short_to_tell",
        steps[0] if n else 0,
        1 - n / (2 * limits.fewest_points),
        points=n,
        points_needed=int(limits.fewest_points) - n,
        **seen,
    )


def _in_errors(difference: float, first: float, second: float) -> float:
    return difference / max(float(np.hypot(first, second)), TINY)
