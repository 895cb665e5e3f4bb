"""The caret stands under the token, whatever the line is made of."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rft_cli.diagnostics import Location
from rft_cli.render.ansi import char_width, printable
from rft_cli.render.excerpt import NARROWEST, Excerpt, excerpt


def at(text: str, column: int, end: int = 0, *, line: int = 1, width: int = 60) -> Excerpt | None:
    return excerpt(text, Location("f", line, column, end), width)


@pytest.mark.parametrize(
    ("text", "column", "end", "line", "marks"),
    [
        ("n: 1", 4, 5, "n: 1", "   ^"),
        ("rate: 4e-4  # why", 7, 11, "rate: 4e-4  # why", "      ^^^^"),
        ("rate: 4e-4", 7, 0, "rate: 4e-4", "      ^"),
        ("a:\t1", 4, 5, "a:  1", "    ^"),
        ("\tkey: 1", 2, 5, "    key: 1", "    ^^^"),
        ("名前: 値", 5, 6, "名前: 値", "      ^^"),
        ("e\u0301: 1", 5, 6, "e\u0301: 1", "   ^"),
        ("a: \x1b[31m", 4, 5, "a: �[31m", "   ^"),
        ("short", 40, 0, "short", "     ^"),
        ("", 1, 0, "", "^"),
    ],
    ids=[
        "one", "token", "start only", "tab", "leading tab", "wide", "combining", "escape", "past the end", "empty line",
    ],
)  # fmt: skip
def test_the_caret_stands_under_the_token(text: str, column: int, end: int, line: str, marks: str) -> None:
    assert at(text, column, end) == Excerpt(line, marks)


def test_a_long_line_is_cut_around_the_place() -> None:
    text = f"key: {'a' * 50} HERE {'b' * 50}"
    assert at(text, 57, 61, width=30) == Excerpt("…aaaaaaaa HERE bbbbbbbbbbbbbb…", " " * 10 + "^^^^")


def test_a_long_line_keeps_its_beginning_when_the_place_is_there() -> None:
    assert at(f"key: {'a' * 50}", 1, 4, width=30) == Excerpt(f"key: {'a' * 24}…", "^^^")


def test_wide_characters_are_not_cut_in_half() -> None:
    assert at("0" * 18 + "名前名0", 10, width=24) == Excerpt("…" + "0" * 16 + "名前名0", " " * 8 + "^")
    assert at("名" * 20, 20, 21, width=24) == Excerpt("…" + "名" * 11, " " * 21 + "^^")


def test_marks_end_at_the_edge() -> None:
    found = at(f"key: {'a' * 50}", 6, 56, width=30)
    assert found is not None
    assert len(found.marks) <= 30


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_lines_count_as_in_yaml(end: str) -> None:
    assert at(f"one{end}two{end}", 1, 4, line=2) == Excerpt("two", "^^^")


def test_a_line_that_is_not_there_has_no_excerpt() -> None:
    assert at("one\n", 1, line=7) is None


@given(
    st.text(
        st.characters(exclude_characters="\n\r\x85\u2028\u2029", exclude_categories=("Cs",)), max_size=120
    ),
    st.integers(1, 130),
    st.integers(0, 140),
    st.integers(1, 100),
)
def test_an_excerpt_keeps_to_the_width(text: str, column: int, end: int, width: int) -> None:
    found = at(text, column, end, width=width)
    assert found is not None
    limit = max(width, NARROWEST)
    assert sum(map(char_width, found.line)) <= limit
    assert len(found.marks) <= limit + 1
    assert set(found.marks) <= {" ", "^"}
    assert "^" in found.marks
    assert not any(unicodedata.category(char) == "Cc" for char in found.line)


def test_text_cannot_steer_the_terminal() -> None:
    assert printable("plain – 名前") == "plain – 名前"
    assert printable("a\x1b[31m\nb\udc80") == r"a\x1b[31m\nb\udc80"
