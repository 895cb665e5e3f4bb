"""The pure parts of the double: chunks, timelines, filters and masks."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from services.fireworks.chunks import Sampling, answers, cut
from services.fireworks.clock import Clock
from services.fireworks.fieldmask import camel, masked
from services.fireworks.filters import matcher, ordered
from services.fireworks.timeline import SCRIPTS, position


@pytest.mark.parametrize(
    ("rows", "size", "epochs", "chunks"),
    [
        (500, 200, 1, 3),
        (2000, 200, 1, 10),
        (500, 0, 1, 3),
        (399, 0, 1, 1),
        (400, 0, 2, 4),
        (500, -1, 3, 3),
        (1, 200, 1, 1),
    ],
)
def test_a_run_is_cut_into_chunks(rows: int, size: int, epochs: int, chunks: int) -> None:
    plan = cut(rows, size, epochs)
    assert [chunk.key for chunk in plan] == list(range(chunks))
    assert sum(chunk.prompts for chunk in plan) == rows * epochs
    assert sum(chunk.ends_epoch for chunk in plan) == epochs


@given(st.sampled_from(sorted(SCRIPTS)), st.integers(1, 40), st.floats(0, 1e5), st.floats(0, 1e5))
@settings(max_examples=200, deadline=None)
def test_a_job_never_goes_back_and_says_when_it_will_change(
    name: str, chunks: int, one: float, other: float
) -> None:
    early, late = (position(SCRIPTS[name], age, chunks) for age in sorted((one, other)))
    assert 0 <= early.chunks <= late.chunks <= chunks
    assert early.is_over <= late.is_over
    assert early.until > min(one, other)
    if not math.isinf(early.until):
        just_before = position(SCRIPTS[name], math.nextafter(early.until, 0), chunks)
        assert (just_before.state, just_before.is_over) == (early.state, early.is_over)


def test_answers_rise_but_not_in_a_job_that_does_not_learn() -> None:
    plan = cut(2000, 200, 1)
    sampling = Sampling(seed=1, candidates=8, max_tokens=2048, learning_rate=1e-4, learns=True)
    means = [answers(chunk, len(plan), sampling).score.mean() for chunk in plan]
    assert means[-1] > means[0] + 0.1
    still = answers(plan[0], len(plan), sampling._replace(learns=False))
    assert still.score.max() == 0
    short = answers(plan[0], len(plan), sampling._replace(max_tokens=64))
    assert short.is_cut.mean() > 0.5


def test_times_have_nine_digits() -> None:
    clock = Clock(1_790_000_000_123_456_789, 0.0)
    clock.advance(1.5)
    assert clock.timestamp() == "2026-09-21T14:13:21.623456789Z"
    assert clock.timestamp(0) == "2026-09-21T14:13:20.123456789Z"


def test_a_mask_reaches_inside_and_takes_both_spellings() -> None:
    body = {"name": "a", "trainingConfig": {"loraRank": 8, "epochs": 1}, "dataset": "d", "tags": ["x"]}
    assert camel("training_config.lora_rank") == "trainingConfig.loraRank"
    assert masked(body, "name,training_config.lora_rank", empties=False) == {
        "name": "a",
        "trainingConfig": {"loraRank": 8},
    }
    assert masked(body, "name", empties=True) == {
        "name": "a",
        "trainingConfig": None,
        "dataset": "",
        "tags": [],
    }


def test_quotes_numbers_and_truth_compare_by_the_fields_type() -> None:
    known = frozenset({"size", "isOn", "name"})
    body = {"size": 10, "isOn": True, "name": 'a "b"'}
    passing = ["size>9", "size<=10", "is_on=true", "is_on!=false", r'name="a \"b\""', "name:b", "NOT size=9"]
    assert [text for text in passing if not matcher(text, known)(body)] == []


def test_order_is_by_several_fields_and_name_where_nothing_is_said() -> None:
    known = frozenset({"name", "size"})
    bodies = [{"name": "b", "size": 1}, {"name": "a", "size": 2}, {"name": "c", "size": 2}]
    said = {
        text: "".join(each["name"] for each in ordered(bodies, text, known))
        for text in ("", "size desc,name", "size,name desc", "name asc")
    }
    assert said == {"": "abc", "size desc,name": "acb", "size,name desc": "bca", "name asc": "abc"}
