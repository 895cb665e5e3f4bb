"""What comes from elsewhere and goes there: imported configs, exported records."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from rft_cli.render.outputs.run import EvaluationObject, PointObject
from rft_cli.worker import Schedule, State


class InitOutput(TypedDict):
    """The project that was written."""

    schema_version: Literal[1]
    folder: str
    files: list[str]
    """Written, as seen from the working directory."""
    extended: list[str]
    """Files that were there and have more lines now."""
    next: list[str]
    """Commands that come next, in order."""


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
    errors: NotRequired[list[float]]
    """Standard error of each value, where they were checked against the answers."""


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
