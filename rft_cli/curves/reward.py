"""Symptoms of the reward's own course: collapse, rise, plateau, no signal, noise. One shape is named, and what goes with it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rft_cli.curves.evidence import above, below, rate_left, reward_bounds, reward_scale, symptom
from rft_cli.curves.outlook import rise_ahead
from rft_cli.curves.series import Array, Series
from rft_cli.curves.symptom import Context, Symptom
from rft_cli.curves.thresholds import Thresholds
from rft_cli.curves.trend import FIFTHS, TINY, Trend, first_reaching, smooth, trend

RATE_SPENT = 0.1
"""Learning rate over its peak below which a plateau is at least partly the schedule's doing."""

PLATEAU_REACHED = 0.9
"""Share of the gain at which a run that levels off counts as level."""


class Reward(NamedTuple):
    """The reward's course with all that its detectors need."""

    series: Series
    context: Context
    steps: Array
    values: Array
    course: Array
    trend: Trend
    thresholds: Thresholds


def reward_course(series: Series, context: Context, thresholds: Thresholds) -> Reward:
    """Prepare the reward of a series with at least as many points as a trend takes."""
    values = series.get("reward_mean")
    return Reward(
        series, context, series.at("reward_mean"), values, smooth(values), trend(values), thresholds
    )


def reward_symptoms(reward: Reward) -> list[Symptom]:
    """The shape of the reward's course, and what goes with it."""
    collapse, silent = _collapse(reward), _no_signal(reward)
    if collapse:
        return [collapse, *([silent] if silent else [])]
    if silent:
        return [silent]
    rise = _rise(reward)
    noise = _noise(reward)
    if not rise and (full := _saturated(reward, "level from the start")):
        return [full]
    if rise:
        return [*rise, *([noise] if noise else [])]
    low = _low(reward)
    if low:
        return [low, *([noise] if noise else [])]
    return [noise or _cannot_tell(reward)]


def _collapse(reward: Reward) -> Symptom | None:
    limits, run = reward.thresholds, reward.trend
    best = int(np.argmax(run.fifths[:-1]))
    peak, last = float(run.fifths[best]), float(run.fifths[-1])
    drop = peak - last
    of_range = drop / max(float(np.ptp(run.fifths)), TINY)
    in_errors = drop / max(run.error, TINY)
    of_peak = drop / max(abs(peak), TINY)
    if (
        of_range < limits.collapse_drop
        or in_errors < limits.collapse_errors
        or of_peak < limits.collapse_of_peak
    ):
        return None
    high = np.flatnonzero(reward.course >= peak - drop / 4)
    onset = int(high[-1]) if high.size else 0
    return symptom(
        "spike_then_collapse",
        reward.steps[onset],
        min(above(of_range, limits.collapse_drop), above(in_errors, limits.collapse_errors)),
        peak=peak,
        end=last,
        drop_in_standard_errors=in_errors,
        drop_of_range=of_range,
    )


def _no_signal(reward: Reward) -> Symptom | None:
    limits, series = reward.thresholds, reward.series
    same = series.get("zero_variance_group_fraction")
    spread = series.get("reward_std")
    share = _second_half(same)
    relative = (
        float(np.median(spread)) / reward_scale(reward.values, reward.context) if spread.size else np.nan
    )
    alike = np.ptp(reward.values) == 0
    if not (alike or share >= limits.no_variance or relative < limits.no_spread):
        return None
    if _has_risen(reward) and not alike:
        return None
    kind = _kind_of_silence(reward)
    if kind == "all_succeed":
        return _saturated(reward, "level from the start")
    onset = reward.steps[0]
    if share >= limits.no_variance:
        steps = series.at("zero_variance_group_fraction")
        onset = steps[first_reaching(smooth(same), limits.no_variance)]
    sure = max(
        above(share, limits.no_variance) if share >= limits.no_variance else 0.0,
        below(relative, limits.no_spread) if relative < limits.no_spread else 0.0,
        1.0 if alike else 0.0,
    )
    return symptom(
        "flat_no_signal",
        onset,
        sure,
        kind=kind,
        zero_variance_group_fraction=share,
        reward_std_of_scale=relative,
        level=float(reward.values.mean()),
        identical_points=int(alike),
    )


