from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from rft_cli.advice.alarm import FEWEST_POINTS, Watch, reading_steps, watch
from rft_cli.curves.series import Array, Series
from rft_cli.curves.symptom import Context

NOISE = np.random.default_rng(0).normal(0, 0.02, 80)
COLLAPSED = np.concatenate((np.linspace(0.2, 0.8, 40), np.full(40, 0.05))) + NOISE
CLIMBING = np.linspace(0.1, 0.9, 80) + NOISE


def readings(rewards: Array, same: float, *, at: tuple[int, ...]) -> list[Watch]:
    found: list[Watch] = []
    for size in at:
        series = Series(
            np.arange(1.0, size + 1),
            {"reward_mean": rewards[:size], "zero_variance_group_fraction": np.full(size, same)},
            {},
        )
        found.append(watch(series, Context(), found[-1] if found else None))
    return found


@pytest.mark.parametrize(
    ("rewards", "same", "expected"),
    [
        (COLLAPSED, 0.1, {"collapse"}),
        (np.full(80, 0.0), 1.0, {"no-signal"}),
        (0.1 + NOISE / 10, 0.95, {"no-signal"}),
        (0.1 + NOISE / 10, 0.85, set()),
        (CLIMBING, 0.1, set()),
    ],
    ids=["collapse", "constant", "groups alike", "not alike enough", "climbing"],
)
def test_an_alarm_is_confirmed_by_a_second_reading(rewards: Array, same: float, expected: set[str]) -> None:
    first, second = readings(rewards, same, at=(70, 75))
    assert set(first.alarms) == expected
    assert first.confirmed == frozenset()
    assert second.confirmed == expected


def test_before_the_fall_and_before_there_are_points_nothing_is_said() -> None:
    assert [set(each.alarms) for each in readings(COLLAPSED, 0.1, at=(10, 20, 40))] == [set(), set(), set()]


@pytest.mark.parametrize(
    ("logged", "planned", "expected"),
    [
        (range(1, FEWEST_POINTS), 64, ()),
        (range(1, 21), 64, (15, 17, 19)),
        (range(1, 18), 0, (15, 16, 17)),
        (range(10, 210, 10), 400, (150, 160, 170, 180, 190, 200)),
        (range(1, 2401), 2400, tuple(range(15, 2401, 60))),
    ],
    ids=["too few", "a fortieth", "length unknown", "sparse points", "long"],
)
def test_a_run_is_read_every_fortieth_of_it_or_as_far_as_its_points_are(
    logged: range, planned: int, expected: tuple[int, ...]
) -> None:
    assert reading_steps(logged, planned) == expected


def test_the_names_of_the_alarms_are_known_without_numpy() -> None:
    code = "import sys, rft_cli.workflow.lookout, rft_cli.render.run_views; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
