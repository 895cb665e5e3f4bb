from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rft_cli.config import Config
from rft_cli.rules.signal import FEWEST_ANSWERS, MUCH, Solved, judge_signal, odds_of_no_signal, solved_by

SHARES = st.floats(0.001, 0.999)


@pytest.mark.parametrize(("n", "odds"), [(2, 0.7048), (4, 0.4532), (8, 0.2044), (16, 0.0418)])
def test_the_odds_that_a_group_gives_no_signal(n, odds) -> None:
    assert odds_of_no_signal(0.18, n) == pytest.approx(odds, abs=1e-4)


@given(shares=st.lists(SHARES, min_size=1, max_size=20), n=st.integers(2, 8))
def test_prompts_that_differ_have_at_least_as_many_groups_without_signal(shares: list[float], n: int) -> None:
    each = [odds_of_no_signal(share, n) for share in shares]
    assert sum(each) / len(each) >= odds_of_no_signal(sum(shares) / len(shares), n) - 1e-12


@given(share=SHARES, n=st.integers(2, 7))
def test_one_more_answer_leaves_fewer(share: float, n: int) -> None:
    assert odds_of_no_signal(share, n + 1) < odds_of_no_signal(share, n)


@pytest.mark.parametrize(
    ("rewards", "share"),
    [
        ([1.0] * 18 + [0.0] * 82, 0.18),
        ([-1.0] * 50 + [3.0] * 50, 0.5),
        ([1.0] * (FEWEST_ANSWERS - 1) + [0.0], 63 / 64),
        ([1.0] * 30 + [0.0] * (FEWEST_ANSWERS - 31), None),
        ([0.0] * 200, None),
        ([0.0] * 100 + [0.2] * 50 + [1.0] * 50, None),
        ([], None),
    ],
)
def test_a_share_is_known_where_scores_are_right_or_wrong_and_enough(
    rewards: list[float], share: float | None
) -> None:
    solved = solved_by(rewards, "sums.1")
    assert (solved.share if solved else None) == share


@pytest.mark.parametrize(
    ("share", "n", "message", "help_"),
    [
        (0.18, 2, "at least 70%", "n: 6 would leave 30%, half of it"),
        (0.18, 4, "at least 45%", "n: 8 would leave 20%, half of it"),
        (
            0.05,
            4,
            "at least 81%",
            "n: 8 would still leave 66%; easier prompts, or credit for what is partly right, would leave less",
        ),
        (0.95, 4, "at least 81%", "n: 8 would still leave 66%; harder prompts would leave less"),
        (0.05, 8, "at least 66%", "easier prompts, or credit for what is partly right, would leave less"),
    ],
)
def test_what_is_said_and_the_number_of_answers_that_halves_it(resolved, share, n, message, help_) -> None:
    (finding,) = judge_signal(resolved(f"rollout:\n  n: {n}\n"), Solved(share, 500, 0.0, 1.0, "sums.1"))
    assert (finding.code, finding.severity, finding.location.line, finding.help) == (
        "RFT712",
        "advice",
        6,
        help_,
    )
    assert finding.message == (
        f"{message} of the groups of {n} answers would score all alike and teach nothing: {share:.0%} of the first 500 "
        "answers of sums.1 score 1, the others 0"
    )


@given(share=SHARES, n=st.integers(2, 8))
def test_it_is_silent_up_to_the_limit(share: float, n: int) -> None:
    findings = list(
        judge_signal(
            Config("run.yaml", "run", {"rollout": {"n": n}}, {}), Solved(share, 500, 0.0, 1.0, "sums.1")
        )
    )
    assert bool(findings) is (odds_of_no_signal(share, n) > MUCH)
