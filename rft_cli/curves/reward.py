"""The one shape of a reward's course, and what goes with it: which detector is asked first, and the collapse."""

from __future__ import annotations

import numpy as np

from rft_cli.curves.course import Reward
from rft_cli.curves.evidence import above, symptom
from rft_cli.curves.rise import rise
from rft_cli.curves.standstill import cannot_tell, full, low, no_signal, noise
from rft_cli.curves.symptom import Symptom
from rft_cli.curves.trend import TINY


def reward_symptoms(reward: Reward) -> list[Symptom]:
    """One shape, the first that holds, with its companions: collapse, no signal, rise, at the bound, standstill, noise."""
    if (fallen := collapse(reward)) is not None:
        return _known(fallen, no_signal(reward))
    if (silent := no_signal(reward)) is not None:
        return [silent]
    if risen := rise(reward):
        return _known(*risen, noise(reward))
    if (at_bound := full(reward)) is not None:
        return [at_bound]
    if (still := low(reward)) is not None:
        return _known(still, noise(reward))
    return [cannot_tell(reward)]


def _known(*found: Symptom | None) -> list[Symptom]:
    return [entry for entry in found if entry is not None]


def collapse(reward: Reward) -> Symptom | None:
    """A reward that lost most of what it had gained, or had begun with."""
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
