"""What earlier runs say about a change: which single changes against a run have been tried, and what came of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from rft_cli.advice.change import Direction
from rft_cli.compare.difference import Side, difference, is_raised
from rft_cli.worker import State

Outcome = Literal["better", "no better", "failed"]


class Trial(NamedTuple):
    """One run as far as its outcome matters here."""

    run: str
    values: Mapping[str, Any]
    """Its resolved config."""
    digests: Mapping[str, str]
    state: State
    score: float | None
    """Held-out score after training; None: not evaluated."""
    scope: str = ""


class Tried(NamedTuple):
    """A single change that was made, and what came of it."""

    parameter: str
    direction: Direction
    new: Any
    """The value that it led to."""
    run: str
    outcome: Outcome
    words: str
    """The two scores, or how the run ended."""


def tried(reference: Trial, trials: Iterable[Trial]) -> tuple[Tried, ...]:
    """The changes of one parameter against a run that other runs have made, in their order.

    A change has failed when its run ended badly by itself, and is no better when its held-out score is not above the
    reference's. What was cancelled, lives, or was not evaluated says nothing.

    Args:
        reference: the run that advice is asked about.
        trials: runs of the same project; itself and those of another scope are passed over.
    """
    return tuple(_tried(reference, trials))


def _tried(reference: Trial, trials: Iterable[Trial]) -> Iterator[Tried]:
    for trial in trials:
        if trial.run == reference.run:
            continue
        found = difference(
            Side(reference.run, reference.values, reference.digests, reference.scope),
            Side(trial.run, trial.values, trial.digests, trial.scope),
        )
        if not found.comparable or len(found.counted) != 1:
            continue
        change = found.counted[0]
        raised = is_raised(change)
        outcome = _outcome(reference, trial)
        if raised is not None and outcome is not None:
            yield Tried(change.path, "up" if raised else "down", change.new, trial.run, *outcome)


def _outcome(reference: Trial, trial: Trial) -> tuple[Outcome, str] | None:
    if trial.state in {State.FAILED, State.STOPPED_EARLY}:
        return "failed", f"it {str(trial.state).replace('_', ' ')}"
    if trial.state is not State.COMPLETED or trial.score is None or reference.score is None:
        return None
    words = f"held-out {reference.score:.3g} → {trial.score:.3g}"
    return ("better" if trial.score > reference.score else "no better"), words
