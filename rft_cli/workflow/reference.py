"""What a run is compared with: the run that its config names, else the scope's own reference. Looks, and changes nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.compare.difference import Side, difference
from rft_cli.config import Config, load, read_document
from rft_cli.config.run_name import name_from
from rft_cli.errors import UsageError
from rft_cli.plan import Plan, fingerprint_of
from rft_cli.runs.record import Evaluation, Run
from rft_cli.spec.document import RECORD_PATTERN
from rft_cli.worker import State

if TYPE_CHECKING:
    from rft_cli.runs.ledger import Ledger

ENDED_WITHOUT_RESULT = frozenset({State.FAILED, State.CANCELLED})
"""Ends after which there is nothing to compare with."""


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
    state: str
    before: Evaluation | None
    after: Evaluation | None
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
    own = ledger.reference(plan.scope)
    # A run at the defaults is the baseline again, whatever later runs are compared with.
    run = ledger.baseline(plan.scope) if plan.is_default else own
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
    usable = (
        run.id for run in reversed(ledger.by_recipe(plan.recipe)) if run.state not in ENDED_WITHOUT_RESULT
    )
    return next(usable, "")


def _named(ledger: Ledger, root: Path, plan: Plan, named: str) -> Reference | Unusable:
    if is_record(named):
        if not (root / named).is_file():
            return Unusable(f"there is no record {named}")
        return _from_record(root / named, named)
    if ledger.has(named):
        return from_run(ledger.run(named))
    runs = [summary for summary in ledger.summaries() if summary.name == named]
    if not runs:
        path = config_named(plan.config, root, named)
        return _of_same_settings(ledger, root, plan, path, named) or Unusable(
            f"there is no run {named}", path
        )
    # Of a name that has run more than once, one of this scope that came to an end is meant.
    fits = [run for run in runs if run.scope == plan.scope]
    ended = [run for run in fits if run.state not in ENDED_WITHOUT_RESULT]
    return from_run(ledger.run((ended or fits or runs)[-1].id))


def _of_same_settings(ledger: Ledger, root: Path, plan: Plan, path: str, named: str) -> Reference | None:
    """A run with the settings of a config that has not run under its own name: launching that one would only show it."""
    config = load(path, root=root).config if path else None
    if config is None or any(config.get(key) != plan.config.get(key) for key in _SCOPE_KEYS):
        return None
    for summary in reversed(ledger.by_fingerprint(fingerprint_of(config, plan.scope))):
        if summary.state not in ENDED_WITHOUT_RESULT:
            reference = from_run(ledger.run(summary.id))
            return reference._replace(label=f"{summary.id}, which has the settings of {named}")
    return None


_SCOPE_KEYS = ("backend", "model", "dataset", "evaluator", "evaluation")
"""Keys that put two configs into one scope when they are equal."""


def _fitting(reference: Reference, plan: Plan, root: Path, named: str) -> Reference | Unusable:
    """The reference, when it is of the plan's scope and has or may still have a result."""
    fits = reference.scope == plan.scope and reference.state not in ENDED_WITHOUT_RESULT
    if fits:
        return reference
    first = "" if is_record(named) else config_named(plan.config, root, named)
    if reference.scope != plan.scope:
        side = Side(plan.config.name, plan.config.values, plan.digests.as_job(), plan.scope)
        reasons = "; ".join(difference(reference.side, side).reasons) or "what computes it differs"
        return Unusable(f"{reference.id} is of another scope: {reasons}", first)
    return Unusable(f"{reference.id} has no result: it ended as {reference.state}", first)


def is_record(reference: str) -> bool:
    """Whether a reference is the path of a record, and not the name or id of a run."""
    return re.fullmatch(RECORD_PATTERN, reference) is not None


def _from_record(path: Path, shown: str) -> Reference:
    from rft_cli.runs.exported import read_record

    record = read_record(path, shown)
    scores = record.document.get("evaluation") or {}
    before, after = (
        Evaluation(**score) if (score := scores.get(end)) else None for end in ("before", "after")
    )
    return Reference(
        record.path,
        f"{record.id} in {record.path}",
        record.config,
        record.digests,
        record.scope,
        str(record.document["state"]),
        before,
        after,
        is_record=True,
    )


def config_named(config: Config, root: Path, reference: str) -> str:
    """The run config whose runs a reference names: one that this config extends, else one of the project; empty: none."""
    wanted = reference.rpartition(".")[0] or reference
    extended = ((document.path, document.data) for document in config.documents[1:])
    found = (path for path, data in (*extended, *_project_configs(root)) if _run_name(path, data) == wanted)
    return next(found, "")


def _project_configs(root: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    from rft_cli.rules.discovery import discover

    try:
        paths = discover((), os.path.relpath(root))
    except UsageError:
        return
    for path in paths:
        yield path, read_document(path, path).data


def _run_name(path: str, data: Mapping[str, Any]) -> str:
    return str(data.get("name") or name_from(Path(path).stem))
