from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rft_cli.render.wrap import columns_of, wrap

NOTE = "  note: the rehearsal model reads 256 characters, prompt and answer together"


def test_a_long_line_is_continued_under_its_own_indent() -> None:
    assert wrap(NOTE, 44) == (
        "  note: the rehearsal model reads 256\n    characters, prompt and answer together"
    )


def test_lines_that_fit_and_a_width_of_zero_change_nothing() -> None:
    aligned = "  step   1/64  reward 0.100   KL 0.000"
    assert (wrap(aligned, 40), wrap(NOTE, 0)) == (aligned, NOTE)


def test_a_word_that_is_too_long_stays_whole_because_it_is_copied() -> None:
    path = "/a/very/long/path/that/does/not/fit/anywhere.yaml"
    assert wrap(f"see {path} for more", 24) == f"see\n  {path}\n  for more"


def test_colours_take_no_room_and_wide_characters_take_two_columns() -> None:
    assert wrap("\x1b[1mab\x1b[0m cd", 5) == "\x1b[1mab\x1b[0m cd"
    assert wrap("語語 語語", 8, hang=0) == "語語\n語語"
    assert columns_of("\x1b[1;31m語a\x1b[0m") == 3


@pytest.mark.parametrize("width", [24, 40, 80])
def test_a_hang_can_be_given(width) -> None:
    first, *rest = wrap("word " * 40, width, hang=3).split("\n")
    assert first.startswith("word")
    assert all(line.startswith("   word") for line in rest)


@given(st.text(alphabet="ab \n", max_size=120), st.integers(24, 60))
def test_no_word_is_lost_and_no_line_is_too_wide(text, width) -> None:
    wrapped = wrap(text, width)
    assert wrapped.split() == text.split()
    for line in wrapped.split("\n"):
        assert columns_of(line.rstrip()) <= width or len(line.split()) <= 1
