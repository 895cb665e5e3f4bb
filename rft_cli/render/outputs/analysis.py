"""What differs, what runs came to, and what to change next."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from rft_cli.advice.change import Direction, Verdict
from rft_cli.compare.outcome_report import Name
from rft_cli.compare.subject import Kind
from rft_cli.render.outputs.plan import ChangeObject
from rft_cli.render.outputs.run import ChangedObject


class SubjectObject(TypedDict):
    """One side of a difference."""

    kind: Kind
    label: str
    """As the user calls it."""
    run: str | None
    """The run id of a run or a record."""


class MoveReason(TypedDict):
    """A reason of the guide's for a change in this direction."""

    reason: str
    source: str
    """Id of the guide's statement; empty: ours."""


class EffectObject(TypedDict):
    """What a value brings about."""

    when: str
    what: str


class GuideObject(TypedDict):
    """What the guide says of a change."""

    direction: Direction
    when: list[MoveReason]
    effects: list[EffectObject]
    usual: str
    """The usual values in words."""
    is_usual: bool
    usual_with: list[str]
    """Goals that the value is usual with."""
    goals: list[str]
    """Goals that move the parameter in this direction."""
    cost_ratio: float | None
    """Factor on the cost; null where cost is not proportional to the parameter."""


class GuidedChange(ChangeObject):
    """A change with what the guide says of it."""

    guide: GuideObject | None


class DiffOutput(TypedDict):
    """What differs between two things; the exit code is 1 where something does."""

    schema_version: Literal[1]
    base: SubjectObject
    new: SubjectObject
    changes: list[GuidedChange]
    counted: int
    """Changes that count against "one change at a time"."""
    other: list[ChangedObject]
    """Data, evaluator, evaluation, backend, model, seed, throughput."""
    comparable: bool
    """Whether both lie in one scope."""
    reasons: list[str]
    """Each continues "not comparable because"."""
    cost_ratio: float | None
    """Upper bound of the cost of the new in units of the base."""
    notes: list[str]


class ScoreObject(TypedDict):
    """A held-out score."""

    mean: float
    standard_error: float
    n: int
    """Rows."""
    on_training_rows: bool
    """Whether nothing was held out."""


class OutcomeObject(TypedDict):
    """What one group of runs came to."""

    label: str
    runs: list[str]
    """Those that differ in their seed alone are one group."""
    evaluation: ScoreObject | None
    reward: float | None
    """Mean training reward of the last third."""
    steps: int
    state: str | None
    """A state of a run; of metrics alone, null."""


class EstimatedDifference(TypedDict):
    """A difference, new minus old."""

    difference: float
    low: float
    """Lower end of the 95 % interval."""
    high: float
    """Upper end of the 95 % interval."""
    standard_error: float
    smallest_difference: float
    """The smallest that would have been seen in four of five such comparisons."""
    verdict: str
    """`better`, `worse` or `not told apart`."""


class MeasureObject(TypedDict):
    """One measure of two groups."""

    name: Name
    estimate: EstimatedDifference | None
    """Null: `refused` says why."""
    samples: str | None
    method: str | None
    """How the interval was made."""
    refused: list[str]


class RatioChange(ChangedObject):
    """A change with the quotient of its values."""

    ratio: float | None


class VersusObject(TypedDict):
    """One group against the first."""

    old: str
    new: str
    comparable: bool
    reasons: list[str]
    """Why nothing can be compared."""
    verdict: str | None
    """`better`, `worse` or `not told apart`: of the first measure with an interval."""
    changes: list[RatioChange]
    measures: list[MeasureObject]


class CompareOutput(TypedDict):
    """What runs came to, each against the first."""

    schema_version: Literal[1]
    runs: list[OutcomeObject]
    comparisons: list[VersusObject]
    notes: list[str]


class SymptomObject(TypedDict):
    """One thing that a run shows."""

    id: str
    onset_step: int
    confidence: float
    """0 to 1."""
    evidence: dict[str, Any]
    """The numbers it rests on."""


AdvisedMove = TypedDict("AdvisedMove", {"from": Any, "to": Any, "with": ChangedObject | None})


class AdvisedChange(AdvisedMove):
    """The one change: `from` may be unknown, `to` be a direction only (null), `with` a value that has to move along."""

    parameter: str
    direction: Direction


class RejectedObject(TypedDict):
    """A change that was considered and is not advised."""

    parameter: str
    why: str


class ForecastObject(TypedDict):
    """What more steps would bring."""

    more_steps: float
    """Fraction of the run that is added."""
    level: float
    gain: float
    low: float
    high: float
    coverage: float
    """Of the interval from `low` to `high`."""


class AdviceOutput(TypedDict):
    """One source with its advice."""

    schema_version: Literal[1]
    source: str
    """As the user named it."""
    run: str | None
    format: str | None
    """Of the metrics."""
    n_points: int
    goal: str | None
    symptoms: list[SymptomObject]
    """In the order of their onset."""
    verdict: Verdict
    change: AdvisedChange | None
    why: str
    sources: list[str]
    """Ids of the guide's statements; empty: the rule is ours."""
    rejected: list[RejectedObject]
    row: str | None
    """Id of the playbook row that decided."""
    hypothesis: str | None
    follow: str | None
    """A run that has made exactly this change and is better."""
    more_points: int | None
    """How many more points would tell."""
    forecast: ForecastObject | None
    notes: list[str]
    next: str | None
    """The next command."""


class AdvicesOutput(TypedDict):
    """Several sources."""

    schema_version: Literal[1]
    results: list[AdviceOutput]
