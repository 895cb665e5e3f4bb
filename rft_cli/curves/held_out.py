"""The held-out reward against the training reward: the one symptom that training metrics alone cannot show."""

from __future__ import annotations

import numpy as np

from rft_cli.curves.evidence import above, reward_scale, symptom
from rft_cli.curves.series import Array, Series
from rft_cli.curves.symptom import Context, Symptom
from rft_cli.curves.thresholds import Thresholds
from rft_cli.curves.trend import TINY, smooth

FEWEST_WITHOUT_ERRORS = 5
"""Evaluations from whose own scatter an error can be estimated."""


def overfitting(series: Series, context: Context, limits: Thresholds) -> Symptom | None:
    """A held-out reward that falls from its best while the training reward does not."""
    held, steps = series.get("evaluation_reward"), series.at("evaluation_reward")
    reward = series.get("reward_mean")
    if held.size < 2 or reward.size < 2:
        return None
    error = _errors(series, held)
    if error is None:
        return None
    best = int(np.argmax(held[:-1]))
    fall = float(held[best] - held[-1])
    in_errors = fall / max(float(np.hypot(error[best], error[-1])), TINY)
    share = fall / reward_scale(np.concatenate((held, reward)), context)
    course = smooth(reward)
    at = int(np.searchsorted(series.at("reward_mean"), steps[best]))
    kept = float(course[-1] - course[min(at, course.size - 1)])
    if in_errors < limits.held_out_errors or share < limits.held_out_fall or kept < -fall / 2:
        return None
    return symptom(
        "overfitting",
        steps[best],
        min(above(in_errors, limits.held_out_errors), above(share, limits.held_out_fall)),
        best=float(held[best]),
        end=float(held[-1]),
        fall_in_standard_errors=in_errors,
        training_gain_since=kept,
    )


def _errors(series: Series, held: Array) -> Array | None:
    own = series.error("evaluation_reward")
    if own is not None:
        return own
    if held.size < FEWEST_WITHOUT_ERRORS:
        return None
    return np.full(held.size, float(np.diff(held).std() / np.sqrt(2)))
