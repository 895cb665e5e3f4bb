"""Runs: the list, one of them, its rollouts, and what keeps house among them."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from rft_cli.worker import Failure, Rollout, Schedule, State

FromTo = TypedDict("FromTo", {"from": Any, "to": Any})


StateMove = TypedDict("StateMove", {"from": State, "to": State})


class ChangedObject(FromTo):
    """One value that differs."""

    parameter: str
    """Dotted path."""


class EvaluationObject(TypedDict):
    """Greedy answers to the held-out rows, after a step."""

    step: int
    """0 is the base."""
    mean: float
    standard_error: float
    n: int
    """Rows."""
    on_training_rows: bool
    """Whether nothing was held out."""


class EvaluationsObject(TypedDict):
    """Held-out scores of a run."""

    before: float | None
    """Mean score of the base."""
    after: float | None
    """Mean score of the newest evaluation after step 0."""
    standard_error: float | None
    """Of the newest one."""
    n: int
    """Rows."""


class RunFields(TypedDict):
    """What a list and a single run tell alike."""

    id: str
    """`<name>.<k>`."""
    name: str
    number: int
    """The k of the id."""
    scope: str
    """Equal for runs that may be compared."""
    fingerprint: str
    """Equal for runs that repeat one another."""
    attempt: int
    backend: str
    state: State
    raw_state: str
    """As the backend calls it."""
    stalled_since: str
    """UTC, ISO 8601; empty: it gives signs of life."""
    created: str
    """UTC, ISO 8601."""
    updated: str
    """UTC, ISO 8601."""
    adopted: str
    """When it was taken into the ledger, UTC, ISO 8601; empty: it was launched here."""
    ended: str
    """UTC, ISO 8601; empty while it runs and where it could not say."""
    is_baseline: bool
    resumes: int
    """How often it went on from a checkpoint."""
    steps: int
    """Planned."""
    last_step: int
    reward_first: float | None
    """Mean training reward of the first eighth of the steps so far."""
    reward_last: float | None
    """The same of the last eighth."""
    reason: str
    """Why it ended; empty where there is nothing to say."""
    evaluation: EvaluationsObject | None
    changes: list[ChangedObject] | None
    """Against the reference; null: not recorded."""


class SummaryObject(RunFields):
    """A run as an entry of a list."""

    reference: str
    """What it was launched against; empty when there was nothing."""
    hypothesis: str


class ListedRun(SummaryObject):
    """A run of `rft runs`."""

    is_reference: bool
    """Whether the next runs of its scope are compared with it."""


class RunsOutput(TypedDict):
    """The runs of a project, the newest last."""

    schema_version: Literal[1]
    runs: list[ListedRun]


class JobObject(TypedDict):
    """A run as its backend lists it."""

    job: str
    label: str
    """What people call it there."""
    state: State
    raw_state: str
    """As the backend calls it."""
    created: str
    """UTC, ISO 8601."""
    owner: str
    launched_with_rft: bool
    run: str | None
    """Its id in the ledger; null: it is not there."""
    is_new: bool
    """It has just been taken over."""


class RemoteOutput(RunsOutput):
    """`runs --remote`: the runs of a project with what is new, and each as its backend lists it."""

    adopted: list[str]
    """Ids of the runs that were taken over."""
    known: list[str]
    """Ids of the runs that were there already."""
    left: int
    """How many are not in the ledger and were left for another time."""
    gone: list[str]
    """Runs of the list that were deleted before they could be looked at."""
    baselines: list[str]
    """Ids of the runs that have become baselines of their scopes."""
    jobs: list[JobObject]


class RemarkObject(TypedDict):
    """What somebody wrote about a run afterwards."""

    time: str
    """UTC, ISO 8601."""
    text: str


class TunedObject(TypedDict):
    """A parameter of the guide that is not at its default."""

    default: Any
    value: Any


class PointObject(TypedDict):
    """One step: besides its number, one number for each metric of `docs/commands.md` that was measured."""

    step: int


class AdoptedObject(TypedDict):
    """Where a run comes from that was started elsewhere."""

    job: str
    """As its backend calls it."""
    label: str
    """What its owner calls it; may be empty."""
    by: str
    """Its owner; may be empty."""
    launched_with_rft: bool
    config: str
    """Path of the run config that gives the same run; empty: none was found."""
    not_comparable_because: str
    """Empty: it is compared with runs that name the same files."""


class ShowOutput(RunFields):
    """Everything about one run."""

    schema_version: Literal[1]
    reference: str | None
    """What it was launched against, or its config names, or else its scope's baseline."""
    hypothesis: str | None
    adopted_from: AdoptedObject | None
    """Null: it was launched here."""
    config: dict[str, Any]
    """Resolved, nested as in YAML."""
    why: dict[str, str]
    """Reasons given for going past a guard: `multiple`, `as_baseline`."""
    remarks: list[RemarkObject]
    baseline: str | None
    """Run id of its scope's baseline."""
    tuned: dict[str, TunedObject]
    """Dotted path → default and value."""
    last: PointObject | None
    """The newest step, under canonical names."""
    points: list[PointObject]
    evaluations: list[EvaluationObject]
    schedule: Schedule
    """Step arithmetic of the backend."""
    digests: dict[str, str]
    """SHA-256 of what it was made from."""
    origins: dict[str, Any]
    """Dotted path → where the value came from."""
    config_path: str
    versions: dict[str, Any]
    notes: list[str]
    failure: Failure | None
    folder: str | None
    """Of the run; null where there is none."""


