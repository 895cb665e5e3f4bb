"""The reference of a plan with its values and results, or why it cannot be one. Looks, and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.compare.difference import Side, difference
from rft_cli.config import Config
from rft_cli.errors import UsageError
from rft_cli.plan import Plan
from rft_cli.runs.record import Evaluation, Run
from rft_cli.worker import State
from rft_cli.workflow.choice import (
    config_named,
    is_record,
    named_run,
    own_run,
    run_of_same_settings,
)

if TYPE_CHECKING:
    from rft_cli.runs.ledger import Ledger


class Reference(NamedTuple):
    """A run to compare with, from the ledger or from an exported record."""

    id: str
    """Run id, or the path of the record: what a later run keeps as its reference."""
    label: str
    """As people call it."""
    values: Mapping[str, Any]
    """Resolved, nested as in YAML."""
    digests: Mapping[str, str]
    scope: str
    state: State
    before: Evaluation | None
    after: Evaluation | None
    rewards: tuple[float, float] | None = None
    """Mean training reward of the first and of the last eighth; None before step 1."""
    is_record: bool = False
    """Whether it was read from a file and is no run of this ledger."""

    @property
    def side(self) -> Side:
        """As one of two things that are compared."""
        return Side(self.label, self.values, self.digests, self.scope)

    @property
    def config(self) -> Config:
        """As rules see it."""
        return Config("", self.id, dict(self.values), {})


class Unusable(NamedTuple):
    """Why the reference that a config names cannot be one."""

    why: str
    launch_first: str = ""
    """The config whose run it would be; empty: unknown."""


def find_reference(ledger: Ledger, root: Path, plan: Plan) -> Reference | Unusable | None:
    """What a plan is compared with; None when there is nothing yet.

    Raises:
        UsageError: the record that the config names cannot be read as one.
    """
    named = plan.config.get("experiment.reference")
    if named:
        found = _named(ledger, root, plan, named)
        return _fitting(found, plan, root, named) if isinstance(found, Reference) else found
    run = own_run(ledger, plan.scope, is_default=plan.is_default)
    return from_run(ledger.run(run)) if run else None


def from_run(run: Run) -> Reference:
    """A run of the ledger as a reference."""
    return Reference(
        run.id,
        f"{run.id}, the baseline" if run.summary.is_baseline else run.id,
        run.config,
        run.record["digests"],
        run.summary.scope,
        run.state,
        run.evaluation(before=True),
        run.evaluation(before=False),
        _both(run.summary.reward_first, run.summary.reward_last),
    )


def known_reference(ledger: Ledger, root: Path, name: str) -> Reference | None:
    """What a recorded run was launched against, as far as it is still there."""
    if ledger.has(name):
        return from_run(ledger.run(name))
    try:
        return _from_record(root / name, name)
    except UsageError:
        return None


def replicated(ledger: Ledger, plan: Plan) -> str:
    """The newest run with a result that is the same but for the seed, or wholly; empty when there is none."""
    usable = (run.id for run in reversed(ledger.by_recipe(plan.recipe)) if not run.state.ended_without_result)
    return next(usable, "")


def _named(ledger: Ledger, root: Path, plan: Plan, named: str) -> Reference | Unusable:
    if is_record(named):
        if not (root / named).is_file():
            return Unusable(f"there is no record {named}")
        return _from_record(root / named, named)
    if run := named_run(ledger, named, plan.scope):
        return from_run(ledger.run(run))
    path = config_named(extended(plan.config), root, named)
    run = run_of_same_settings(ledger, root, path, plan.config.get, plan.scope)
    if run is None:
        return Unusable(f"there is no run {named}", path)
    return from_run(ledger.run(run))._replace(label=f"{run}, which has the settings of {named}")


def extended(config: Config) -> tuple[str, ...]:
    """Paths of the files that a config extends."""
    return tuple(document.path for document in config.documents[1:])


def _fitting(reference: Reference, plan: Plan, root: Path, named: str) -> Reference | Unusable:
    """The reference, when it is of the plan's scope and has or may still have a result."""
    fits = reference.scope == plan.scope and not reference.state.ended_without_result
    if fits:
        return reference
    first = "" if is_record(named) else config_named(extended(plan.config), root, named)
    if reference.scope != plan.scope:
        side = Side(plan.config.name, plan.config.values, plan.digests.as_job(), plan.scope)
        reasons = "; ".join(difference(reference.side, side).reasons) or "what computes it differs"
        return Unusable(f"{reference.id} is of another scope: {reasons}", first)
    return Unusable(f"{reference.id} has no result: it ended as {reference.state}", first)


def _from_record(path: Path, shown: str) -> Reference:
    from rft_cli.runs.exported import read_record

    record = read_record(path, shown)
    scores = record.document.get("evaluation") or {}
    rewards = record.document.get("curve") or {}
    before, after = (
        Evaluation(**score) if (score := scores.get(end)) else None for end in ("before", "after")
    )
    return Reference(
        record.path,
        f"{record.id} in {record.path}",
        record.config,
        record.digests,
        record.scope,
        State(record.document["state"]),
        before,
        after,
        _both(rewards.get("first_eighth"), rewards.get("last_eighth")),
        is_record=True,
    )


def _both(first: float | None, last: float | None) -> tuple[float, float] | None:
    return None if first is None or last is None else (first, last)
