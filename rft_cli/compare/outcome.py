"""What runs came to, compared: which may be compared, on what, and with which result. Pure; reads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rft_cli.compare.difference import Change, Side, difference
from rft_cli.config.resolved import value_at
from rft_cli.spec.parameters import MAX_TOKENS, TEMPERATURE, TOP_K, TOP_P

Array = NDArray[np.float64]

SAMPLING = (TEMPERATURE.path, TOP_P.path, TOP_K.path, MAX_TOKENS.path)
"""Parameters that change what a training reward measures: answers drawn otherwise score otherwise, learned or not."""
SEED = "experiment.seed"


class Evaluated(NamedTuple):
    """A held-out score."""

    mean: float
    standard_error: float
    n: int
    """Rows."""
    on_training_rows: bool = False
    """Whether nothing was held out."""


class Outcome(NamedTuple):
    """What one run came to."""

    label: str
    """As the user calls it."""
    side: Side | None
    """Its config and digests; None: metrics of a run of which nothing else is known."""
    steps: Array
    rewards: Array
    """Mean training reward at these steps."""
    evaluation: Evaluated | None
    """The newest held-out score after training began."""
    prompts_per_step: int | None = None
    state: str = ""
    """Where the run is in its life; empty: not known."""
    errors: Array | None = None
    """Standard errors of the rewards, where every one carries its own."""

    @property
    def seed(self) -> int:
        """Of sampling and data order; 0 where nothing says it."""
        return int(value_at(self.side.values, SEED) or 0) if self.side is not None else 0


class Points(NamedTuple):
    """Means with their standard errors, both of shape (points,)."""

    means: Array
    errors: Array


class Group(NamedTuple):
    """A run with its replicates: the same but for the seed."""

    runs: tuple[Outcome, ...]

    @property
    def label(self) -> str:
        """The first run's."""
        return self.runs[0].label

    @property
    def first(self) -> Outcome:
        """The run that stands for the group where its config is asked for."""
        return self.runs[0]

    @property
    def evaluations(self) -> tuple[Evaluated, ...]:
        """Held-out scores, one a seed: a repeat of the same seed is no new sample."""
        by_seed: dict[int, Evaluated] = {}
        for run in self.runs:
            if run.evaluation is not None:
                by_seed.setdefault(run.seed, run.evaluation)
        return tuple(by_seed.values())


def grouped(outcomes: Sequence[Outcome]) -> tuple[Group, ...]:
    """Replicates together, in the order of their first run."""
    groups: list[list[Outcome]] = []
    for outcome in outcomes:
        home = next((group for group in groups if _is_replicate(group[0], outcome)), None)
        if home is None:
            groups.append([outcome])
        else:
            home.append(outcome)
    return tuple(Group(tuple(group)) for group in groups)


def _is_replicate(first: Outcome, other: Outcome) -> bool:
    if first.side is None or other.side is None:
        return False
    found = difference(first.side, other.side)
    return found.comparable and not found.changes and {each.path for each in found.other} <= {SEED}


class Unfit(NamedTuple):
    """Why two groups, or one measure of them, cannot be compared."""

    reasons: tuple[str, ...]
    """Each continues "not comparable because"."""


def changes_between(old: Group, new: Group) -> tuple[Change, ...]:
    """What was changed, as far as it is known."""
    if old.first.side is None or new.first.side is None:
        return ()
    return difference(old.first.side, new.first.side).counted


def unfit(old: Group, new: Group) -> Unfit | None:
    """Why two groups have nothing to compare at all; None when they may have."""
    sides = old.first.side, new.first.side
    if sides[0] is None or sides[1] is None:
        return None
    reasons = list(difference(sides[0], sides[1]).reasons)
    ranges = [value_at(side.values, "evaluation.reward_range") for side in sides if side is not None]
    if all(ranges) and ranges[0] != ranges[1]:
        reasons.append(f"the reward scale differs: {_range(ranges[0])} and {_range(ranges[1])}")
    return Unfit(tuple(reasons)) if reasons else None


def unfit_evaluation(old: Group, new: Group) -> Unfit | None:
    """Why held-out scores cannot be compared; None when they can."""
    missing = [group.label for group in (old, new) if not group.evaluations]
    if missing:
        return Unfit(tuple(f"{label} was not evaluated on held-out rows" for label in missing))
    return None


def unfit_rewards(old: Group, new: Group) -> Unfit | None:
    """Why training rewards measure different things; None when they do not."""
    sides = old.first.side, new.first.side
    if sides[0] is None or sides[1] is None:
        return None
    changed = {change.path for change in difference(sides[0], sides[1]).changes}
    sampled = [path for path in SAMPLING if path in changed]
    return Unfit((f"training rewards were sampled differently: {', '.join(sampled)}",)) if sampled else None


def unfit_pairs(old: Group, new: Group) -> Unfit | None:
    """Why training rewards cannot be compared step by step; None when they can."""
    if old.first.side is None or new.first.side is None:
        return None
    steps = old.first.prompts_per_step, new.first.prompts_per_step
    if None in steps or steps[0] != steps[1]:
        return Unfit((f"their steps hold different prompts: {_said(steps[0])} and {_said(steps[1])} a step",))
    if not paired_rewards(old, new):
        return Unfit(("no two of them share a seed and steps, so their prompts differ from step to step",))
    return None


def paired_rewards(old: Group, new: Group) -> list[tuple[Array, Array]]:
    """Rewards of the same steps and prompts, one pair a seed that both groups have."""
    partners: dict[int, Outcome] = {}
    for run in new.runs:
        partners.setdefault(run.seed, run)
    pairs = []
    for run in {run.seed: run for run in reversed(old.runs)}.values():
        partner = partners.get(run.seed)
        if partner is None:
            continue
        _, first, second = np.intersect1d(run.steps, partner.steps, return_indices=True)
        if first.size:
            pairs.append((run.rewards[first], partner.rewards[second]))
    return pairs


def own_rewards(group: Group) -> list[Points]:
    """Rewards that carry their own errors, one curve a seed; empty unless all do."""
    by_seed: dict[int, Outcome] = {}
    for run in group.runs:
        by_seed.setdefault(run.seed, run)
    found = [
        Points(run.rewards, run.errors)
        for run in by_seed.values()
        if run.errors is not None and run.rewards.size
    ]
    return found if len(found) == len(by_seed) else []


def reward_width(group: Group) -> float:
    """The width of the declared range of rewards; 1 where none is declared."""
    side = group.first.side
    bounds = value_at(side.values, "evaluation.reward_range") if side is not None else None
    return float(bounds[1] - bounds[0]) if bounds else 1.0


def _range(bounds: Sequence[float]) -> str:
    return f"{bounds[0]:g} to {bounds[1]:g}"


def _said(count: int | None) -> str:
    return "an unknown number" if count is None else str(count)
