from __future__ import annotations

import pytest

from rft_cli.advice.change import Advice, Advised, Companion
from rft_cli.render.advice_words import verdict_lines

RATE = "training.learning_rate"


@pytest.mark.parametrize(
    ("advice", "expected"),
    [
        (
            Advice("change", Advised(RATE, "up", 1e-4, 2e-4), "The reward levels off early. Source: LR3."),
            (
                ("verdict", "training.learning_rate 1e-4 → 2e-4: the reward levels off early"),
                ("next", "rft advise demo.1 --write next.yaml && rft launch next.yaml"),
            ),
        ),
        (
            Advice(
                "change",
                Advised(
                    "rollout.max_tokens",
                    "up",
                    4096,
                    8192,
                    Companion("training.max_context_length", 8192, 12288),
                ),
                "Answers are cut.",
            ),
            (
                (
                    "verdict",
                    "rollout.max_tokens 4096 → 8192, with training.max_context_length 8192 → 12288: answers are cut",
                ),
                ("next", "rft advise demo.1 --write next.yaml && rft launch next.yaml"),
            ),
        ),
        (
            Advice("change", Advised(RATE, "down", 1e-6, None), "It collapsed."),
            (
                ("verdict", "lower training.learning_rate (now 1e-6): it collapsed"),
                ("more", "rft advise demo.1"),
            ),
        ),
        (
            Advice("none", None, "The reward rose."),
            (("verdict", "nothing needs to change: the reward rose"), ("more", "rft advise demo.1")),
        ),
    ],
    ids=["change", "companion", "direction", "none"],
)
def test_a_run_ends_with_its_verdict_and_the_next_command(
    advice: Advice, expected: tuple[tuple[str, str], ...]
) -> None:
    assert verdict_lines(advice, "demo.1") == expected
