"""Groups of runs against the first of them: each measure with its interval, or why there is none. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from rft_cli.compare.difference import Change
from rft_cli.compare.outcome import (
    Array,
    Evaluated,
    Group,
    Outcome,
    Points,
    Unfit,
    changes_between,
    grouped,
    own_rewards,
    paired_rewards,
    reward_width,
    unfit,
    unfit_evaluation,
    unfit_pairs,
    unfit_rewards,
)
from rft_cli.compare.outcome_statistics import (
    FEWEST_STEPS,
    Estimate,
    evaluated_difference,
    measured_difference,
    paired_difference,
    tail_size,
    unpaired_difference,
)

Name = Literal["held-out evaluation", "training reward"]


class Measure(NamedTuple):
    """One measure of two groups."""

    name: Name
    estimate: Estimate | None
    """None: `refused` says why."""
    method: str
    """How the interval was made, one clause."""
    n: str
    """The samples, in words."""
    refused: tuple[str, ...] = ()


class Versus(NamedTuple):
    """One group against the first."""

    old: Group
    new: Group
    changes: tuple[Change, ...]
    measures: tuple[Measure, ...]
    """The held-out evaluation first: it decides where both were made."""
    reasons: tuple[str, ...] = ()
    """Why nothing can be compared; `measures` is empty then."""

    @property
    def told(self) -> str:
        """What the first measure with an interval says; empty when there is none."""
        return next((each.estimate.told for each in self.measures if each.estimate is not None), "")


class Row(NamedTuple):
    """What one group came to, for a table."""

    label: str
    runs: tuple[str, ...]
    evaluation: Evaluated | None
    """Mean over seeds; the standard error is that of the rows."""
    reward: float | None
    """Mean training reward of the last third."""
    steps: int
    state: str


class Report(NamedTuple):
    """All that was compared."""

    rows: tuple[Row, ...]
    versus: tuple[Versus, ...]
    notes: tuple[str, ...]
    """What the reader should know, one sentence each."""


def report(outcomes: Sequence[Outcome], *notes: str) -> Report:
    """Compare runs with the first one; replicates are pooled first.

    Args:
        outcomes: in the user's order.
        notes: what the reader should know besides.
    """
    groups = grouped(outcomes)
    versus = tuple(_versus(groups[0], group) for group in groups[1:])
    return Report(tuple(map(_row, groups)), versus, (*notes, *_notes(groups, versus)))


def _versus(old: Group, new: Group) -> Versus:
    changes = changes_between(old, new)
    if (why := unfit(old, new)) is not None:
        return Versus(old, new, changes, (), why.reasons)
    return Versus(old, new, changes, (_evaluation(old, new), _rewards(old, new)))


def _evaluation(old: Group, new: Group) -> Measure:
    name: Name = "held-out evaluation"
    if (why := unfit_evaluation(old, new)) is not None:
        return _refused(name, why)
    estimate = evaluated_difference(old.evaluations, new.evaluations, width=reward_width(old))
    rows = " and ".join(dict.fromkeys(str(group.evaluations[0].n) for group in (old, new)))
    seeds = [len(group.evaluations) for group in (old, new)]
    pooled = f", {seeds[0]} and {seeds[1]} seeds" if max(seeds) > 1 else ""
    return Measure(name, estimate, "two samples, 95 % interval", f"{rows} rows{pooled}")


def _rewards(old: Group, new: Group) -> Measure:
    name: Name = "training reward"
    if (why := unfit_rewards(old, new)) is not None:
        return _refused(name, why)
    curves = own_rewards(old), own_rewards(new)
    if all(curves):
        return _chunks(name, *curves)
    if (why := unfit_pairs(old, new)) is not None:
        return _refused(name, why)
    if old.first.side is None or new.first.side is None:
        estimate = unpaired_difference(old.first.rewards, new.first.rewards)
        sizes = [group.first.rewards.size for group in (old, new)]
        method, n = "last thirds, moving-block bootstrap, not paired", f"{sizes[0]} and {sizes[1]} points"
    else:
        pairs = paired_rewards(old, new)
        estimate = paired_difference(pairs)
        steps = tail_size(min(first.size for first, _ in pairs))
        method = "last third, paired by step, moving-block bootstrap"
        n = f"{steps} steps" + (f", {len(pairs)} seeds" if len(pairs) > 1 else "")
    if estimate is None:
        return _refused(name, Unfit((f"fewer than {FEWEST_STEPS} steps are known of both",)))
    return Measure(name, estimate, method, n)


def _chunks(name: Name, old: Sequence[Points], new: Sequence[Points]) -> Measure:
    sizes = [sum(tail_size(curve.means.size, fewest=1) for curve in side) for side in (old, new)]
    points = " and ".join(dict.fromkeys(map(str, sizes)))
    method = "last thirds, each point with its own error, two samples, 95 % interval"
    return Measure(
        name, measured_difference(old, new), method, f"{points} point{'' if points == '1' else 's'}"
    )


def _refused(name: Name, why: Unfit) -> Measure:
    return Measure(name, None, "", "", why.reasons)


def _row(group: Group) -> Row:
    scores = group.evaluations
    evaluation = None
    if scores:
        error = float(np.sqrt(np.mean([each.standard_error**2 for each in scores])))
        evaluation = Evaluated(float(np.mean([each.mean for each in scores])), error, scores[0].n)
    tails = [_tail(run) for run in group.runs if run.rewards.size]
    return Row(
        group.label,
        tuple(run.label for run in group.runs),
        evaluation,
        float(np.mean([tail.mean() for tail in tails])) if tails else None,
        int(max((run.steps[-1] for run in group.runs if run.steps.size), default=0)),
        "/".join(dict.fromkeys(run.state for run in group.runs if run.state)),
    )


def _tail(run: Outcome) -> Array:
    fewest = FEWEST_STEPS if run.errors is None else 1
    return run.rewards[-tail_size(run.rewards.size, fewest=fewest) :]


def _notes(groups: Sequence[Group], versus: Sequence[Versus]) -> list[str]:
    notes = []
    unknown = [group.label for group in groups if group.first.side is None]
    if unknown:
        notes.append(
            f"of {', '.join(unknown)} only metrics are known: same data, evaluator and sampling are taken for granted"
        )
    if any(score.on_training_rows for group in groups for score in group.evaluations):
        notes.append("nothing was held out: the evaluation is on rows that the runs were trained on")
    if any(each.measures and len(each.changes) > 1 for each in versus):
        notes.append("more than one thing was changed, so a difference cannot be laid to one of them (ST3)")
    judged = [each for each in versus if each.told]
    if judged and all(len(group.runs) == 1 for group in groups):
        notes.append(
            "one run each: another seed could move either; repeat with `--set experiment.seed=1` and compare all four"
        )
    return notes
