"""Symptoms of a reward that rose: still climbing, level, level too early and too low, at the top of what there is."""

from __future__ import annotations

import numpy as np

from rft_cli.curves.course import RATE_SPENT, Reward, last_fifth, rate_left
from rft_cli.curves.evidence import above, below, symptom
from rft_cli.curves.outlook import rise_ahead
from rft_cli.curves.symptom import Symptom
from rft_cli.curves.trend import FIFTHS, TINY, first_reaching, trend


def rise(reward: Reward) -> list[Symptom]:
    """The symptoms of a rise; none when the reward has not risen."""
    limits, run = reward.thresholds, reward.trend
    ahead = min(rise_ahead(reward.values), reward.room) / max(run.course_range, TINY)
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
    if not reward.has_risen:
        return []
    reached = reward.level_reached
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
    full = _saturated_after_rise(reward)
    return [level, *([full] if full else [])]


def _early_and_low(reward: Reward, reached: int) -> bool:
    """Whether a rise ended early and below what the evaluator is declared to give, with the rate still up."""
    limits = reward.thresholds
    if reward.context.reward_range is None or (reached + 1) / reward.trend.n >= limits.early:
        return False
    rate = reward.series.get("learning_rate")
    since = rate[reward.series.at("learning_rate") >= reward.steps[reached]]
    spent = reward.rate_is_spent if not since.size else since.mean() < RATE_SPENT * rate.max()
    return reward.place < limits.low_level and not spent


def _saturated_after_rise(reward: Reward) -> Symptom | None:
    """At the bound; or level with the best single points, where groups no longer differ."""
    limits, run = reward.thresholds, reward.trend
    same = last_fifth(reward.series.get("zero_variance_group_fraction"))
    spread = reward.series.get("reward_std")
    first = float(trend(spread).fifths[0]) if spread.size >= FIFTHS else np.nan
    left = last_fifth(spread) / max(first, TINY)
    reach = run.gain / max(float(reward.values.max() - run.fifths[0]), TINY)
    arrived = reach >= limits.saturated_reach
    sure = max(
        above(reward.place, limits.saturated_level) if reward.place >= limits.saturated_level else 0.0,
        above(same, limits.saturated_variance) if arrived and same >= limits.saturated_variance else 0.0,
        below(left, limits.saturated_spread) if arrived and left <= limits.saturated_spread else 0.0,
    )
    if not sure:
        return None
    return symptom(
        "saturated_at_max",
        reward.steps[reward.level_reached],
        sure,
        how="risen",
        level=float(run.fifths[-1]),
        level_between_bounds=reward.place,
        zero_variance_group_fraction=same,
        reward_std_left=left,
    )
