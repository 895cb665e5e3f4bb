"""What a data set is like: repetitions, lengths, last turns, and a sample that does not depend on the order of lines."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rft_cli.task.data import file_digest, read_rows
from rft_cli.task.row import Row
from rft_cli.task.survey import SAMPLED_ROWS, Counted, Survey, digest_of, rows_in_place, tokens_of

USER = {"role": "user", "content": "what is 1+1?"}


def row(line: int, *messages: dict[str, Any], prompt: int | None = None) -> Row:
    spoken = list(messages) or [{"role": "user", "content": f"question {line}"}]
    return Row(line, spoken[:prompt], {"messages": spoken})


def surveyed(*rows: Row, room: int = 100) -> Survey:
    survey = Survey(room)
    for entry in rows:
        survey.add(entry)
    return survey


def test_a_repeated_prompt_names_both_lines() -> None:
    survey = surveyed(row(1, USER), row(2), row(5, USER), row(9, USER))
    assert (survey.repeated, survey.first_of_repeated) == (Counted(2, 5), 1)


def test_rows_of_one_prompt_with_another_answer_are_repetitions() -> None:
    answers = [{"role": "assistant", "content": text} for text in "ab"]
    survey = surveyed(*(row(line, USER, answers[line - 1], prompt=1) for line in (1, 2)))
    assert (survey.repeated.rows, survey.answered) == (1, Counted(2, 1))


@pytest.mark.parametrize(
    ("content", "expected"), [("?", Counted(1, 3)), ("  a \n", Counted(1, 3)), ("2+2", Counted())]
)
def test_a_prompt_that_asks_next_to_nothing(content: str, expected: Counted) -> None:
    assert surveyed(row(3, {"role": "user", "content": content})).near_empty == expected


@pytest.mark.parametrize(
    ("role", "expected"), [("user", Counted()), ("tool", Counted()), ("system", Counted(1, 2))]
)
def test_whose_turn_asks(role: str, expected: Counted) -> None:
    assert surveyed(row(2, USER, {"role": role, "content": "and now?"})).unasked == expected


def test_a_prompt_longer_than_its_room() -> None:
    rows = [row(line, {"role": "user", "content": "x" * 4 * tokens}) for line, tokens in ((1, 10), (2, 11))]
    survey = surveyed(*rows, room=10)
    assert (survey.too_long, tokens_of(survey.longest)) == (Counted(1, 2), 11)


def test_rows_that_stand_in_another_data_set() -> None:
    assert surveyed(row(1), row(2)).also_in(surveyed(row(2), row(3))) == Counted(1, 2)


def test_images_are_counted_and_left_out_of_the_sample() -> None:
    parts = [{"type": "image_url", "image_url": {"url": "data:"}}, {"type": "text", "text": "what is it?"}]
    survey = surveyed(row(1, {"role": "user", "content": parts}), row(2))
    assert ([entry.line for entry in survey.sample()], survey.near_empty) == ([2], Counted())


@given(st.permutations(range(60)))
def test_the_sample_does_not_depend_on_the_order_of_lines(order: list[int]) -> None:
    def asked(numbers: list[int]) -> set[str]:
        rows = [
            row(line, {"role": "user", "content": f"number {number}"}) for line, number in enumerate(numbers)
        ]
        return {entry.messages[0]["content"] for entry in surveyed(*rows).sample()}

    assert asked(order) == asked(list(range(60)))
    assert len(asked(order)) == SAMPLED_ROWS


@given(lines=st.sets(st.integers(1, 40), min_size=1))
def test_rows_written_down_keep_their_lines(lines: set[int]) -> None:
    rows = [row(line) for line in sorted(lines)]
    text = rows_in_place(rows)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.jsonl"
        file.write_text(text, encoding="utf-8")
        read = read_rows(file, "rows.jsonl")
        assert (read.rows, read.findings) == (tuple(rows), ())
        assert digest_of(text) == file_digest(file)


def test_rows_written_down_are_json_lines() -> None:
    assert [line and json.loads(line) for line in rows_in_place([row(3, USER)]).splitlines()] == [
        "",
        "",
        {"messages": [USER]},
    ]
