"""What holds for any curve: scale and shift, duplicated rows, prefixes, any bytes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.curves import climb, collapse, late_rise, level, run, saturating

from rft_cli.curves.diagnose import diagnose
from rft_cli.curves.points import from_points
from rft_cli.curves.read import read
from rft_cli.curves.series import Series
from rft_cli.errors import RftError
from rft_cli.spec.symptoms import SYMPTOM_IDS

SHAPES = st.sampled_from([saturating(), climb(), level(), collapse(), late_rise(), saturating(0.0, 0.05)])
RUNS = st.builds(
    lambda shape, points, noise, seed: run(shape, points=points, noise=noise, seed=seed),
    SHAPES,
    st.integers(0, 80),
    st.sampled_from([0.0, 0.02, 0.1, 0.5]),
    st.integers(0, 1000),
)
KEEP_SHIFT = frozenset({"still_climbing_at_end", "healthy_rising_then_plateau", "too_short_to_tell"})
"""Symptoms of order alone; the others also look at the level, where zero means something."""


def rows_of(series: Series) -> list[dict[str, float]]:
    return [
        {"step": float(step), "reward": float(reward)}
        for step, reward in zip(series.steps, series.values.get("reward_mean", ()), strict=False)
    ]


def summary(series: Series) -> list[tuple[str, int]]:
    return [(symptom.id, symptom.onset_step) for symptom in diagnose(series)]


def scaled(series: Series, factor: float, shift: float = 0.0) -> Series:
    return series._replace(values={name: factor * column + shift for name, column in series.values.items()})


@given(RUNS)
def test_any_run_has_symptoms_in_order_with_confidence_and_plain_evidence(series) -> None:
    found = diagnose(series)
    assert found
    assert [symptom.onset_step for symptom in found] == sorted(symptom.onset_step for symptom in found)
    assert len({symptom.id for symptom in found}) == len(found)
    for symptom in found:
        assert symptom.id in SYMPTOM_IDS
        assert 0 <= symptom.confidence <= 1
        json.dumps(dict(symptom.evidence), allow_nan=False)
        assert all(type(value) in (int, float, str) for value in symptom.evidence.values())


@given(RUNS, st.integers(-6, 6).filter(bool))
def test_the_unit_of_the_reward_changes_nothing(series, power) -> None:
    factor = 2.0**power  # exact in binary, and never the unit interval that bounds are read from
    outside = scaled(series, 1.0, 3.0)
    assert summary(scaled(outside, factor)) == summary(outside)


@given(RUNS, st.sampled_from([-64.0, 8.0, 1024.0]))
def test_where_zero_lies_does_not_touch_symptoms_of_order(series, shift) -> None:
    def order(one: Series) -> set[str]:
        return {symptom.id for symptom in diagnose(one)} & KEEP_SHIFT

    outside = scaled(series, 1.0, 3.0)
    moved = scaled(series, 1.0, 3.0 + shift)
    if "spike_then_collapse" not in {symptom.id for one in (outside, moved) for symptom in diagnose(one)}:
        assert order(moved) == order(outside)


@given(RUNS)
def test_rows_that_are_logged_twice_change_nothing(series) -> None:
    rows = rows_of(series)
    assert summary(from_points([row for row in rows for _ in range(2)])) == summary(from_points(rows))


@given(RUNS, st.integers(1, 79))
def test_a_resumed_run_that_repeats_its_last_rows_changes_nothing(series, back) -> None:
    rows = rows_of(series)
    assert summary(from_points(rows + rows[max(len(rows) - back, 1) :])) == summary(from_points(rows))


@given(RUNS, st.integers(0, 80))
def test_a_prefix_is_a_run_of_its_own(series, length) -> None:
    rows = rows_of(series)
    assert summary(from_points(rows[:length])) == summary(from_points(iter(rows[:length])))
    if length < 15:
        assert {symptom.id for symptom in diagnose(from_points(rows[:length]))} == {"too_short_to_tell"}


@given(RUNS)
def test_gaps_between_points_change_nothing(series) -> None:
    rows = rows_of(series)
    spread = [row for each in rows for row in (each, {"step": each["step"] + 0.5, "kl": float("nan")})]
    assert [symptom.id for symptom in diagnose(from_points(spread))] == [
        symptom.id for symptom in diagnose(from_points(rows))
    ]


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("curves") / "metrics"


TEXTS = st.lists(
    st.sampled_from(
        [
            "{",
            "}",
            "[",
            "]",
            '"step"',
            ":",
            ",",
            "1",
            "nan",
            '"reward"',
            "0.5",
            "\n",
            " - ",
            "step:3",
            "'reward'",
            "=",
            "reward",
        ]
    ),
    max_size=40,
).map("".join)


@settings(max_examples=300)
@given(content=st.one_of(st.binary(max_size=200), TEXTS.map(str.encode)))
def test_any_bytes_are_a_series_or_a_failure_in_words(file, content) -> None:
    file.write_bytes(content)
    try:
        series = read(file)
    except RftError as failure:
        assert failure.message  # noqa: PT017  either outcome is right, each in its own way
        assert failure.hint  # noqa: PT017
    else:
        assert np.all(np.diff(series.steps) > 0)
        diagnose(series)
