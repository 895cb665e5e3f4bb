from __future__ import annotations

import pytest

from rft_cli.render.time_left import TimeLeft


def test_a_queue_does_not_count() -> None:
    left = TimeLeft(0.0)
    left.made(1, 600.0)
    assert left.seconds(8, 601.0) is None
    left.made(2, 610.0)
    assert left.seconds(8, 610.0) == pytest.approx(60.0)
    assert left.seconds(8, 615.0) == pytest.approx(55.0)
    assert left.seconds(8, 900.0) == 0.0


def test_what_was_trained_before_somebody_watched_tells_no_pace() -> None:
    left = TimeLeft(100.0)
    for step in range(1, 8):
        left.made(step, 100.02)
    assert left.seconds(8, 130.0) is None
    left.made(8, 160.0)
    assert left.seconds(10, 160.0) == pytest.approx(2 * 59.98)


def test_a_run_that_is_over_has_nothing_left() -> None:
    left = TimeLeft(0.0)
    left.made(1, 2.0)
    left.made(2, 4.0)
    assert left.seconds(2, 4.0) is None
