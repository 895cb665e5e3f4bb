"""The guards of launch: the guide's discipline as verdicts over values. Pure; nothing here looks anything up.

Baseline first, one change at a time against a reference that has run, no more than the user wants to spend.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from rft_cli.compare.difference import Change, Difference
from rft_cli.estimate import Estimate, price_sample
from rft_cli.limit import Limit
from rft_cli.spec.parameter import show

Guard = Literal["reference", "baseline", "one-change", "max-cost", "confirmation"]


class Verdict(NamedTuple):
    """What one guard says of a launch."""

    guard: Guard
    allowed: bool
    message: str
    """One line: what was found."""
    help: str = ""
    """The next step; empty when none is needed."""


class Situation(NamedTuple):
    """Everything that the guards look at."""

    command: str
    """`rft launch CONFIG`, as the user would repeat it."""
    tuned: Mapping[str, tuple[Any, Any]]
    """Path → (default, value) of the guide's nine parameters that are not at their defaults."""
    baseline: str
    """Run id of the scope's baseline; empty: there is none."""
    baseline_by_itself: bool
    """Whether a missing baseline is launched first: the backend takes seconds for it."""
    reference: str
    """What the run is compared with, as people call it; empty: nothing."""
    unusable: str
    """Why the reference that the config names cannot be one; empty: it can, or none is named."""
    launch_first: str
    """The config that would make that reference; empty: unknown."""
    difference: Difference | None
    """Against the reference; None when there is nothing to compare with."""
    replicates: str
    """Run id of a run of the scope that is the same but for the seed, or wholly; empty: none."""
    estimate: Estimate
    model: str
    limit: Limit | None
    is_paid: bool
    is_confirmed: bool
    """Whether somebody has agreed to the price, or sits at a terminal and will be asked."""
    record: str = ""
    """Path of the exported record that the reference was read from: a run of the same scope that another ledger knows."""
    as_baseline: str = ""
    """Why this run is the baseline although its values are not the defaults."""
    allow_multiple: str = ""
    """Why more than one change is made at once."""

    @property
    def baseline_comes_first(self) -> bool:
        """Whether the baseline of the scope has to be launched before this run, and is by itself."""
        stands_alone = not (self.baseline or self.record or self.as_baseline)
        return bool(self.tuned) and stands_alone and self.baseline_by_itself


def check(situation: Situation) -> tuple[Verdict, ...]:
    """What every guard says, in the order in which a user deals with them."""
    return (
        _reference(situation),
        _baseline(situation),
        _one_change(situation),
        _max_cost(situation),
        _confirmation(situation),
    )


