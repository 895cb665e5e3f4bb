"""A run as the ledger keeps it. Values only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from rft_cli.config.resolved import value_at
from rft_cli.worker import Failure, State


class Draft(NamedTuple):
    """What is recorded of a run before it starts."""

    name: str
    scope: str
    fingerprint: str
    backend: str
    is_default: bool
    """Whether it may become the baseline of its scope."""
    steps: int
    config: Mapping[str, Any]
    """Resolved, nested as in YAML."""
    record: Mapping[str, Any]
    """Everything else that is needed to know what ran: schedule, digests, origins, versions. Its ``changes``, where they are
    known, are a list of ``{"parameter", "from", "to"}`` against the reference."""
    reference: str = ""
    """The run id or record path that this run is one change away from; empty when there is none."""
    hypothesis: str = ""
    why: Mapping[str, str] = MappingProxyType({})
    """Reasons given on the command line for going past a guard: ``multiple``, ``as_baseline``."""
    recipe: str = ""
    """Equal for runs that are the same but for the seed."""
    make_baseline: bool = False
    """Make it the baseline of its scope, whatever its values and whoever is the baseline now."""


class Adoption(NamedTuple):
    """What is known of a run that was started elsewhere, besides what it was asked to do."""

    ref: Mapping[str, Any]
    """How its backend finds it."""
    created: str
    """When it was started, UTC, ISO 8601."""
    has_no_result: bool
    """It is over, and there is nothing to compare with."""
    number: int = 0
    """The k of ``<name>.<k>`` that it had where it was launched; 0: it had none."""
    attempt: int = 0
    """At its fingerprint; 0: the next one."""


class Changed(NamedTuple):
    """One value that differs from the reference's."""

    parameter: str
    old: Any
    new: Any


class Summary(NamedTuple):
    """One line of the ledger: enough for a table of runs."""

    id: str
    name: str
    number: int
    """The k of ``<name>.<k>``."""
    scope: str
    fingerprint: str
    attempt: int
    backend: str
    state: State
    raw_state: str
    stalled_since: str
    created: str
    updated: str
    ended: str
    """When the run itself says that it ended; empty while it runs and where it could not say."""
    is_baseline: bool
    reference: str
    """What it was launched against; empty when there was nothing."""
    hypothesis: str
    changes: tuple[Changed, ...] | None
    """Against the reference; None: not recorded."""
    resumes: int
    """How often it went on from a checkpoint."""
    steps: int
    """Planned."""
    last_step: int
    reward_first: float | None
    """Mean training reward of the first eighth of the steps so far."""
    reward_last: float | None
    """The same of the last eighth."""
    evaluation_before: float | None
    evaluation_after: float | None
    """The newest held-out score after step 0."""
    evaluation_error: float | None
    """Standard error of the newest one."""
    evaluation_n: int | None
    reason: str
    adopted: str
    """When it was taken into this ledger, having been started elsewhere; empty: it was launched with this ledger."""


class Point(NamedTuple):
    """The metrics of one step, named as the trainer logs them."""

    step: int
    values: Mapping[str, float]


class Evaluation(NamedTuple):
    """Greedy answers to the held-out rows, after a step; step 0 is the base."""

    step: int
    mean: float
    standard_error: float
    n: int
    on_training_rows: bool = False
    """Whether nothing was held out, so that these are rows that the run is trained on."""


class Remark(NamedTuple):
    """What somebody wrote about a run afterwards."""

    time: str
    text: str


class Run(NamedTuple):
    """Everything that the ledger knows of a run, apart from its points."""

    summary: Summary
    config: Mapping[str, Any]
    record: Mapping[str, Any]
    ref: Mapping[str, Any]
    cursor: int
    origin: int
    """Where the events of its present start or resumption begin."""
    asked: str
    """When its backend was last asked to start or to resume it."""
    failure: Failure | None
    evaluations: tuple[Evaluation, ...]
    notes: tuple[str, ...]
    """What the worker wanted the user to know, in order."""
    why: Mapping[str, str]
    """Reasons given for going past a guard."""
    remarks: tuple[Remark, ...]

    @property
    def id(self) -> str:
        """The run id."""
        return self.summary.id

    @property
    def evaluates_training_rows(self) -> bool:
        """Whether nothing was held out."""
        return evaluates_training_rows(self.record)

    @property
    def state(self) -> State:
        """Where the run is in its life."""
        return self.summary.state

    def get(self, path: str) -> Any:
        """The value at a dotted path of the resolved config; None when there is none."""
        return value_at(self.config, path)

    def evaluation(self, *, before: bool) -> Evaluation | None:
        """The evaluation of the base, or the newest one after training began."""
        fitting = [each for each in self.evaluations if (each.step == 0) is before]
        return fitting[-1] if fitting else None


def evaluates_training_rows(record: Mapping[str, Any]) -> bool:
    """Whether a record says that nothing was held out."""
    return bool((record.get("schedule") or {}).get("evaluates_training_rows"))


def to_json(value: Any) -> str:
    """One line of JSON for a column."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
