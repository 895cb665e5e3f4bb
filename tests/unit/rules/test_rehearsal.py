"""What is said of an evaluator after a probe, and of rows after a survey."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rft_cli.config import Config
from rft_cli.diagnostics import Severity
from rft_cli.rules.rehearsal import judge_held_out, judge_probe, judge_rows, room_for_prompt
from rft_cli.task.probe import Kind, Outcome, Trial
from rft_cli.task.row import Row
from rft_cli.task.survey import Survey

Resolve = Callable[..., Config]


def outcome(
    kind: Kind, *scores: float, line: int = 1, seconds: float = 0.01, error: str = "", answer: str = "42"
) -> Outcome:
    return Outcome(Trial(line, kind, answer), scores, seconds, error)


GOOD = (
    outcome(Kind.NOTHING, 0.0, 0.0),
    outcome(Kind.OTHER, 0.0, 0.0),
    outcome(Kind.RIGHT, 0.0, 0.0),
    outcome(Kind.RIGHT, 1.0, 1.0),
)


def codes(config: Config, *outcomes: Outcome) -> list[tuple[str, Severity]]:
    return [(finding.code, finding.severity) for finding in judge_probe(config, outcomes)]


def test_an_evaluator_that_prefers_the_right_answer_earns_no_finding(resolved: Resolve) -> None:
    assert codes(resolved(), *GOOD) == []


def test_without_outcomes_there_is_nothing_to_say(resolved: Resolve) -> None:
    assert codes(resolved()) == []


def test_one_score_for_all_is_an_error_that_says_whether_right_answers_were_tried(resolved: Resolve) -> None:
    nothing, right = outcome(Kind.NOTHING, 0.5, 0.5), outcome(Kind.RIGHT, 0.5, 0.5)
    (told,) = judge_probe(resolved(), [nothing, right])
    assert (told.code, told.severity, told.parameter) == ("RFT720", Severity.ERROR, "evaluator")
    assert told.message == (
        "the evaluator cannot tell answers apart: 2 answers to 1 row, right ones among them, all score 0.5"
    )
    (told,) = judge_probe(resolved(), [nothing, outcome(Kind.ECHO, 0.5, 0.5)])
    assert "hold no right one to try" in told.message


def test_an_answer_of_the_model_that_differs_shows_that_answers_are_told_apart(resolved: Resolve) -> None:
    sampled = outcome(Kind.SAMPLED, 0.2, seconds=0.0)
    assert codes(resolved(), outcome(Kind.NOTHING, 0.0, 0.0), outcome(Kind.ECHO, 0.0, 0.0), sampled) == []


def test_a_score_that_changes_is_told_with_its_widest_case(resolved: Resolve) -> None:
    found = judge_probe(resolved(), [*GOOD, outcome(Kind.ECHO, 0.1, 0.4), outcome(Kind.ECHO, 0.1, 0.2)])
    assert [(finding.code, finding.message) for finding in found] == [
        (
            "RFT721",
            '2 of 6 answers score differently when scored again, most "42" to line 1: 0.1 and 0.4; '
            "6% of what sets scores apart is chance",
        )
    ]


def test_scores_that_are_mostly_chance_are_an_error(resolved: Resolve) -> None:
    drawn = [outcome(Kind.RIGHT, 0.1, 0.9), outcome(Kind.NOTHING, 0.8, 0.3), outcome(Kind.OTHER, 0.4, 0.5)]
    assert ("RFT721", Severity.ERROR) in codes(resolved(), *drawn)


def test_what_failed_is_told_with_what_mends_it(resolved: Resolve) -> None:
    failed = outcome(Kind.NOTHING, error="returned False")._replace(help="return float(…)")
    assert [finding.help for finding in judge_probe(resolved(), [*GOOD, failed])] == ["return float(…)"]


def test_what_the_order_of_a_sum_changes_is_no_change(resolved: Resolve) -> None:
    assert codes(resolved(), *GOOD, outcome(Kind.ECHO, 0.3, 0.1 + 0.2)) == []


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("evaluation: {reward_range: [0, 1]}\n", [("RFT722", Severity.ERROR)]),
        ("evaluation: {reward_range: [-1, 2]}\n", []),
        ("backend: fireworks\n", [("RFT723", Severity.WARNING)]),
        ("", []),
    ],
)
def test_scores_beyond_a_range(
    resolved: Resolve, fragment: str, expected: list[tuple[str, Severity]]
) -> None:
    assert codes(resolved(fragment), *GOOD, outcome(Kind.ECHO, 0.0, 0.0), outcome(Kind.RIGHT, 2.0, 2.0)) == (
        expected
    )


def test_a_failing_evaluator_is_an_error(resolved: Resolve) -> None:
    assert codes(resolved(), *GOOD, outcome(Kind.NOTHING, error="score.py:3: raised KeyError")) == [
        ("RFT724", Severity.ERROR)
    ]


def test_one_that_scores_failures_zero_is_warned_of(resolved: Resolve) -> None:
    config = resolved()
    values = {**config.values, "evaluator": {"entry": "evaluators/judge.py", "on_error": "zero"}}
    failed = outcome(Kind.NOTHING, error="score.py:3: raised KeyError")
    lenient = config._replace(values=values)
    assert codes(lenient, *GOOD, failed) == [("RFT724", Severity.WARNING)]
    assert codes(lenient, failed) == [("RFT724", Severity.ERROR)]


def test_right_answers_that_score_no_higher_in_most_rows(resolved: Resolve) -> None:
    def row(line: int, right: float, wrong: float) -> list[Outcome]:
        return [
            outcome(Kind.RIGHT, right, right, line=line),
            outcome(Kind.OTHER, wrong, wrong, line=line),
        ]

    lost = [*row(1, 0.0, 1.0), *row(2, 0.5, 0.5), *row(3, 1.0, 0.0)]
    assert codes(resolved(), *lost) == [("RFT725", Severity.WARNING)]
    assert codes(resolved(), *lost, *row(4, 1.0, 0.0)) == []


def test_a_call_near_its_time_limit(resolved: Resolve) -> None:
    assert codes(resolved(), *GOOD, outcome(Kind.ECHO, 0.0, 0.0, seconds=15.1)) == [
        ("RFT726", Severity.WARNING)
    ]
    assert codes(resolved(), *GOOD, outcome(Kind.ECHO, 0.0, 0.0, seconds=14.9)) == []


def survey(config: Config, *rows: tuple[str, str]) -> Survey:
    found = Survey(room_for_prompt(config))
    for line, (role, content) in enumerate(rows, start=1):
        messages = [{"role": role, "content": content}]
        found.add(Row(line, messages, {"messages": messages}))
    return found


def test_findings_of_rows_point_at_the_first_of_them(resolved: Resolve) -> None:
    config = resolved("rollout: {max_tokens: 100}\ntraining: {max_context_length: 112}\n")
    rows = survey(
        config, ("user", "hello"), ("user", "hello"), ("user", "?"), ("system", "rules"), ("user", "x" * 60)
    )
    found = [(finding.code, *finding.location[:2]) for finding in judge_rows(config, rows)]
    assert found == [
        ("RFT730", "data/train.jsonl", 2),
        ("RFT731", "data/train.jsonl", 3),
        ("RFT732", "data/train.jsonl", 4),
        ("RFT733", "data/train.jsonl", 5),
    ]


@pytest.mark.parametrize(("backend", "expected"), [("fireworks", ["RFT732"]), ("local", [])])
def test_an_answer_at_the_end_matters_where_the_file_goes_up_as_it_is(
    resolved: Resolve, backend: str, expected: list[str]
) -> None:
    config = resolved(f"backend: {backend}\n")
    messages = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}]
    rows = Survey(100)
    rows.add(Row(1, messages[:1], {"messages": messages}))
    assert [finding.code for finding in judge_rows(config, rows)] == expected


def test_held_out_prompts_among_the_training_rows(resolved: Resolve) -> None:
    config = resolved("evaluation: {dataset: data/held-out.jsonl}\n")
    train = survey(config, ("user", "one"), ("user", "two"))
    held_out = survey(config, ("user", "three"), ("user", "two"))
    found = [(finding.code, *finding.location[:2]) for finding in judge_held_out(config, train, held_out)]
    assert found == [("RFT735", "data/held-out.jsonl", 2)]
    assert list(judge_held_out(config, train, survey(config, ("user", "four")))) == []
