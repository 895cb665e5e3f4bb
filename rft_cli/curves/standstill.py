"""Symptoms of a reward that did not rise: nothing to learn from, nothing left to learn, too slow, or too noisy to tell."""

from __future__ import annotations

import numpy as np

from rft_cli.curves.course import Reward, last_fifth, rate_left, second_half
from rft_cli.curves.evidence import above, below, reward_scale, symptom
from rft_cli.curves.symptom import Symptom
from rft_cli.curves.trend import TINY, first_reaching, smooth


def no_signal(reward: Reward) -> Symptom | None:
    """Groups whose answers score the same; as saturation where they do because all succeed."""
    limits, series = reward.thresholds, reward.series
    same = series.get("zero_variance_group_fraction")
    spread = series.get("reward_std")
    share = second_half(same)
    relative = (
        float(np.median(spread)) / reward_scale(reward.values, reward.context) if spread.size else np.nan
    )
    alike = np.ptp(reward.values) == 0
    if not (alike or share >= limits.no_variance or relative < limits.no_spread):
        return None
    if reward.has_risen and not alike:
        return None
    kind = _kind_of_silence(reward)
    if kind == "all_succeed":
        return _saturated_from_the_start(reward)
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
    good, bad = (second_half(reward.series.get(name)) for name in ("all_good_fraction", "all_bad_fraction"))
    if np.isfinite(good) and np.isfinite(bad):
        return "all_succeed" if good > bad else "all_fail"
    if reward.place >= reward.thresholds.saturated_level:
        return "all_succeed"
    return "all_fail" if reward.place <= 1 - reward.thresholds.saturated_level else "alike"


def full(reward: Reward) -> Symptom | None:
    """A reward that was at its upper bound all along."""
    at_bound = reward.place >= reward.thresholds.saturated_level
    return _saturated_from_the_start(reward) if at_bound else None


def _saturated_from_the_start(reward: Reward) -> Symptom:
    limits = reward.thresholds
    same = last_fifth(reward.series.get("zero_variance_group_fraction"))
    return symptom(
        "saturated_at_max",
        reward.steps[0],
        above(reward.place, limits.saturated_level) if reward.place >= limits.saturated_level else 0.5,
        how="level from the start",
        level=float(reward.trend.fifths[-1]),
        level_between_bounds=reward.place,
        zero_variance_group_fraction=same,
    )


def low(reward: Reward) -> Symptom | None:
    """A reward that was shown to stand still: within its noise, within its level, or by a policy that did not move."""
    limits, run, series = reward.thresholds, reward.trend, reward.series
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
        learning_rate_left=rate_left(series),
        rate_ends_at_zero=int(reward.rate_is_spent),
    )


def noise(reward: Reward) -> Symptom | None:
    """A reward that swings more from point to point than it changes."""
    limits, run = reward.thresholds, reward.trend
    of_gain = run.noise / max(run.gain, run.course_range / 2, TINY)
    of_level = run.noise / max(abs(float(reward.values.mean())), TINY)
    if of_gain < limits.noise_of_gain or of_level < limits.noise_of_level:
        return None
    sure = min(above(of_gain, limits.noise_of_gain), above(of_level, limits.noise_of_level))
    return symptom("noisy_unstable", reward.steps[0], sure, **_noise_evidence(reward))


def cannot_tell(reward: Reward) -> Symptom:
    """A reward that shows neither a rise nor that there is none, with the points that would mostly tell.

    So many as shrink the error until the gain as it is, or its absence, is one standard error clearer than the tests ask:
    chance then leaves few runs without an answer again.
    """
    limits, run = reward.thresholds, reward.trend
    telling = max(abs(run.gain), limits.flat * run.noise, TINY) / (limits.risen + 1)
    needed = max(int(np.ceil(run.n * ((run.error / telling) ** 2 - 1))), 0)
    noisy = noise(reward)
    sure = noisy.confidence if noisy else 0.5
    return symptom(
        "noisy_unstable", reward.steps[0], sure, **_noise_evidence(reward), points=run.n, points_needed=needed
    )


def _noise_evidence(reward: Reward) -> dict[str, float]:
    run = reward.trend
    return {
        "noise": run.noise,
        "gain": run.gain,
        "gain_low": run.gain - 2 * run.error,
        "gain_high": run.gain + 2 * run.error,
    }


def _level(reward: Reward) -> float:
    """What a gain would have to be compared with to be worth a run: the declared width, or the level itself."""
    if reward.context.reward_range is not None:
        return reward_scale(reward.values, reward.context)
    return max(abs(float(reward.values.mean())), TINY)
