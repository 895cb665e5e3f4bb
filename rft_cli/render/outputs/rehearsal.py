"""Rehearsals."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from rft_cli.render.outputs.finding import FindingObject
from rft_cli.render.outputs.run import PointObject
from rft_cli.task.probe import Kind as AnswerKind


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