def refusals(verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    """The verdicts that stand in the way."""
    return tuple(verdict for verdict in verdicts if not verdict.allowed)


def _reference(situation: Situation) -> Verdict:
    if situation.unusable:
        first = f"rft launch {situation.launch_first}" if situation.launch_first else ""
        mend = f"launch it first: {first}" if first else "name a run of `rft runs`"
        return Verdict(
            "reference",
            allowed=False,
            message=f"the reference cannot be compared with: {situation.unusable}",
            help=f"{mend}; or correct experiment.reference, or leave it out to compare with the scope's own",
        )
    if not situation.reference:
        return Verdict("reference", allowed=True, message="nothing to compare with yet")
    return Verdict("reference", allowed=True, message=f"compared with {situation.reference}")


def _baseline(situation: Situation) -> Verdict:
    found = situation.baseline
    if situation.as_baseline:
        if found:
            return Verdict(
                "baseline",
                allowed=False,
                message=f"this scope has a baseline already: {found}",
                help="leave --as-baseline out; `rft baseline RUN` moves what later runs are compared with",
            )
        return Verdict("baseline", allowed=True, message=f"this run is the baseline: {situation.as_baseline}")
    if found:
        return Verdict("baseline", allowed=True, message=f"the baseline is {found}")
    if situation.record:
        known = f"no baseline in this ledger, and {situation.record} is a run of the same scope"
        return Verdict("baseline", allowed=True, message=known)
    if not situation.tuned:
        return Verdict(
            "baseline", allowed=True, message="this run is the baseline: every value at its default"
        )
    names = _listed([f"{path} {show(value)}" for path, (_, value) in situation.tuned.items()])
    if situation.baseline_by_itself:
        return Verdict(
            "baseline",
            allowed=True,
            message=f"no baseline yet, and {names}: the same config at the defaults is launched first, by itself",
            help='--as-baseline "WHY" launches this run as the baseline instead',
        )
    return Verdict(
        "baseline",
        allowed=False,
        message=f"no run with the defaults to compare with yet, and {names}",
        help=f'launch the baseline first: {situation.command} --baseline; or --as-baseline "WHY"',
    )


def _one_change(situation: Situation) -> Verdict:
    found = situation.difference
    if found is None:
        return Verdict("one-change", allowed=True, message="no reference, so no change to count")
    counted = found.counted
    if not counted:
        same = f"the same values as {situation.replicates or situation.reference}"
        return Verdict("one-change", allowed=True, message=same)
    told = _listed([_said(change, found.changes) for change in counted])
    if len(counted) == 1:
        return Verdict(
            "one-change", allowed=True, message=f"one change against {situation.reference}: {told}"
        )
    many = f"{len(counted)} changes against {situation.reference}: {told}"
    if situation.allow_multiple:
        return Verdict("one-change", allowed=True, message=f"{many}; allowed: {situation.allow_multiple}")
    if situation.replicates:
        return Verdict(
            "one-change",
            allowed=True,
            message=f"{many}; allowed before: the same values as {situation.replicates}",
        )
    return Verdict(
        "one-change",
        allowed=False,
        message=many,
        help='keep one of them and launch again, so that its effect can be told; or --allow-multiple "WHY"',
    )


def _max_cost(situation: Situation) -> Verdict:
    limit, cost = situation.limit, situation.estimate
    if limit is None:
        return Verdict("max-cost", allowed=True, message="no --max-cost given")
    amounts = {
        "x": cost.relative,
        "tokens": cost.output_tokens,
        "rollouts": cost.rollouts,
        "usd": cost.usd,
    }
    amount = amounts[limit.unit]
    if amount is None:
        return Verdict(
            "max-cost",
            allowed=False,
            message=f"the price of {situation.model} is not known, so {limit} cannot be held",
            help=f"{price_sample(situation.model)}; or give the limit as 2x or 12Mtok",
        )
    if not cost.rows and limit.unit != "x":
        return Verdict(
            "max-cost",
            allowed=False,
            message=f"how many rows there are is not known here, so {limit} cannot be held",
            help="give the limit in units of the reference, such as 2x",
        )
    against = f" of {cost.relative_to}" if limit.unit == "x" else ""
    most = f"up to {Limit(amount, limit.unit)}{against}"
    if amount <= limit.amount:
        return Verdict("max-cost", allowed=True, message=f"{most}, within {limit}")
    return Verdict(
        "max-cost",
        allowed=False,
        message=f"{most}, over --max-cost {limit}",
        help="lower rollout.n, rollout.max_tokens or training.epochs, or raise --max-cost",
    )


def _confirmation(situation: Situation) -> Verdict:
    if not situation.is_paid:
        return Verdict("confirmation", allowed=True, message="the backend costs nothing")
    if situation.is_confirmed:
        return Verdict(
            "confirmation",
            allowed=True,
            message="the run costs money: --yes agrees to it, or an answer at the terminal",
        )
    return Verdict(
        "confirmation",
        allowed=False,
        message="the run costs money and nobody is at a terminal to agree",
        help=f"look at it with `rft plan`, then: {situation.command} --yes",
    )


def _said(change: Change, changes: tuple[Change, ...]) -> str:
    carried = [other.path for other in changes if other.because == change.path]
    more = f" (and {_listed(carried)} because of it)" if carried else ""
    return f"{change.path} {show(change.old)} → {show(change.new)}{more}"


def _listed(items: list[str]) -> str:
    return " and ".join([*filter(None, [", ".join(items[:-1])]), items[-1]])
