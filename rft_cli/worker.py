"""The format of a run folder: what a worker is given and what it writes. Both sides use this module; it knows no backend.

A run folder is ``.rft/runs/<run id>/``:

    job.json        written by the CLI before the worker starts, and again before another one resumes the run: `Job`
    events.jsonl    appended by the worker, one write a line: `EventKind`; by the CLI only the end of a worker that it had to kill
    state.json      replaced atomically by the worker: `StateFile`
    worker.log      standard output and error of the worker, the evaluator's prints among them
    rollouts/       one JSON Lines file a step, ``000001.jsonl``: `Rollout` objects
    checkpoints/    one file a checkpoint, newest wins; what is inside belongs to the trainer
    adapter/        the trained LoRA adapter
    ledger.json     what the ledger said of the run when it was asked to start or to resume; only the CLI reads and writes it

The worker's working directory is the project root, and every path in ``job.json`` is relative to it.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, NotRequired, TypedDict

SCHEMA_VERSION = 1

JOB_FILE = "job.json"
LEDGER_ROW_FILE = "ledger.json"
EVENTS_FILE = "events.jsonl"
STATE_FILE = "state.json"
LOG_FILE = "worker.log"
ROLLOUTS_DIR = "rollouts"
CHECKPOINTS_DIR = "checkpoints"
ADAPTER_DIR = "adapter"


UNWRITABLE_FOLDER = 74
"""Exit code of a worker that could not write its own end; no other code of it says anything, because foreign code runs in it
that may end the process with any. Source: EX_IOERR of sysexits(3)."""


class State(StrEnum):
    """Where a run is in its life, whatever the backend calls it."""

    SUBMITTING = "submitting"
    UNKNOWN = "unknown"
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    STOPPED_EARLY = "stopped_early"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def live(self) -> bool:
        """Whether the run may still change by itself."""
        return self in _LIVE

    @property
    def has_result(self) -> bool:
        """Whether the run is over and what it trained can be compared."""
        return self in _WITH_RESULT

    @property
    def ended_without_result(self) -> bool:
        """Whether the run is over and there is nothing to compare with."""
        return not (self.live or self.has_result)

    @property
    def meaning(self) -> str:
        """One sentence for ``rft explain`` and the docs."""
        return _STATE_MEANING[self]


_LIVE = frozenset({State.SUBMITTING, State.UNKNOWN, State.QUEUED, State.RUNNING})
_WITH_RESULT = frozenset({State.COMPLETED, State.STOPPED_EARLY})
_STATE_MEANING = {
    State.SUBMITTING: "The record is written and the backend is being asked to start the run.",
    State.UNKNOWN: "The backend did not answer the submission; the run may or may not exist.",
    State.QUEUED: "The backend has accepted the run and has not started it.",
    State.RUNNING: "The run is training.",
    State.COMPLETED: "The run trained all its steps and was evaluated.",
    State.STOPPED_EARLY: "The run was ended by a guard against a policy that no longer learns.",
    State.FAILED: "The run ended because of an error; its record says which.",
    State.CANCELLED: "The run was cancelled by its user.",
}


class EventKind(StrEnum):
    """The kinds of line in ``events.jsonl``; each line also carries ``time`` (UTC, ISO 8601)."""

    STARTED = "started"
    """``steps``, ``resumed_from`` (a step or null), ``seed``."""
    NOTE = "note"
    """``message``: something the user should know, one line."""
    EVALUATION = "evaluation"
    """``step``, ``mean``, ``standard_error``, ``n``: greedy held-out answers; step 0 is the base."""
    METRICS = "metrics"
    """``step`` and ``values``: one number for each of `METRICS` that the trainer measures."""
    CHECKPOINT = "checkpoint"
    """``step``, ``path`` relative to the run folder."""
    END = "end"
    """``state``, ``reason``, and ``failure`` (`Failure` or null)."""


class Metric(NamedTuple):
    """One number that a trainer reports each step."""

    name: str
    """As Hugging Face TRL's GRPO trainer logs it."""
    canonical: str
    """As ``show --json`` and every reader of curves call it."""
    unit: str
    summary: str


METRICS: tuple[Metric, ...] = (
    Metric("reward", "reward_mean", "reward", "mean reward of the step's rollouts"),
    Metric(
        "reward_std",
        "reward_std",
        "reward",
        "standard deviation of reward over the step's rollouts",
    ),
    Metric(
        "frac_reward_zero_std",
        "zero_variance_group_fraction",
        "fraction",
        "groups whose rollouts all scored the same: they teach nothing",
    ),
    Metric("entropy", "entropy", "nats", "mean entropy of the sampled next-token distribution"),
    Metric("kl", "kl", "nats", "mean KL to the reference policy, k3 estimator, per token"),
    Metric("loss", "loss", "", "policy loss of the step"),
    Metric("grad_norm", "grad_norm", "", "norm of the gradient before clipping"),
    Metric("learning_rate", "learning_rate", "", "scheduled learning rate of the step"),
    Metric("completions/mean_length", "completion_length_mean", "tokens", "mean length of the answers"),
    Metric("completions/min_length", "completion_length_min", "tokens", "shortest answer"),
    Metric("completions/max_length", "completion_length_max", "tokens", "longest answer"),
    Metric("completions/clipped_ratio", "truncated_fraction", "fraction", "answers cut at max_tokens"),
    Metric("num_tokens", "tokens", "tokens", "prompt and answer tokens seen since the start"),
    Metric("epoch", "epoch", "epochs", "passes through the training rows so far"),
    Metric("step_time", "step_time", "s", "wall time of the step"),
)
"""Every per-step metric; ``rewards/<part>/mean`` (the evaluator's named parts) come in addition."""


