from __future__ import annotations

import numpy as np
import pytest

from rft_cli.advice.forecast import FEWEST_POINTS, Forecast, forecast
from rft_cli.curves.series import Array, Series


def series(rewards: Array, first: int = 1) -> Series:
    return Series(np.arange(first, first + rewards.size, dtype=float), {"reward_mean": rewards}, {})


def told(rewards: Array, ceiling: float = np.inf) -> Forecast:
    found = forecast(series(rewards), ceiling=ceiling)
    assert found is not None
    return found


def noise(size: int, deviation: float = 0.03, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(0, deviation, size)


TIMES = np.arange(1, 121) / 120


@pytest.mark.covers("EP4")
def test_a_line_goes_on_and_a_level_stays() -> None:
    line, level = told(0.2 + 0.5 * TIMES + noise(120)), told(0.5 + noise(120))
    # Half of the fitted gain: 0.5 × (1.375 − 0.9) × 0.5.
    assert line.gain == pytest.approx(0.119, abs=0.02)
    assert line.low > 0
    assert abs(level.gain) < 0.01
    assert level.low < 0 < level.high


def test_a_curve_that_bends_promises_less_than_a_line() -> None:
    line = told(0.2 + 0.5 * TIMES + noise(120))
    bent = told(0.2 + 0.5 * (1 - np.exp(-6 * TIMES)) + noise(120))
    assert bent.gain < line.gain / 3
    assert bent.gain_after(2.0) < 2 * bent.gain_after(0.5) + 0.01
    assert line.gain_after(2.0) > 2 * line.gain_after(0.5)


def test_nothing_rises_above_the_most_that_the_evaluator_gives() -> None:
    found = told(0.5 + 0.48 * TIMES, ceiling=1.0)
    assert found.level + found.gain <= 1.0
    assert found.level + found.high <= 1.0


def test_a_short_run_has_no_forecast() -> None:
    assert forecast(series(np.linspace(0, 1, FEWEST_POINTS - 1))) is None
    assert forecast(series(np.linspace(0, 1, FEWEST_POINTS))) is not None
    assert forecast(Series(np.arange(40.0), {}, {})) is None


def test_a_forecast_does_not_depend_on_scale_or_on_how_steps_are_counted() -> None:
    rewards = 0.2 + 0.5 * TIMES + noise(120)
    found, larger = told(rewards), told(10 * rewards - 3)
    assert larger.gain == pytest.approx(10 * found.gain)
    assert larger.low == pytest.approx(10 * found.low)
    elsewhere = Series(np.arange(1, 121) * 10.0, {"reward_mean": rewards}, {})
    again = forecast(elsewhere)
    assert again is not None
    assert again.gain == pytest.approx(found.gain)


def test_a_constant_reward_is_expected_to_stay() -> None:
    found = told(np.full(40, 0.5))
    assert (found.level, found.gain, found.low, found.high) == (0.5, 0.0, 0.0, 0.0)


def test_a_long_run_is_thinned_and_says_the_same() -> None:
    times = np.arange(1, 5001) / 5000
    found = told(0.2 + 0.5 * times + noise(5000))
    assert found.gain == pytest.approx(0.119, abs=0.01)


@pytest.mark.parametrize("shape", ["line", "bent", "level"])
def test_on_cut_curves_of_known_shape_the_interval_holds_what_comes(shape: str) -> None:
    """The prefix test: cut a run, forecast, and look at what it did."""
    shapes = {
        "line": lambda t: 0.2 + 0.5 * t,
        "bent": lambda t: 0.2 + 0.5 * (1 - np.exp(-4 * t)),
        "level": lambda t: np.full_like(t, 0.4),
    }
    held = 0
    for seed in range(20):
        rewards = shapes[shape](TIMES) + noise(120, 0.05, seed)
        found = told(rewards[:80])
        came = rewards[100:].mean() - rewards[64:80].mean()
        held += found.low <= came <= found.high
    assert held >= 14
