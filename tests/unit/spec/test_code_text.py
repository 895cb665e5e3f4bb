"""What the page of a code and the help in a report say."""

from __future__ import annotations

import pytest

from rft_cli.rules.suppression import SUPPRESSIBLE
from rft_cli.spec.code import Code
from rft_cli.spec.code_text import can_be_suppressed, code_markdown, code_plain
from rft_cli.spec.codes import CODES, find_code


def test_what_may_be_suppressed_is_what_comments_can_suppress() -> None:
    assert {entry.code for entry in CODES if can_be_suppressed(entry)} == SUPPRESSIBLE


@pytest.mark.parametrize("entry", CODES, ids=lambda entry: entry.code)
def test_a_page_says_why_when_it_is_fine_and_how_to_keep_it(entry: Code) -> None:
    text = code_markdown(entry)
    assert entry.summary in text
    assert entry.why in text
    assert "**When it is fine:**" in text
    assert (f"rft: ignore[{entry.code}]" in text) == can_be_suppressed(entry)
    assert text.count("```") % 2 == 0
    assert not code_plain(entry).startswith(" ")


def test_bad_and_good_yaml_stand_on_the_page_as_they_are_executed() -> None:
    entry = find_code("RFT302")
    assert entry is not None
    text = code_markdown(entry)
    assert f"Bad:\n\n```yaml\n{entry.bad.rstrip()}\n```" in text
    assert f"Good:\n\n```yaml\n{entry.good.rstrip()}\n```" in text


@pytest.mark.parametrize(
    ("written", "told"),
    [("Never in training.", "never in training."), ("KL is small.", "KL is small."), ("A run.", "a run.")],
)
def test_a_sentence_behind_a_colon_begins_small_unless_it_is_an_acronym(written: str, told: str) -> None:
    entry = CODES[0]._replace(summary="S.", why="W.", fine_when=written)
    assert code_plain(entry) == f"S. W.\n\nWhen it is fine: {told}\n"
