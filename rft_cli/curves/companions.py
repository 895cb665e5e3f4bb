"""Symptoms of the metrics beside the reward: cut answers, length, KL, entropy, memory, answers far below their limit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rft_cli.curves.evidence import above, below, symptom
from rft_cli.curves.series import Array, Series
from rft_cli.curves.symptom import Context, Symptom
from rft_cli.curves.thresholds import Thresholds
from rft_cli.curves.trend import TINY, first_reaching, smooth

Detector = Callable[[Series, Context, Thresholds], Symptom | None]

FEWEST = 5
"""Points below which the start and the end of a metric are the same points."""


def truncation(series: Series, context: Context, limits: Thresholds) -> Symptom | None:
    """Answers that are cut, counted or read from lengths that pile up."""
    share = series.get("truncated_fraction")
    if not share.size:
        return _piled_up(series, context, limits)
    level = max(float(share[share.size // 2 :].mean()), float(share[-max(1, share.size // 3) :].mean()))
    if level < limits.truncated:
        return None
    onset = series.at("truncated_fraction")[first_reaching(smooth(share), limits.truncated)]
    return symptom("truncation", onset, above(level, limits.truncated), truncated_fraction=level)


def _piled_up(series: Series, context: Context, limits: Thresholds) -> Symptom | None:
    length = series.get("completion_length_mean")
    longest = series.get("completion_length_max")
    if length.size < FEWEST:
        return None
    cap = context.parameters.get("rollout.max_tokens") or float(max(length.max(), *longest, 0.0))
    near = float(length[length.size // 2 :].mean()) / max(cap, TINY)
    at_cap = float(np.mean((longest if longest.size else length) >= 0.999 * cap))
    if near < limits.capped_mean or at_cap < limits.capped_rows:
        return None
    onset = series.at("completion_length_mean")[first_reaching(smooth(length), limits.capped_mean * cap)]
    return symptom(
        "truncation",
        onset,
        min(0.75, above(near, limits.capped_mean)),
        mean_length_of_cap=near,
        points_at_cap=at_cap,
        cap=cap,
    )


def length_blowup(series: Series, _context: Context, limits: Thresholds) -> Symptom | None:
    """Answers that became much longer."""
    length = series.get("completion_length_mean")
    if length.size < limits.fewest_points:
        return None
    start, end = _head(length, 10), _tail(length, 5)
    growth = end / max(start, TINY)
    if growth < limits.length_growth:
        return None
    onset = series.at("completion_length_mean")[
        first_reaching(smooth(length), start * (1 + limits.length_growth) / 2)
    ]
    return symptom(
        "length_blowup", onset, above(growth, limits.length_growth), start=start, end=end, growth=growth
    )


def kl_blowup(series: Series, _context: Context, limits: Thresholds) -> Symptom | None:
    """A policy that went far from its reference, in a burst or for good."""
    kl = series.get("kl")
    if kl.size < FEWEST:
        return None
    largest, start, end = float(kl.max()), _head(kl, 10), _tail(kl, 5)
    steps = series.at("kl")
    stays = end >= limits.kl_high and end >= limits.kl_growth * start
    if largest < limits.kl_burst and not stays:
        return None
    onset = int(np.argmax(kl >= limits.kl_burst))
    if largest < limits.kl_burst:
        onset = first_reaching(smooth(kl), max(limits.kl_high, limits.kl_growth * start))
    sure = above(largest, limits.kl_burst) if largest >= limits.kl_burst else above(end, limits.kl_high)
    return symptom("kl_blowup", steps[onset], sure, largest=largest, start=start, end=end)


def entropy_collapse(series: Series, _context: Context, limits: Thresholds) -> Symptom | None:
    """A policy that hardly explores any more, compared with its own start."""
    entropy = series.get("entropy")
    if entropy.size < FEWEST:
        return None
    start, end = _head(entropy, 20), _tail(entropy, 10)
    left = end / max(start, TINY)
    if start <= 0 or left > limits.entropy_left:
        return None
    onset = series.at("entropy")[first_reaching(smooth(entropy), start * limits.entropy_left, falling=True)]
    return symptom(
        "entropy_collapse", onset, below(left, limits.entropy_left), start=start, end=end, left=left
    )


def memory_headroom(series: Series, context: Context, limits: Thresholds) -> Symptom | None:
    """Accelerator memory that the run never came near to using."""
    share, used = series.get("memory_fraction"), series.get("memory_gib")
    if share.size:
        most = float(share.max())
    elif used.size and context.memory_limit_gib:
        most = float(used.max()) / context.memory_limit_gib
    else:
        return None
    free = 1 - most
    if free <= limits.headroom:
        return None
    return symptom("memory_headroom", series.steps[0], above(free, limits.headroom), headroom=free, used=most)


def short_outputs(series: Series, context: Context, limits: Thresholds) -> Symptom | None:
    """A limit that even the longest answers stay far below."""
    limit = context.parameters.get("rollout.max_tokens")
    lengths = series.get("completion_length_max")
    if not limit or not lengths.size:
        return None
    longest = float(np.quantile(lengths, 0.99))
    used = longest / limit
    if used > limits.short:
        return None
    return symptom(
        "short_outputs", series.steps[0], below(used, limits.short), longest=longest, limit=limit, used=used
    )


DETECTORS: tuple[Detector, ...] = (
    truncation,
    length_blowup,
    kl_blowup,
    entropy_collapse,
    memory_headroom,
    short_outputs,
)


def _head(values: Array, parts: int) -> float:
    return float(values[: max(1, values.size // parts)].mean())


def _tail(values: Array, parts: int) -> float:
    return float(values[-max(1, values.size // parts) :].mean())
