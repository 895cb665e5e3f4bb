"""Small conventions that every detector follows: how sure, how evidence is rounded, what the scale of a reward is."""

from __future__ import annotations

import numpy as np

from rft_cli.curves.series import Array
from rft_cli.curves.symptom import Context, Symptom
from rft_cli.curves.trend import TINY

DIGITS = 4
"""Significant digits of evidence: more would claim what no curve holds."""

UNIT = (0.0, 1.0)
"""The bounds that a reward is taken to have when no value leaves them and the upper one is reached."""
UNIT_REACHED = 0.99


def above(value: float, threshold: float) -> float:
    """How sure a value above its threshold makes: 0.5 at the threshold, 0.75 at twice, 0.875 at four times of it."""
    return 1 - 0.5 * threshold / max(value, threshold, TINY)


def below(value: float, threshold: float) -> float:
    """The same for a value below its threshold: 0.5 at it, 0.75 at half of it, 1 at zero."""
    return 1 - 0.5 * max(value, 0.0) / max(threshold, TINY)


def symptom(id_: str, onset: float, confidence: float, **evidence: float | str) -> Symptom:
    """A symptom with its numbers rounded to what they are worth; what is not finite is left out."""
    kept = {key: _rounded(value) for key, value in evidence.items() if _says(value)}
    return Symptom(id_, int(onset), round(min(max(confidence, 0.0), 1.0), 3), kept)


def reward_bounds(values: Array, context: Context) -> tuple[float, float] | None:
    """The bounds of a reward: declared, or 0 and 1 where the values say so; None when unknown."""
    if context.reward_range is not None and context.reward_range[0] < context.reward_range[1]:
        return context.reward_range
    low, high = UNIT
    fits = values.size > 0 and values.min() >= low and UNIT_REACHED <= values.max() <= high
    return UNIT if fits else None


def reward_scale(values: Array, context: Context) -> float:
    """What a difference of rewards is large or small against: the declared width, or the size of what was seen."""
    if context.reward_range is not None:
        return max(context.reward_range[1] - context.reward_range[0], TINY)
    return max(abs(float(values.mean())), float(np.ptp(values)), TINY)


def _says(value: float | str) -> bool:
    return value != "" if isinstance(value, str) else bool(np.isfinite(value))


def _rounded(value: float | str) -> float | int | str:
    if isinstance(value, str | int):
        return value
    return float(f"{float(value):.{DIGITS}g}")
