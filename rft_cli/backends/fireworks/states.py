"""The service's states of a job, and what they mean to a run. Data."""

from __future__ import annotations

from collections.abc import Mapping

from rft_cli.worker import State

PREFIX = "JOB_STATE_"

STATES: Mapping[str, State] = {
    "CREATING": State.QUEUED,
    "PENDING": State.QUEUED,
    "VALIDATING": State.QUEUED,
    "CREATING_INPUT_DATASET": State.QUEUED,
    "RE_QUEUEING": State.QUEUED,
    "IDLE": State.QUEUED,
    "UNSPECIFIED": State.QUEUED,
    "RUNNING": State.RUNNING,
    "WRITING_RESULTS": State.RUNNING,
    "PAUSED": State.RUNNING,
    "CANCELLING": State.RUNNING,
    "DELETING": State.RUNNING,
    "DELETING_CLEANING_UP": State.RUNNING,
    "COMPLETED": State.COMPLETED,
    "EARLY_STOPPED": State.STOPPED_EARLY,
    "FAILED": State.FAILED,
    "EXPIRED": State.FAILED,
    "DELETED": State.FAILED,
    "ARCHIVED": State.FAILED,
    "CANCELLED": State.CANCELLED,
}
"""The service's word without its prefix → where the run is."""

STANDS_STILL = frozenset({"PAUSED"})
"""States that are not an end and from which nothing goes on by itself."""

RESUMABLE = "FAILED"
"""The one state that the service resumes."""


def bare(state: object) -> str:
    """The service's word for a state without its prefix; what is not known passes through."""
    return str(state or "UNSPECIFIED").removeprefix(PREFIX)


def meaning(word: str) -> State:
    """Where a run is; a word that nobody knows yet is no end."""
    return STATES.get(word, State.RUNNING)