def _kind_of_silence(reward: Reward) -> str:
    """Whether the groups are alike because everything succeeds, because everything fails, or for a reason not seen."""
    good, bad = (_second_half(reward.series.get(name)) for name in ("all_good_fraction", "all_bad_fraction"))
    if np.isfinite(good) and np.isfinite(bad):
        return "all_succeed" if good > bad else "all_fail"
    bounds = reward_bounds(reward.values, reward.context)
    if bounds is None:
        return "alike"
    place = (reward.trend.fifths[-1] - bounds[0]) / (bounds[1] - bounds[0])
    if place >= reward.thresholds.saturated_level:
        return "all_succeed"
    return "all_fail" if place <= 1 - reward.thresholds.saturated_level else "alike"


def _has_risen(reward: Reward) -> bool:
    limits, run = reward.thresholds, reward.trend
    return run.gain_in_errors >= limits.risen or run.early_gain_in_errors >= limits.risen_early


def _rise(reward: Reward) -> list[Symptom]:
    limits, run = reward.thresholds, reward.trend
    ahead = min(rise_ahead(reward.values), _room(reward)) / max(run.course_range, TINY)
    shared = {
        "gain": run.gain,
        "gain_in_standard_errors": run.gain_in_errors,
        "expected_gain_of_half_as_many_steps": ahead,
        "learning_rate_left": rate_left(reward.series),
    }
    if run.gain_in_errors >= limits.risen_climbing and ahead >= limits.climbing:
        onset = reward.steps[first_reaching(reward.course, run.fifths[0] + run.gain / 10)]
        sure = min(above(ahead, limits.climbing), above(run.gain_in_errors, limits.risen_climbing))
        return [symptom("still_climbing_at_end", onset, sure, **shared)]
    if not _has_risen(reward):
        return []
    reached = _level_reached(reward)
    risen = max(
        above(run.gain_in_errors, limits.risen) if run.gain_in_errors >= limits.risen else 0.0,
        above(run.early_gain_in_errors, limits.risen_early),
    )
    level = symptom(
        "plateaued_early_low" if _early_and_low(reward, reached) else "healthy_rising_then_plateau",
        reward.steps[reached],
        min(risen, below(ahead, limits.climbing)),
        level=float(run.fifths[-1]),
        plateau_at_share_of_run=(reached + 1) / run.n,
        **shared,
    )
    saturated = _saturated(reward, "risen")
    return [level, *([saturated] if saturated else [])]


def _level_reached(reward: Reward) -> int:
    """Index from which on the rise counts as over."""
    run = reward.trend
    start = min(run.start, float(run.fifths[0]))
    return first_reaching(reward.course, start + PLATEAU_REACHED * (float(run.fifths[-1]) - start))


def _room(reward: Reward) -> float:
    """What the bounds of the reward leave to gain; without known bounds, no limit."""
    bounds = reward_bounds(reward.values, reward.context)
    return max(bounds[1] - float(reward.trend.fifths[-1]), 0.0) if bounds else np.inf


def _early_and_low(reward: Reward, reached: int) -> bool:
    """Whether a rise ended early and below what the evaluator is declared to give, with the rate still up."""
    limits, bounds = reward.thresholds, reward.context.reward_range
    if bounds is None or (reached + 1) / reward.trend.n >= limits.early:
        return False
    place = (reward.trend.fifths[-1] - bounds[0]) / max(bounds[1] - bounds[0], TINY)
    rate = reward.series.values.get("learning_rate")
    if rate is None or not np.isfinite(rate).any():
        return place < limits.low_level and not reward.context.rate_ends_at_zero
    spent = np.nanmean(rate[np.searchsorted(reward.series.steps, reward.steps[reached]) :]) / np.nanmax(rate)
    return place < limits.low_level and bool(spent >= RATE_SPENT)


