"""Rows as logs have them: repeated, resumed, restarted, without steps, with strings and NaN, and very many."""

from __future__ import annotations

import math

import pytest

from rft_cli.curves import segment as segment_module
from rft_cli.curves.columns import Columns, as_number
from rft_cli.curves.points import from_points


def series_of(*rows):
    columns = Columns()
    for row in rows:
        columns.add(row)
    return columns.series(source="test", format_="rows")


def rewards(series) -> dict[float, float]:
    return dict(zip(series.steps.tolist(), series.values["reward_mean"].tolist(), strict=True))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1.0),
        (0.5, 0.5),
        ("0.5", 0.5),
        (" 1e-4 ", 1e-4),
        ("np.float64(0.25)", 0.25),
        (True, None),
        (None, None),
        ("", None),
        ("high", None),
        ([1], None),
        ({}, None),
    ],
)
def test_a_value_is_a_number_or_nothing(value, expected) -> None:
    assert as_number(value) == expected


@pytest.mark.parametrize("value", [math.nan, "nan", "NaN", math.inf, "-inf", 10**400])
def test_what_is_not_finite_stands_for_a_value_that_was_not_logged(value) -> None:
    number = as_number(value)
    assert number is not None
    assert math.isnan(number)


def test_rows_without_steps_are_counted() -> None:
    assert rewards(series_of({"reward": 0.1}, {"reward": 0.2}, {"loss": 1.0, "reward": 0.3})) == {
        1.0: 0.1,
        2.0: 0.2,
        3.0: 0.3,
    }


def test_a_repeated_step_is_merged_and_later_values_win() -> None:
    series = series_of(
        {"step": 1, "reward": 0.1, "kl": 0.5}, {"step": 1, "reward": 0.2}, {"step": 1, "eval_reward": 0.9}
    )
    assert rewards(series) == {1.0: 0.2}
    assert series.values["kl"].tolist() == [0.5]
    assert series.values["evaluation_reward"].tolist() == [0.9]


def test_a_resumed_run_overlaps_and_its_later_values_win() -> None:
    first = [{"step": step, "reward": 0.1} for step in range(1, 11)]
    resumed = [{"step": step, "reward": 0.2} for step in range(8, 13)]
    series = series_of(*first, *resumed)
    assert series.steps.tolist() == list(range(1, 13))
    assert rewards(series)[7.0] == 0.1
    assert rewards(series)[8.0] == 0.2
    assert any("resumed" in note for note in series.notes)


def test_steps_that_start_again_are_another_run_and_the_last_long_one_is_read() -> None:
    first = [{"step": step, "reward": 0.1} for step in range(1, 21)]
    second = [{"step": step, "reward": 0.2} for step in range(1, 16)]
    false_start = [{"step": step, "reward": 0.3} for step in range(1, 4)]
    series = series_of(*first, *second, *false_start)
    assert set(rewards(series).values()) == {0.2}
    assert any("3 runs in one log, number 2 is read" in note for note in series.notes)


def test_steps_that_start_again_with_each_epoch_are_one_run() -> None:
    rows = [{"step": step, "epoch": epoch, "reward": epoch} for epoch in range(3) for step in range(1, 6)]
    series = series_of(*rows)
    assert series.steps.tolist() == list(range(1, 16))
    assert series.get("reward_mean").tolist() == [0] * 5 + [1] * 5 + [2] * 5


def test_a_row_without_a_step_among_rows_with_one_belongs_to_the_newest() -> None:
    series = series_of({"step": 5, "reward": 0.1}, {"eval_reward": 0.7}, {"step": 10, "reward": 0.2})
    assert series.steps.tolist() == [5, 10]
    assert series.at("evaluation_reward").tolist() == [5]


def test_a_row_of_settings_before_the_run_is_no_run() -> None:
    series = series_of({"step": 1, "args/lr": 1e-5}, *({"step": step, "reward": 0.1} for step in (0, 20, 40)))
    assert series.steps.tolist() == [0, 20, 40]


def test_a_summary_row_at_the_end_adds_nothing() -> None:
    rows = [{"step": step, "reward": 0.1} for step in (1, 2)]
    with_summary = series_of(*rows, {"step": 2, "train_runtime": 12.0, "train_loss": 0.1})
    assert rewards(with_summary) == rewards(series_of(*rows))


def test_rows_that_log_no_reward_leave_gaps_and_are_said() -> None:
    series = series_of({"step": 1, "reward": 0.1}, {"step": 2, "kl": 0.2}, {"step": 3, "reward": "nan"})
    assert series.get("reward_mean").tolist() == [0.1]
    assert series.at("reward_mean").tolist() == [1.0]
    assert "2 of 3 rows log no reward" in series.notes


def test_a_single_reward_function_stands_in_for_a_total_that_is_not_logged() -> None:
    single = series_of({"step": 1, "rewards/format/mean": 0.4})
    several = series_of({"step": 1, "rewards/format/mean": 0.4, "rewards/answer/mean": 0.2})
    assert single.get("reward_mean").tolist() == [0.4]
    assert several.get("reward_mean").tolist() == []


def test_the_raw_score_is_read_whatever_the_order_of_the_names() -> None:
    for row in (
        {"step": 1, "critic/score/mean": 0.5, "critic/rewards/mean": 0.3},
        {"step": 1, "critic/rewards/mean": 0.3, "critic/score/mean": 0.5},
    ):
        assert series_of(row).get("reward_mean").tolist() == [0.5]


def test_the_trainers_step_is_preferred_to_a_count_of_log_calls() -> None:
    assert series_of({"_step": 7, "train/global_step": 3, "reward": 1}).steps.tolist() == [3]


def test_counts_of_groups_give_the_share_without_variance() -> None:
    series = series_of(
        {"reward": 0.1, "data/step_num_groups_trainable": 6, "data/step_num_groups_submitted": 8}
    )
    assert series.get("zero_variance_group_fraction").tolist() == [0.25]


def test_a_log_too_long_to_hold_is_averaged_evenly(monkeypatch) -> None:
    monkeypatch.setattr(segment_module, "MOST_ROWS", 64)
    series = series_of(*({"step": step, "reward": float(step)} for step in range(1, 1025)))
    assert series.spacing == 32
    assert series.steps.tolist() == list(range(32, 1025, 32))
    assert series.values["reward_mean"].tolist() == [step - 15.5 for step in range(32, 1025, 32)]
    assert any("mean of 32" in note for note in series.notes)


def test_evaluations_join_the_points_of_their_step() -> None:
    series = from_points(
        [{"step": 1, "reward": 0.1}, {"step": 2, "reward": 0.2}],
        evaluations=[
            {"step": 0, "mean": 0.3, "standard_error": 0.01},
            {"step": 2, "mean": 0.5, "standard_error": 0.02},
        ],
    )
    assert series.steps.tolist() == [0, 1, 2]
    assert series.get("evaluation_reward").tolist() == [0.3, 0.5]
    error = series.error("evaluation_reward")
    assert error is not None
    assert error.tolist() == [0.01, 0.02]
    assert series.error("reward_mean") is None
