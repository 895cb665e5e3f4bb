"""What a job's JSON tells of a run: state, new metrics, and why it ended. Pure; every field may be missing or odd."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rft_cli.backends.base import Poll
from rft_cli.backends.fireworks.refusals import clean, field
from rft_cli.backends.fireworks.shape.chunks import steps_of_run
from rft_cli.backends.fireworks.states import RESUMABLE, STANDS_STILL, bare, meaning
from rft_cli.errors import ExitCode
from rft_cli.worker import EventKind, Failure, State

GLANCE = ("name", "state", "status", "jobProgress", "completedTime")
"""The fields that say whether a job has changed; metrics are long and come when one of these has."""

DASHBOARD = "https://app.fireworks.ai/dashboard/fine-tuning/reinforcement"

_MILLISECONDS = 23
"""Characters of a timestamp up to its milliseconds; the service writes nanoseconds."""


class Chunk(NamedTuple):
    """One step of a job."""

    step: int
    values: dict[str, float]
    dataset: str
    """The data set of its rollouts; empty: there is none."""


def glance(job: Mapping[str, Any]) -> str:
    """Equal as long as a job shows no progress."""
    return json.dumps([bare(job.get("state")), field(job, "jobProgress", {})], sort_keys=True, default=str)


def steps_of_job(job: Mapping[str, Any], rows: int) -> int:
    """Steps that a job will take; 0 where they cannot be known.

    Args:
        job: of the service.
        rows: of its data set; 0: the service does not say.
    """
    epochs = field(field(job, "trainingConfig", {}), "epochs", 1) or 1
    return steps_of_run(rows, field(job, "chunkSize", 0), epochs)


def chunks_of(job: Mapping[str, Any]) -> list[Chunk]:
    """The steps with metrics, in order."""
    from rft_cli.curves.managed import CHUNKS, managed_rows, parsed

    metrics = parsed(job.get("outputMetrics"))
    entries = field(metrics, CHUNKS, {})
    found = []
    for row in managed_rows({"outputMetrics": metrics}):
        values = {name: float(value) for name, value in row.items() if isinstance(value, int | float)}
        step = int(values.pop("step"))
        if "reward_mean" in values:
            values = {"reward": values.pop("reward_mean"), **values}
        found.append(Chunk(step, values, field(entries.get(str(step - 1)), "output_dataset_name", "")))
    return found


def poll_of(
    job: Mapping[str, Any],
    chunks: list[Chunk],
    *,
    run: str,
    told: int,
    cursor: int,
    steps: int,
    stalled_since: str,
) -> Poll:
    """What a job says.

    Args:
        job: with all its fields, or a glance at one that has not changed.
        chunks: its steps so far.
        run: the run id, for what to do next.
        told: how many of the chunks are not to be told again.
        cursor: 1 for the beginning and 1 for each chunk that is known already; 0: nothing has been told of the run.
        steps: of the whole run; 0: unknown.
        stalled_since: since when it has shown no progress; empty: it has.
    """
    word = bare(job.get("state"))
    state = meaning(word)
    events = [*_begun(job, cursor, steps), *_measured(job, chunks[told:])]
    if word in STANDS_STILL:
        events.append(_note(job, _held(job)))
    reason, failure = "", None
    if not state.live:
        reason = _reason(job, word, state)
        failure = _failure(job, word, run, len(chunks)) if state is State.FAILED else None
        if state is State.COMPLETED:
            events.append(_note(job, _serving(job)))
        if state is State.STOPPED_EARLY:
            events.append(_note(job, _saw_nothing(run)))
        events.append(_event(EventKind.END, _ended(job), state=state, reason=reason, failure=failure))
    return Poll(state, word, max(cursor, 1 + len(chunks)), tuple(events), reason, failure, stalled_since)


def _begun(job: Mapping[str, Any], cursor: int, steps: int) -> Iterator[Mapping[str, Any]]:
    if cursor:
        return
    if steps:
        yield _event(EventKind.STARTED, _created(job), steps=steps, resumed_from=None, seed=0)
    identifier = field(job, "name", "").rpartition("/")[2]
    yield _event(EventKind.NOTE, _created(job), message=f"dashboard: {DASHBOARD}/{identifier}")


def _measured(job: Mapping[str, Any], chunks: list[Chunk]) -> Iterator[Mapping[str, Any]]:
    for chunk in chunks:
        yield _event(EventKind.METRICS, _created(job), step=chunk.step, values=chunk.values)


def _held(job: Mapping[str, Any]) -> str:
    said = _said(job)
    paused = f"the service has paused the run{f': {said}' if said else ''}"
    return f"{paused}; it does not go on by itself: look at the account's billing"


def _serving(job: Mapping[str, Any]) -> str:
    model = field(field(job, "trainingConfig", {}), "outputModel", "") or "the trained model"
    return (
        f"the adapter is {model}; it is served by a deployment of its own: firectl deployment create {model}"
    )


def _saw_nothing(run: str) -> str:
    return (
        "no group of answers had a difference left: look first at what the evaluator scored, with "
        f"rft rollouts {run}, and at the config, with rft rehearse"
    )


def _reason(job: Mapping[str, Any], word: str, state: State) -> str:
    if state is State.COMPLETED:
        return ""
    said = _said(job)
    if state is State.STOPPED_EARLY:
        return said or "the service saw nothing left to learn from"
    return said or f"the service says {word} and no more"


def _failure(job: Mapping[str, Any], word: str, run: str, chunks: int) -> Failure:
    code = field(field(job, "status", {}), "code", "")
    # What expired or was deleted did not die of anything that the user has written.
    is_broken = word == RESUMABLE
    early = (
        "it died before its first step, where the evaluator or the data set is the usual cause; "
        if is_broken and not chunks
        else ""
    )
    way_on = (
        f"rft resume {run} goes on, or launch the config again" if is_broken else "launch the config again"
    )
    return Failure(
        kind="service",
        message=f"{code or word}: {_reason(job, word, State.FAILED)}",
        hint=f"{early}{way_on}",
        exit_code=int(ExitCode.RUN_FAILED),
    )


def _said(job: Mapping[str, Any]) -> str:
    return clean(field(field(job, "status", {}), "message", ""))


def _note(job: Mapping[str, Any], message: str) -> Mapping[str, Any]:
    return _event(EventKind.NOTE, _ended(job), message=message)


def _created(job: Mapping[str, Any]) -> str:
    return _moment(field(job, "createTime", ""))


def _ended(job: Mapping[str, Any]) -> str:
    return _moment(field(job, "completedTime", "")) or _created(job)


def _moment(text: str) -> str:
    return f"{text[:_MILLISECONDS].rstrip('Z')}Z" if text else ""


def _event(kind: EventKind, moment: str, **fields: Any) -> Mapping[str, Any]:
    return {"event": kind, "time": moment, **fields}
