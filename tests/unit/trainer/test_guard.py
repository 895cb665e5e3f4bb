"""When the guard speaks and when it stops a run."""

from __future__ import annotations

import numpy as np
import pytest

from rft_cli.trainer.rehearsal.guard import PATIENCE, Verdict, Watch

ALL_ZERO = np.zeros((4, 4))
SOLVED = np.ones((4, 4))
ONE_HIT = np.eye(4)


def verdicts(steps: list[tuple[np.ndarray, float]], lowest: float = 0.0) -> list[Verdict]:
    watch, found = Watch(lowest), []
    for rewards, truncated in steps:
        watch, verdict = watch.after(rewards, truncated)
        found.append(verdict)
    return found


def test_rambling_without_reward_stops_after_the_patience():
    found = verdicts([(ALL_ZERO, 0.9)] * PATIENCE)
    assert found == [Verdict.GO_ON] * (PATIENCE - 1) + [Verdict.STOP]


def test_no_reward_without_rambling_is_noted_once_and_goes_on():
    found = verdicts([(ALL_ZERO, 0.0)] * 3 * PATIENCE)
    assert found.count(Verdict.NOTE) == 1
    assert found.index(Verdict.NOTE) == PATIENCE - 1
    assert Verdict.STOP not in found


@pytest.mark.parametrize("truncated", [0.0, 1.0])
def test_a_solved_task_goes_on(truncated: float):
    assert set(verdicts([(SOLVED, truncated)] * 40)) == {Verdict.GO_ON}


def test_one_better_answer_starts_the_count_again():
    found = verdicts(
        [(ALL_ZERO, 1.0)] * (PATIENCE - 1) + [(ONE_HIT, 1.0)] + [(ALL_ZERO, 1.0)] * (PATIENCE - 1)
    )
    assert set(found) == {Verdict.GO_ON}


def test_rambling_has_to_last_as_long_as_the_lack_of_reward():
    steps = [(ALL_ZERO, 0.0)] * 5 + [(ALL_ZERO, 1.0)] * (PATIENCE - 1)
    assert Verdict.STOP not in verdicts(steps)
    assert verdicts([*steps, (ALL_ZERO, 1.0)])[-1] is Verdict.STOP


def test_the_lowest_reward_is_the_lowest_that_was_seen():
    assert set(verdicts([(SOLVED * -1, 0.0), (SOLVED * -2, 0.0), (SOLVED * -1, 1.0)] * 5, lowest=0.0)) == {
        Verdict.GO_ON
    }