def _saturated(reward: Reward, how: str) -> Symptom | None:
    """Whether what was there to gain is gained: by the bounds, or by groups that no longer differ at the top of the range."""
    limits, run, series = reward.thresholds, reward.trend, reward.series
    bounds = reward_bounds(reward.values, reward.context)
    place = (run.fifths[-1] - bounds[0]) / (bounds[1] - bounds[0]) if bounds else np.nan
    same = _last_fifth(series.get("zero_variance_group_fraction"))
    spread = series.get("reward_std")
    left = (
        _last_fifth(spread) / max(float(trend(spread).fifths[0]), TINY) if spread.size >= FIFTHS else np.nan
    )
    reach = run.gain / max(float(reward.values.max() - run.fifths[0]), TINY)
    risen = how == "risen" and reach >= limits.saturated_reach
    sure = max(
        above(place, limits.saturated_level) if place >= limits.saturated_level else 0.0,
        above(same, limits.saturated_variance) if risen and same >= limits.saturated_variance else 0.0,
        below(left, limits.saturated_spread) if risen and left <= limits.saturated_spread else 0.0,
    )
    if not sure:
        return None
    onset = _level_reached(reward) if how == "risen" else 0
    return symptom(
        "saturated_at_max",
        reward.steps[onset],
        sure,
        level=float(run.fifths[-1]),
        level_between_bounds=place,
        zero_variance_group_fraction=same,
        reward_std_left=left,
        how=how,
    )


def _low(reward: Reward) -> Symptom | None:
    limits, run, series = reward.thresholds, reward.trend, reward.series
    if _has_risen(reward):
        return None
    most = abs(run.gain) + 2 * run.error
    in_noises = most / max(run.noise, TINY)
    of_level = most / _level(reward)
    kl = series.get("kl")
    measured = kl.size >= limits.fewest_points and bool(kl.any())  # zeros throughout: logged, not measured
    moved = float(np.median(kl[kl.size // 2 :])) if measured else np.nan
    still = moved < limits.kl_still
    sure = max(
        below(in_noises, limits.flat) if in_noises <= limits.flat else 0.0,
        below(of_level, limits.flat_of_level) if of_level <= limits.flat_of_level else 0.0,
        below(moved, limits.kl_still) if still else 0.0,
    )
    if not sure:
        return None
    rate = rate_left(series)
    return symptom(
        "plateaued_early_low",
        reward.steps[0],
        sure,
        level=float(run.fifths[-1]),
        gain=run.gain,
        largest_gain_in_noises=in_noises,
        largest_gain_of_level=of_level,
        kl=moved,
        policy_moved="no" if still else ("yes" if np.isfinite(moved) else ""),
        learning_rate_left=rate,
        rate_ends_at_zero=int(
            reward.context.rate_ends_at_zero
            if reward.context.rate_ends_at_zero is not None
            else rate < RATE_SPENT
        ),
    )


def _noise(reward: Reward) -> Symptom | None:
    limits, run = reward.thresholds, reward.trend
    of_gain = run.noise / max(run.gain, run.course_range / 2, TINY)
    of_level = run.noise / max(abs(float(reward.values.mean())), TINY)
    if of_gain < limits.noise_of_gain or of_level < limits.noise_of_level:
        return None
    sure = min(above(of_gain, limits.noise_of_gain), above(of_level, limits.noise_of_level))
    return _noisy(reward, sure)


def _cannot_tell(reward: Reward) -> Symptom:
    """The curve shows neither a rise nor that there is none."""
    return _noisy(reward, 0.5)


def _noisy(reward: Reward, confidence: float) -> Symptom:
    """The symptom, with the points that would shrink the error until the gain as it is, or its absence, mostly shows.

    One standard error more than the tests ask, so that chance leaves few runs without an answer again.
    """
    limits, run = reward.thresholds, reward.trend
    telling = max(abs(run.gain), limits.flat * run.noise, TINY) / (limits.risen + 1)
    needed = run.n * ((run.error / telling) ** 2 - 1)
    return symptom(
        "noisy_unstable",
        reward.steps[0],
        confidence,
        noise=run.noise,
        gain=run.gain,
        gain_low=run.gain - 2 * run.error,
        gain_high=run.gain + 2 * run.error,
        points=run.n,
        points_needed=max(int(np.ceil(needed)), 0),
    )


def _level(reward: Reward) -> float:
    """What a gain would have to be compared with to be worth a run: the declared width, or the level itself."""
    if reward.context.reward_range is not None:
        return reward_scale(reward.values, reward.context)
    return max(abs(float(reward.values.mean())), TINY)


def _second_half(values: Array) -> float:
    return float(values[values.size // 2 :].mean()) if values.size else float("nan")


def _last_fifth(values: Array) -> float:
    return float(values[-max(1, values.size // FIFTHS) :].mean()) if values.size else float("nan")