class Failure(TypedDict):
    """Why a run ended badly; ``exit_code`` is what a following command returns."""

    kind: str
    message: str
    hint: str
    exit_code: int


class StateFile(TypedDict):
    """The content of ``state.json``."""

    schema_version: int
    state: str
    pid: int
    process_start: str
    heartbeat: str
    step: int
    steps: int
    reason: str
    failure: Failure | None
    doing: str
    """What the worker waits for that may take long, as ``loading evaluators/judge.py``; empty: for nothing."""
    doing_since: str


class Rollout(TypedDict):
    """One sampled answer of a training step."""

    step: int
    group: int
    row: int
    """Line of the data set, 1-based."""
    prompt: list[dict[str, Any]]
    completion: str
    reward: float
    parts: dict[str, float]
    advantage: float
    tokens: int
    truncated: bool


class Schedule(TypedDict):
    """Step arithmetic of one backend for one config and data set; made by the backend's shape."""

    prompts_per_step: int
    rollouts_per_step: int
    steps: int
    rows: int
    """Rows trained on."""
    effective: dict[str, Any]
    """Parameter path → the value that acts, where it is not the configured one."""
    notes: list[str]
    evaluates_training_rows: NotRequired[bool]
    """Whether nothing could be held out, so that runs are evaluated on rows that they are trained on."""


class Job(TypedDict):
    """The content of ``job.json``: all that a worker needs."""

    schema_version: int
    run: str
    config: dict[str, Any]
    """The resolved run config, nested as in YAML."""
    schedule: Schedule
    digests: dict[str, str]
    """``dataset``, ``evaluator`` and, when given, ``evaluation.dataset``: sha256 of what was planned."""
    force: bool
    """Go on although the evaluator scores the base's answers all alike."""
    resume: bool
    """Continue from the newest checkpoint."""


def now() -> str:
    """The present moment as every record writes it: UTC, ISO 8601, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def process_start(pid: int) -> str:
    """A string that tells this process from a later one with the same pid; empty where the system does not say.

    Source: field 22 of ``/proc/<pid>/stat`` (proc(5)), counted after the command's closing parenthesis.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def write_atomic(path: Path, text: str, *, durable: bool = False) -> None:
    """Replace a file so that a reader sees the old or the new text, never a part.

    Args:
        path: the file to replace; its folder must exist.
        text: the whole new content.
        durable: also survive a power cut (one ``fsync``).

    Raises:
        OSError: it cannot be written; names the file.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        # A reader of the message knows the file, and not the temporary one.
        raise OSError(error.errno, error.strerror, str(path)) from error


def read_json(path: Path) -> Any:
    """The parsed content of a JSON file of the run folder."""
    return json.loads(path.read_text(encoding="utf-8"))


class RunFolder:
    """Write access to a run folder, for the worker that owns it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def job(self) -> Job:
        """What the CLI asked for."""
        job: Job = read_json(self.path / JOB_FILE)
        return job

    def append(self, kind: EventKind, **fields: Any) -> None:
        """Add one line to ``events.jsonl`` in one write, so that a reader never meets half a line."""
        line = json.dumps({"event": kind, "time": now(), **fields}, allow_nan=False)
        descriptor = os.open(self.path / EVENTS_FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(descriptor, line.encode() + b"\n")
        finally:
            os.close(descriptor)

    def write_state(
        self,
        state: State,
        *,
        step: int,
        steps: int,
        reason: str = "",
        failure: Failure | None = None,
        doing: str = "",
        doing_since: str = "",
    ) -> None:
        """Replace ``state.json``; also the heartbeat."""
        content: StateFile = {
            "schema_version": SCHEMA_VERSION,
            "state": state,
            "pid": os.getpid(),
            "process_start": process_start(os.getpid()),
            "heartbeat": now(),
            "step": step,
            "steps": steps,
            "reason": reason,
            "failure": failure,
            "doing": doing,
            "doing_since": doing_since,
        }
        write_atomic(self.path / STATE_FILE, json.dumps(content))

    def write_rollouts(self, step: int, rollouts: list[Rollout]) -> None:
        """Store the rollouts of one step; a resumed run replaces the step's file."""
        folder = self.path / ROLLOUTS_DIR
        folder.mkdir(exist_ok=True)
        lines = "".join(json.dumps(rollout, ensure_ascii=False) + "\n" for rollout in rollouts)
        write_atomic(folder / f"{step:06}.jsonl", lines)
