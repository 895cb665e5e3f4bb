"""How a job goes: scripts of phases as data, and the one pure function that says where a job of some age is."""

from __future__ import annotations

import math
from typing import NamedTuple

from .refusals import ASK_SUPPORT, Code

CHUNK_S = 120.0
"""Seconds for one chunk; real ones take a few minutes."""

FOREVER = math.inf

LIVE_PERCENT = 97
"""Where `percent` ends; 96 to 98 were seen, never 100."""


class Phase(NamedTuple):
    """A time in one state."""

    state: str
    """Without its ``JOB_STATE_`` prefix."""
    seconds: float = 60.0
    """For each chunk, where there are chunks."""
    chunks: float = 0
    """Chunks worked off meanwhile; infinity: all that are left."""


class Script(NamedTuple):
    """What happens to a job that nobody touches."""

    about: str
    phases: tuple[Phase, ...]
    end: str = "COMPLETED"
    code: Code = Code.OK
    message: str = "Training completed"
    curves: str = "full"
    """Of `outputMetrics`: `full`, `empty` or `absent`."""
    learns: bool = True
    """False: every answer scores 0."""
    failing: float = 0.0
    """Share of answers on which the evaluator fails; half as many more get a score that is not valid."""
    leaves_tombstone: bool = False
    """Whether a job without a finished chunk still writes a metrics key that holds nothing."""


class Position(NamedTuple):
    """Where a job is."""

    state: str
    chunks: int
    """Finished ones of the stretch."""
    is_over: bool
    over_at: float
    """Seconds after the start of the stretch; infinity while it goes on."""
    until: float
    """Seconds after the start of the stretch at which something changes; infinity: never."""


ALL = math.inf
_BEGIN = (Phase("PENDING"), Phase("VALIDATING"), Phase("RUNNING", 90.0))
"""The last of them is RUNNING at 0 % with counters of zero, as it is for minutes on the service."""
_WORK = (Phase("RUNNING", CHUNK_S, ALL), Phase("WRITING_RESULTS"))

SCRIPTS: dict[str, Script] = {
    "completed": Script("the happy path, which ends at 97 %", (*_BEGIN, *_WORK)),
    "completed-without-curves": Script(
        "as completed; outputMetrics has no curves", (*_BEGIN, *_WORK), curves="absent"
    ),
    "completed-with-empty-curves": Script(
        "as completed; the curves of outputMetrics are empty", (*_BEGIN, *_WORK), curves="empty"
    ),
    "completed-with-errors": Script(
        "as completed; the evaluator fails on one answer in twenty", (*_BEGIN, *_WORK), failing=0.05
    ),
    "failed-internal": Script(
        "dies at epoch 0 with nothing but a tombstone",
        _BEGIN,
        "FAILED",
        Code.INTERNAL,
        ASK_SUPPORT,
        curves="empty",
        leaves_tombstone=True,
    ),
    "failed-midway": Script(
        "dies after the first chunk; may be resumed",
        (*_BEGIN, Phase("RUNNING", CHUNK_S, 1), Phase("RUNNING")),
        "FAILED",
        Code.INTERNAL,
        ASK_SUPPORT,
    ),
    "early-stopped": Script(
        "no group's scores differ, so there is nothing to learn from",
        (*_BEGIN, Phase("RUNNING", CHUNK_S, 1)),
        "EARLY_STOPPED",
        Code.OK,
        "Training stopped early: all prompt groups had zero reward variance",
        learns=False,
    ),
    "paused": Script(
        "stands still after the first chunk",
        (*_BEGIN, Phase("RUNNING", CHUNK_S, 1), Phase("PAUSED", FOREVER)),
    ),
    "stuck-midway": Script(
        "makes no progress after two chunks",
        (*_BEGIN, Phase("RUNNING", CHUNK_S, 2), Phase("RUNNING", FOREVER)),
    ),
    "stuck": Script("RUNNING at 0 % for ever", (*_BEGIN, Phase("RUNNING", FOREVER))),
    "requeued": Script(
        "loses its machine after a chunk and queues again",
        (
            *_BEGIN,
            Phase("RUNNING", CHUNK_S, 1),
            Phase("RE_QUEUEING"),
            Phase("PENDING"),
            *_WORK,
        ),
    ),
    "unknown-state": Script(
        "goes through a state that no client has heard of",
        (*_BEGIN, Phase("WAITING_FOR_THE_MOON"), *_WORK),
    ),
    "expired": Script(
        "waits for a machine until its time is up",
        (Phase("PENDING", 600.0),),
        "EXPIRED",
        Code.DEADLINE_EXCEEDED,
        "Job expired before it could be scheduled",
    ),
    "archived": Script("is put away soon after its end", (*_BEGIN, *_WORK, Phase("COMPLETED")), "ARCHIVED"),
    "deleted": Script(
        "somebody deletes it from the dashboard, and it stays readable",
        (*_BEGIN, Phase("DELETING"), Phase("DELETING_CLEANING_UP")),
        "DELETED",
        Code.CANCELLED,
        "Job was deleted",
    ),
    "every-state": Script(
        "shows every state that is not an end",
        (
            Phase("UNSPECIFIED"),
            Phase("CREATING"),
            Phase("CREATING_INPUT_DATASET"),
            *_BEGIN,
            Phase("IDLE"),
            Phase("RE_QUEUEING"),
            Phase("PAUSED"),
            *_WORK,
        ),
    ),
}


def position(script: Script, age: float, chunks: int) -> Position:
    """Where a job is.

    Args:
        script: what happens to it.
        age: seconds since it started, at least 0.
        chunks: how many it has to work off, at least 1.
    """
    begins, done = 0.0, 0
    for phase in script.phases:
        here = min(chunks - done, phase.chunks)
        if phase.chunks and here <= 0:
            continue
        ends = begins + phase.seconds * (here or 1)
        if age < ends:
            worked = math.floor((age - begins) / phase.seconds) if here else 0
            until = begins + phase.seconds * (worked + 1)
            return Position(phase.state, done + worked, is_over=False, over_at=FOREVER, until=until)
        done += int(here)
        begins = ends
    return Position(script.end, done, is_over=True, over_at=begins, until=FOREVER)