class RolloutsOutput(TypedDict):
    """Chosen rollouts of a run."""

    schema_version: Literal[1]
    run: str
    rollouts: list[Rollout]


class CancelledRun(SummaryObject):
    """A run of `rft cancel`."""

    was_live: bool
    """False: it was over already, and stays as it is."""


class CancelOutput(TypedDict):
    """Every run that was named."""

    schema_version: Literal[1]
    runs: list[CancelledRun]


StepMove = TypedDict("StepMove", {"from": int, "to": int})


class LookObject(TypedDict):
    """What a reconciliation has found of one run."""

    id: str
    changed: bool
    state: StateMove
    last_step: StepMove
    reason: str
    problem: str | None
    """Why its backend could not be asked."""


class SyncOutput(TypedDict):
    """Every run that has changed, or could not be asked."""

    schema_version: Literal[1]
    runs: list[LookObject]


class LeftObject(TypedDict):
    """A run folder that was not taken in."""

    id: str
    why: str


class RebuildOutput(TypedDict):
    """`sync --rebuild`: the runs that were taken in from their folders."""

    schema_version: Literal[1]
    aside: str | None
    """Where the damaged ledger is; null: it was sound."""
    runs: list[SummaryObject]
    left: list[LeftObject]
    problems: list[str]
    """Why backends could not be asked how these runs are; `sync` asks again."""


class NoteOutput(TypedDict):
    """All remarks of a run."""

    schema_version: Literal[1]
    run: str
    remarks: list[RemarkObject]


class FolderObject(TypedDict):
    """A run folder."""

    id: str
    state: State
    bytes: int


class PruneOutput(TypedDict):
    """Run folders that were removed, or would be."""

    schema_version: Literal[1]
    removed: bool
    """False: they are only listed."""
    runs: list[FolderObject]
    bytes: int
    """Of all of them."""


class ScopeObject(TypedDict):
    """What the runs of one scope are compared with."""

    scope: str
    backend: str | None
    model: str | None
    dataset: str | None
    evaluator: Any
    """As the run config has it."""
    baseline: str | None
    """A run id."""
    reference: str | None
    """A run id."""
    runs: int


class BaselineOutput(TypedDict):
    """Every scope."""

    schema_version: Literal[1]
    scopes: list[ScopeObject]


RunMove = TypedDict("RunMove", {"from": str | None, "to": str})


class MoveOutput(RunMove):
    """`baseline RUN`: what later runs of a scope are compared with from now on."""

    schema_version: Literal[1]
    scope: str
