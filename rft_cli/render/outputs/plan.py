"""Plans: what a launch would do, and what is known of it before."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from rft_cli.guards import Guard
from rft_cli.render.outputs.finding import FindingObject
from rft_cli.render.outputs.run import ChangedObject
from rft_cli.worker import Schedule


class ChangeObject(ChangedObject):
    """One of the things that are changed one at a time."""

    ratio: float | None
    """New over old; null where a quotient says nothing."""
    because: str | None
    """Path of the change that made this one necessary; such a change counts with that one as one."""


class GuardObject(TypedDict):
    """What one guard says of a launch."""

    guard: Guard
    allowed: bool
    message: str
    help: str
    """The next step; empty when none is needed."""


class EstimateObject(TypedDict):
    """What a run takes; counts of training only."""

    rows: int
    """Rows trained on; 0: only the backend knows."""
    prompts: int
    """Asked over all epochs."""
    steps: int
    rollouts: int
    output_tokens: int
    """Upper bound."""
    sequences_per_step: int
    """The guide's own figure: batch ÷ longest sequence, both in tokens."""
    relative: float
    """Upper bound of the cost in units of the run that it is compared with."""
    relative_to: str
    usd: float | None
    """Upper bound in US dollars; null without a price of the user's."""
    words: list[str]
    """What the figures leave out."""


class AssessmentObject(TypedDict):
    """What is known of a plan before it is launched."""

    reference: str | None
    """Id of the run that it is compared with."""
    baseline: str | None
    """Id of its scope's baseline."""
    repeats: str | None
    """Id of the run that it would repeat."""
    replicates: str | None
    """Id of a run that differs in the seed alone."""
    changes: list[ChangeObject]
    """Against the reference."""
    counted: int
    """Changes that count against "one change at a time"."""
    other: list[ChangedObject]
    """Differences that are not counted."""
    guards: list[GuardObject]
    estimate: EstimateObject


class ValueObject(TypedDict):
    """A value and where it came from."""

    value: Any
    origin: str
    """`default`, `--set`, `environment`, or `file:line`."""


class PlanOutput(AssessmentObject):
    """A plan with everything that is known of it, sealed; also the file of `plan --out`."""

    schema_version: Literal[1]
    kind: Literal["plan"]
    rft: str
    """Version of rft that made it."""
    name: str
    config_path: str
    config: dict[str, ValueObject]
    """Dotted path → value and origin."""
    schedule: Schedule
    payload: dict[str, Any]
    """The exact request, with placeholders for account and keys."""
    payload_sha256: str
    findings: list[FindingObject]
    scope: str
    """Equal for runs that may be compared."""
    fingerprint: str
    """Equal for runs that repeat one another."""
    digests: dict[str, str]
    """SHA-256 of what the run is made from."""
    files: dict[str, str]
    """Path from the project root → SHA-256, of every config file behind the plan."""
    force: bool
    sha256: str
    """Of everything else, so that an edit by hand shows."""


class RefusedPlanOutput(TypedDict):
    """There is no plan because of errors; the exit code is 1."""

    schema_version: Literal[1]
    kind: Literal["plan"]
    config: None
    schedule: None
    payload: None
    changes: list[ChangeObject]
    """Empty."""
    findings: list[FindingObject]
    guards: list[GuardObject]
    """Empty."""
    estimate: None
