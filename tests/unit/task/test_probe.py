"""Which answers a probe tries, and that what came of them survives the way through a file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rft_cli.task.probe import (
    DRESSES,
    PROBED_ROWS,
    Kind,
    Outcome,
    Trial,
    as_json,
    from_json,
    known_answers,
    least,
    trials,
    worth_waiting_for,
)
from rft_cli.task.row import Row

USER = {"role": "user", "content": "what is 1+1?"}


def row(line: int, **record: Any) -> Row:
    return Row(line, [USER], {"messages": [USER], **record})


def test_an_assistants_turn_at_the_end_is_the_answer_as_it_stands() -> None:
    record = {"messages": [USER, {"role": "assistant", "content": "two"}], "ground_truth": "2"}
    assert known_answers(record) == ("two",)


@pytest.mark.parametrize(
    ("record", "bare"),
    [
        ({"ground_truth": "2", "answer": "3"}, "2"),
        ({"answer": 2}, "2"),
        ({"solution": {"x": 2}}, '{"x": 2}'),
        ({"label": False}, "false"),
    ],
)
def test_a_bare_answer_is_tried_in_every_form(record: dict[str, Any], bare: str) -> None:
    assert known_answers(record) == tuple(form.format(bare) for form in DRESSES)


@pytest.mark.parametrize("record", [{}, {"answer": ""}, {"ground_truth": None}, {"messages": "none"}])
def test_a_row_without_an_answer(record: dict[str, Any]) -> None:
    assert known_answers(record) == ()


def test_each_row_is_tried_with_nothing_an_echo_another_answer_and_its_own() -> None:
    made = trials([row(1, answer="2"), row(4, answer="5")])
    assert made[:4] == (
        Trial(1, Kind.NOTHING, ""),
        Trial(1, Kind.ECHO, "what is 1+1?"),
        Trial(1, Kind.OTHER, "5"),
        Trial(1, Kind.RIGHT, "2"),
    )
    assert {trial.line for trial in made} == {1, 4}


def test_an_answer_that_all_rows_share_is_nobody_elses() -> None:
    assert Kind.OTHER not in {trial.kind for trial in trials([row(1, answer="2"), row(2, answer="2")])}


def test_rows_without_answers_are_tried_all_the_same() -> None:
    kinds = [trial.kind for trial in trials([row(line) for line in range(20)])]
    assert kinds == [Kind.NOTHING, Kind.ECHO] * PROBED_ROWS


def test_of_a_slow_evaluator_one_answer_of_a_kind_is_asked_in_the_first_rows() -> None:
    made = trials([row(line, answer=str(line)) for line in range(1, 9)])
    chosen = least(made)
    assert {trial.line for trial in chosen} == {1, 2, 3, 4, 5}
    assert sorted(trial.kind for trial in chosen if trial.line == 1) == ["nothing", "other", "right"]
    differ = [Outcome(made[0], (0.0,), 2.0), Outcome(made[1], (1.0,), 2.0)]
    assert set(worth_waiting_for(made, chosen, differ)) == chosen


def test_while_no_two_answers_scored_differently_every_form_is_tried_in_the_first_rows() -> None:
    made = trials([row(line, answer=str(line)) for line in range(1, 9)])
    alike = [Outcome(made[0], (0.0,), 2.0), Outcome(made[1], (0.0,), 2.0)]
    assert worth_waiting_for(made, least(made), alike) == [trial for trial in made if trial.line <= 5]


def test_nobody_waits_for_an_evaluator_of_which_every_call_failed() -> None:
    made = trials([row(1, answer="2")])
    assert worth_waiting_for(made, least(made), [Outcome(made[0], (), 30.0, "late")]) == []


def test_outcomes_survive_a_file() -> None:
    outcomes = (
        Outcome(Trial(1, Kind.RIGHT, "é"), (0.5, 1.0), 0.25),
        Outcome(Trial(2, Kind.NOTHING, ""), (), 0.1, "raised KeyError", "mend it"),
    )
    assert from_json(json.loads(json.dumps(as_json(outcomes)))) == outcomes
