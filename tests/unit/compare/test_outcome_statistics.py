from __future__ import annotations

import numpy as np
import pytest

from rft_cli.compare.outcome import Array, Evaluated, Points
from rft_cli.compare.outcome_statistics import (
    evaluated_difference,
    measured_difference,
    paired_difference,
    unpaired_difference,
)


def curve(level: float, seed: int, size: int = 90, shared: Array | None = None) -> Array:
    """A reward with noise that neighbouring steps have in common, and some that two runs have."""
    fresh = np.random.default_rng(seed).normal(0, 0.05, size + 2)
    own = (fresh[:-2] + fresh[1:-1] + fresh[2:]) / np.sqrt(3)
    return level + own + (0 if shared is None else shared)


def test_a_difference_of_two_evaluations_has_the_textbook_interval() -> None:
    found = evaluated_difference([Evaluated(0.74, 0.044, 100)], [Evaluated(0.81, 0.039, 100)])
    assert found.difference == pytest.approx(0.07)
    assert found.standard_error == pytest.approx(0.0588, abs=1e-4)
    assert (found.low, found.high) == pytest.approx((-0.0467, 0.1867), abs=1e-3)
    assert found.smallest == pytest.approx(0.166, abs=2e-3)
    assert found.told == "not told apart"


@pytest.mark.parametrize(
    ("old", "new", "told"), [(0.2, 0.9, "better"), (0.9, 0.2, "worse"), (0.5, 0.52, "not told apart")]
)
def test_an_interval_tells_better_from_worse_or_neither(old: float, new: float, told: str) -> None:
    assert evaluated_difference([Evaluated(old, 0.04, 128)], [Evaluated(new, 0.04, 128)]).told == told


def test_replicates_that_disagree_widen_the_interval_and_rows_do_not_count_twice() -> None:
    one = [Evaluated(0.5, 0.03, 128)]
    alone = evaluated_difference(one, [Evaluated(0.6, 0.03, 128)])
    agreeing = evaluated_difference(one, [Evaluated(0.6, 0.03, 128)] * 3)
    apart = evaluated_difference(one, [Evaluated(score, 0.03, 128) for score in (0.4, 0.6, 0.8)])
    assert agreeing.standard_error == pytest.approx(alone.standard_error)
    assert apart.difference == pytest.approx(0.1)
    assert apart.standard_error > 2 * alone.standard_error


def test_answers_that_all_score_alike_leave_an_error() -> None:
    found = evaluated_difference([Evaluated(1.0, 0.0, 128)], [Evaluated(0.99, 0.0, 128)])
    assert found.standard_error == pytest.approx(np.sqrt(2) / 130)
    assert found.told == "not told apart"


def test_pairing_by_step_sees_what_two_samples_cannot() -> None:
    hard = np.random.default_rng(9).normal(0, 0.3, 90)
    old, new = curve(0.5, 1, shared=hard), curve(0.58, 2, shared=hard)
    paired, apart = paired_difference([(old, new)]), unpaired_difference(old, new)
    assert paired is not None
    assert apart is not None
    assert paired.told == "better"
    assert apart.told == "not told apart"
    assert paired.smallest < apart.smallest / 2


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    held = 0
    for seed in range(200):
        found = paired_difference([(curve(0.5, 2 * seed), curve(0.55, 2 * seed + 1))])
        assert found is not None
        held += found.low <= 0.05 <= found.high
    assert 0.92 <= held / 200 <= 0.995


def test_a_bootstrap_gives_the_same_numbers_each_time() -> None:
    pair = [(curve(0.5, 1), curve(0.6, 2))]
    assert paired_difference(pair) == paired_difference(pair)


def test_seeds_are_pooled_and_their_disagreement_counts() -> None:
    agreeing = paired_difference([(curve(0.5, seed), curve(0.6, seed + 50)) for seed in range(3)])
    apart = paired_difference(
        [(curve(0.5, seed), curve(0.6 + 0.2 * (seed - 1), seed + 50)) for seed in range(3)]
    )
    assert agreeing is not None
    assert apart is not None
    assert agreeing.told == "better"
    assert apart.told == "not told apart"


def test_too_few_steps_have_no_interval() -> None:
    assert paired_difference([(np.zeros(7), np.ones(7))]) is None
    assert unpaired_difference(np.zeros(7), np.ones(90)) is None


def test_three_points_that_carry_their_errors_can_be_told_apart() -> None:
    old = Points(np.array([0.2, 0.25, 0.3]), np.full(3, 0.02))
    better = Points(np.array([0.2, 0.3, 0.4]), np.full(3, 0.02))
    found = measured_difference([old], [better])
    assert (found.difference, found.standard_error) == pytest.approx((0.1, 0.02 * 2**0.5))
    assert found.told == "better"
    assert measured_difference([old], [better._replace(errors=np.full(3, 0.05))]).told == "not told apart"


def test_seeds_that_disagree_count_more_than_the_errors_of_their_points() -> None:
    sides = [Points(np.array([level]), np.array([0.01])) for level in (0.3, 0.5)]
    assert measured_difference(sides, [Points(np.array([0.45]), np.array([0.01]))]).told == "not told apart"
