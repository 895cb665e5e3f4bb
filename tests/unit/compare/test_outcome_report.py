from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rft_cli.compare.difference import Side
from rft_cli.compare.outcome import Evaluated, Outcome
from rft_cli.compare.outcome_report import report


def outcome(
    label: str, score: float | None = 0.5, *, prompts: int = 4, seed: int = 0, **changes: Any
) -> Outcome:
    values: dict[str, Any] = {
        "backend": "local",
        "model": "rehearsal",
        "dataset": "data.jsonl",
        "evaluator": "evaluator.py:evaluate",
        "training": {},
        "rollout": {},
        "evaluation": {},
        "experiment": {"seed": seed},
    }
    for path, value in changes.items():
        section, _, key = path.partition("__")
        values[section] = {**values[section], key: value} if key else value
    rewards = 0.2 + (score or 0.5) * np.arange(1, 61) / 60
    return Outcome(
        label,
        Side(label, values, {}, ""),
        np.arange(1.0, 61.0),
        rewards + np.random.default_rng(seed).normal(0, 0.02, 60),
        None if score is None else Evaluated(score, 0.03, 128),
        prompts,
        "completed",
    )


BASE = outcome("base.1")


def told(new: Outcome) -> dict[str, str]:
    """Measure → what came of it."""
    versus = report([BASE, new]).versus[0]
    if versus.reasons:
        return {"all": "; ".join(versus.reasons)}
    return {
        each.name: each.estimate.told if each.estimate else "; ".join(each.refused)
        for each in versus.measures
    }


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (
            outcome("a.1", 0.8, training__learning_rate=2e-4),
            {"held-out evaluation": "better", "training reward": "better"},
        ),
        (
            outcome("a.1", 0.8, rollout__temperature=1.0),
            {
                "held-out evaluation": "better",
                "training reward": "training rewards were sampled differently: rollout.temperature",
            },
        ),
        (
            outcome("a.1", None, rollout__n=8, prompts=2),
            {
                "held-out evaluation": "a.1 was not evaluated on held-out rows",
                "training reward": "their steps hold different prompts: 4 and 2 a step",
            },
        ),
        (
            outcome("a.1", 0.5, seed=1, training__lora_rank=16),
            {
                "held-out evaluation": "not told apart",
                "training reward": "no two of them share a seed and steps, so their prompts differ from step to step",
            },
        ),
        (outcome("a.1", model="other"), {"all": "the model differs: rehearsal and other"}),
    ],
)
def test_what_can_be_compared_is_and_the_rest_says_why_not(new: Outcome, expected: dict[str, str]) -> None:
    assert told(new) == expected


def test_rewards_of_another_scale_are_not_compared() -> None:
    first = outcome("a.1", evaluation__reward_range=[0, 1])
    second = outcome("b.1", training__epochs=2, evaluation__reward_range=[-1, 1])
    assert report([first, second]).versus[0].reasons == ("the reward scale differs: 0 to 1 and -1 to 1",)


def test_replicates_are_pooled_and_a_repeat_is_no_new_sample() -> None:
    runs = [
        outcome("base.1", 0.5),
        outcome("base.2", 0.54, seed=1),
        outcome("base.3", 0.5),
        outcome("fast.1", 0.8, training__learning_rate=2e-4),
        outcome("fast.2", 0.84, seed=1, training__learning_rate=2e-4),
    ]
    found = report(runs)
    assert [row.runs for row in found.rows] == [("base.1", "base.2", "base.3"), ("fast.1", "fast.2")]
    assert [row.evaluation and round(row.evaluation.mean, 3) for row in found.rows] == [0.52, 0.82]
    measures = found.versus[0].measures
    assert [each.n for each in measures] == ["128 rows, 2 and 2 seeds", "20 steps, 2 seeds"]
    assert found.versus[0].told == "better"
    assert found.notes == ()


def test_metrics_alone_are_compared_with_what_is_taken_for_granted_said() -> None:
    first, second = (
        outcome(name, score)._replace(side=None, evaluation=None)
        for name, score in (("a.jsonl", 0.2), ("b.jsonl", 0.8))
    )
    found = report([first, second])
    assert found.versus[0].told == "better"
    assert found.versus[0].measures[1].method == "last thirds, moving-block bootstrap, not paired"
    assert "only metrics are known" in found.notes[0]


def test_several_changes_at_once_are_said() -> None:
    found = report([BASE, outcome("a.1", training__learning_rate=2e-4, training__lora_rank=16)])
    assert any("more than one thing" in note for note in found.notes)


def chunked(label: str, *levels: float, n: int = 4, error: float | None = 0.01) -> Outcome:
    """A managed job of few chunks, never evaluated on held-out rows."""
    plain = outcome(label, None, rollout__n=n, backend="fireworks")
    errors = None if error is None else np.full(len(levels), error)
    return plain._replace(steps=np.arange(1.0, len(levels) + 1), rewards=np.array(levels), errors=errors)


def test_chunks_that_carry_their_errors_are_compared_however_few_they_are() -> None:
    old, new = chunked("old.1", 0.2, 0.3, 0.4), chunked("new.1", 0.3, 0.5, 0.6, n=8)
    found = report([old, new])
    assert [row.reward for row in found.rows] == [0.4, 0.6]
    measure = found.versus[0].measures[1]
    assert measure.estimate is not None
    assert (measure.estimate.told, measure.n) == ("better", "1 point")
    without = report([old, new._replace(errors=None)]).versus[0].measures[1]
    assert without.refused == ("fewer than 8 steps are known of both",)
