"""Rehearsals, explanations, the checkup, imported configs, exported records."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from rft_cli.diagnostics import Severity
from rft_cli.render.outputs.finding import FindingObject
from rft_cli.render.outputs.run import EvaluationObject, PointObject
from rft_cli.render.topic import Kind as TopicKind
from rft_cli.task.probe import Kind as AnswerKind
from rft_cli.worker import Schedule, State
from rft_cli.workflow.checkup import Verdict


class ProbeObject(TypedDict):
    """One answer that was tried on the evaluator."""

    line: int
    """Of the data set, 1-based."""
    kind: AnswerKind
    answer: str
    scores: list[float]
    seconds: float
    error: str
    """Empty: the call succeeded."""
    help: str
    """The next step; empty when none is needed."""


class EvaluatorTimes(TypedDict):
    """How long scoring takes."""

    seconds_per_call: float
    slowest_seconds: float
    calls_of_run: int
    calls_of_step: int
    at_once: int
    """Calls under way at the same time."""
    seconds_of_step: float
    seconds_of_run: float


class RehearsalOutput(TypedDict):
    """A rehearsal, each tried answer among it."""

    schema_version: Literal[1]
    config: dict[str, Any] | None
    """Resolved; null: it is not valid."""
    rows: int
    findings: list[FindingObject]
    probe: list[ProbeObject]
    evaluator: EvaluatorTimes
    steps: list[PointObject]
    """Of the rehearsal engine."""
    notes: list[str]


class TopicOutput(TypedDict):
    """One topic: what it is, and the row of the table behind it."""

    schema_version: Literal[1]
    kind: TopicKind
    name: str
    title: str
    summary: str
    data: dict[str, Any]
    """The row of the table; its fields go by the kind."""


class ListedTopic(TypedDict):
    """What one can ask for."""

    name: str
    summary: str


class GroupObject(TypedDict):
    """Topics of one kind."""

    title: str
    topics: list[ListedTopic]


class TopicsOutput(TypedDict):
    """Everything that can be explained."""

    schema_version: Literal[1]
    groups: list[GroupObject]


class CodeObject(TypedDict):
    """One kind of finding."""

    code: str
    name: str
    severity: Severity
    summary: str
    why: str
    fine_when: str
    bad: str
    """A run config fragment that shows it; empty where a config alone cannot."""
    good: str
    """The same fragment without it."""
    sources: list[str]
    """Ids of the guide's statements; empty: ours."""
    parameters: list[str]
    since: str
    """The version of rft."""


class RulesOutput(TypedDict):
    """Every code."""

    schema_version: Literal[1]
    codes: list[CodeObject]


class CheckObject(TypedDict):
    """One thing that was looked at."""

    name: str
    verdict: Verdict
    value: str
    help: str
    """The next step; empty when none is needed."""


class DoctorOutput(TypedDict):
    """What works on this machine; the exit code is 3 where something does not."""

    schema_version: Literal[1]
    works: bool
    checks: list[CheckObject]


class ImportOutput(TypedDict):
    """The run config that was written."""

    schema_version: Literal[1]
    file: str
    name: str
    text: str
    notes: list[str]
    """What a run config has no key for."""


class RecordedEvaluation(TypedDict):
    """Held-out scores before and after training."""

    before: EvaluationObject | None
    after: EvaluationObject | None


class CurveObject(TypedDict):
    """The training reward: its two ends, and at most 200 points at equal distances."""

    metric: Literal["reward_mean"]
    first_eighth: float | None
    last_eighth: float | None
    steps: list[int]
    values: list[float]


class RecordFile(TypedDict):
    """A run as one file to commit (`export --to record`), which other clones read."""

    schema_version: Literal[1]
    kind: Literal["record"]
    id: str
    name: str
    attempt: int
    state: State
    reason: str
    created: str
    """UTC, ISO 8601."""
    ended: str
    """UTC, ISO 8601; empty where it could not say."""
    hypothesis: str | None
    reference: str | None
    is_baseline: bool
    why: dict[str, str]
    """Reasons given for going past a guard."""
    scope: str
    fingerprint: str
    digests: dict[str, str]
    """SHA-256 of what it was made from."""
    config: dict[str, Any]
    """Resolved, nested as in YAML."""
    config_path: str
    schedule: Schedule
    evaluation: RecordedEvaluation | None
    steps: int
    """Made."""
    last: PointObject | None
    curve: CurveObject
    versions: dict[str, Any]
    sha256: str
    """Of everything else, so that an edit by hand shows."""
