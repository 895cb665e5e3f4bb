from __future__ import annotations

from typing import Any

import pytest

from rft_cli.advice.history import Trial, Tried, tried
from rft_cli.worker import State


def trial(run: str, score: float | None, state: State = State.COMPLETED, **changes: Any) -> Trial:
    values: dict[str, Any] = {
        "backend": "local",
        "model": "rehearsal",
        "dataset": "data.jsonl",
        "evaluator": "evaluator.py:evaluate",
        "training": {"learning_rate": 1e-4},
        "rollout": {"n": 4},
    }
    for path, value in changes.items():
        section, _, key = path.partition("__")
        values[section] = {**values[section], key: value} if key else value
    return Trial(run, values, {"dataset": "d", "evaluator": "e"}, state, score)


REFERENCE = trial("base.1", 0.6)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (
            trial("a.1", 0.5, training__learning_rate=2e-4),
            (Tried("training.learning_rate", "up", 2e-4, "a.1", "no better", "held-out 0.6 → 0.5"),),
        ),
        (
            trial("a.1", 0.6, rollout__n=2),
            (Tried("rollout.n", "down", 2, "a.1", "no better", "held-out 0.6 → 0.6"),),
        ),
        (
            trial("a.1", 0.9, rollout__n=8),
            (Tried("rollout.n", "up", 8, "a.1", "better", "held-out 0.6 → 0.9"),),
        ),
        (
            trial("a.1", None, State.STOPPED_EARLY, training__learning_rate=5e-4),
            (Tried("training.learning_rate", "up", 5e-4, "a.1", "failed", "it stopped early"),),
        ),
        (trial("base.1", 0.2, rollout__n=8), ()),
        (trial("a.1", None, rollout__n=8), ()),
        (trial("a.1", 0.2, State.CANCELLED, rollout__n=8), ()),
        (trial("a.1", 0.2, State.RUNNING, rollout__n=8), ()),
        (trial("a.1", 0.2, rollout__n=8, training__learning_rate=2e-4), ()),
        (trial("a.1", 0.2, rollout__n=8, model="other"), ()),
        (trial("a.1", 0.2), ()),
    ],
)
def test_only_a_single_change_with_an_outcome_counts(other: Trial, expected: tuple[Tried, ...]) -> None:
    assert tried(REFERENCE, [REFERENCE, other]) == expected


def test_without_a_score_of_the_reference_only_a_bad_end_counts() -> None:
    unscored = REFERENCE._replace(score=None)
    trials = [trial("a.1", 0.2, rollout__n=8), trial("b.1", None, State.FAILED, rollout__n=2)]
    assert [each.run for each in tried(unscored, trials)] == ["b.1"]
