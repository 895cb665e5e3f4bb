from __future__ import annotations

import pytest

from rft_cli.advice.moves import Move, Refusal, Target, target
from rft_cli.advice.playbook import (
    EPOCHS_DOWN,
    HOTTER,
    LONGER_ANSWERS,
    MORE_ROLLOUTS,
    RANK_UP,
    RATE_DOWN,
    RATE_UP,
)


@pytest.mark.parametrize(
    ("move", "present", "why"),
    [
        (RATE_DOWN, 5e-5, "5e-5 is at the end of what the guide finds usual (LR4), so it goes no lower"),
        (RATE_DOWN, 2e-5, "2e-5 is at the end of what the guide finds usual (LR4), so it goes no lower"),
        (RATE_UP, 4e-4, "4e-4 is at the end of what the guide finds usual (LR4), so it goes no higher"),
        (EPOCHS_DOWN, 1, "1 goes no lower"),
        (RANK_UP, 128, "128 goes no higher"),
        (RANK_UP, 256, "256 is beyond 128 already, where the guide ends"),
        (HOTTER, 1.1, "1.1 goes no higher"),
        (LONGER_ANSWERS, 16384, "16384 goes no higher"),
        (MORE_ROLLOUTS, 16, "16 is beyond 8 already, where the guide ends"),
    ],
)
def test_a_move_that_leads_nowhere_says_why(move: Move, present: float, why: str) -> None:
    assert target(move, present) == Refusal(why)


@pytest.mark.parametrize(
    ("move", "present", "expected"),
    [
        (LONGER_ANSWERS, 10000, Target(10000, 16384)),
        (RATE_UP, None, Target(None, None)),
        (RATE_UP, 1e-6, Target(1e-6, None)),
        (RATE_UP, 1e-2, Target(1e-2, None)),
        (RANK_UP, 24, Target(24, None)),
        (MORE_ROLLOUTS, 7, Target(7, 8)),
    ],
)
def test_a_move_stops_at_the_ends_and_keeps_its_direction_elsewhere(
    move: Move, present: float | None, expected: Target
) -> None:
    assert target(move, present) == expected
