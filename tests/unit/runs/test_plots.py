from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rft_cli.render.plots import curve

BLANK = "\u2800"


def drawn(*values: float, **size: int) -> list[str]:
    return [line.replace(BLANK, " ") for line in curve(values, **{"width": 24, "height": 5, **size})]


def test_a_rising_curve_in_its_frame() -> None:
    assert drawn(0.0, 0.25, 0.5, 0.75, 1.0) == [
        "  1 ┤               ⢀⡠⠔⠊",
        "    │           ⢀⡠⠔⠊⠁",
        "0.5 ┤       ⢀⡠⠔⠊⠁",
        "    │   ⢀⡠⠔⠊⠁",
        "  0 ┤⡠⠔⠊⠁",
        "    └───────────────────",
        "     1                 5",
    ]


def test_an_unfinished_curve_leaves_room_for_the_rest() -> None:
    finished, unfinished = drawn(0.0, 1.0), drawn(0.0, 1.0, steps=10)
    assert max(map(len, unfinished[:5])) < max(map(len, finished[:5])) / 2
    assert unfinished[-1].split() == ["1", "10"]


def test_without_values_there_is_an_empty_frame() -> None:
    assert drawn(steps=64)[:5] == ["  1 ┤", "    │", "0.5 ┤", "    │", "  0 ┤"]


@pytest.mark.parametrize(
    ("values", "top", "bottom"),
    [
        ((0.0, 0.4), "1", "0"),
        ((0.0, 0.04), "0.04", "0"),
        ((0.0, 250.0), "300", "0"),
        ((-3.0, 3.0), "3", "-3"),
        ((-0.5, -0.1), "0", "-0.5"),
        ((0.0, 0.0), "1", "0"),
        ((7.0,), "8", "0"),
    ],
)
def test_the_axis_ends_at_round_numbers_and_holds_zero(values, top, bottom) -> None:
    lines = drawn(*values)
    assert (lines[0].split()[0], lines[4].split()[0]) == (top, bottom)


@given(
    st.lists(st.floats(-1e12, 1e12, allow_subnormal=False), min_size=1, max_size=300),
    st.integers(16, 90),
    st.integers(2, 12),
    st.integers(0, 400),
)
def test_any_finite_curve_fits_its_size_and_every_column_has_a_dot(values, width, height, steps) -> None:
    lines = curve(values, width=width, height=height, steps=steps)
    assert len(lines) == height + 2
    assert max(map(len, lines)) <= max(width, 26)
    inside = [line.partition("┤" if "┤" in line else "│")[2] for line in lines[:height]]
    columns = max(map(len, inside))
    filled = {column for line in inside for column, char in enumerate(line) if char != BLANK}
    assert filled == set(range(columns))
