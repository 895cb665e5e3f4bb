"""The steps of the goals, written out: each is a run that costs money."""

from __future__ import annotations

from rft_cli.spec.goals import GOALS

STEPS = {
    "faster-convergence": [
        ("training.epochs", "add", 1, 2),
        ("training.epochs", "add", 1, 3),
        ("training.learning_rate", "to", 1.5e-4, None),
    ],
    "better-quality": [
        ("rollout.temperature", "to", 1.0, None),
        ("rollout.n", "to", 6, None),
        ("rollout.n", "to", 8, None),
        ("rollout.max_tokens", "times", 2, None),
    ],
    "safer": [
        ("rollout.temperature", "to", 0.5, None),
        ("rollout.top_p", "to", 0.5, None),
        ("rollout.top_k", "to", 20, None),
        ("rollout.temperature", "to", 0.3, None),
    ],
    "more-creative": [
        ("rollout.temperature", "to", 1.0, None),
        ("rollout.top_p", "to", 0.9, None),
    ],
    "lower-cost": [
        ("rollout.n", "times", 0.5, 2),
        ("rollout.max_tokens", "times", 0.5, None),
        ("training.batch_size", "times", 0.5, None),
    ],
    "higher-capacity": [
        ("training.lora_rank", "to", 16, None),
        ("training.lora_rank", "to", 32, None),
    ],
    "prevent-overfitting": [
        ("training.epochs", "to", 1, None),
        ("training.lora_rank", "times", 0.5, None),
    ],
}
"""Goal → parameter, move, amount, limit."""


def test_the_steps_of_the_goals() -> None:
    assert {
        goal.name: [(step.path, step.move, step.amount, step.limit) for step in goal.steps] for goal in GOALS
    } == STEPS
