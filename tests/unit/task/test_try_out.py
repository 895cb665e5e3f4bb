"""Trying answers out: each call's outcome and time, with as many under way at once as training has."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rft_cli.task.evaluator import Evaluator, EvaluatorError, Score
from rft_cli.task.row import Row

THREADS = """
import threading
meeting = threading.Barrier(4)

def evaluate(completion, record):
    meeting.wait(20)
    return float(completion)
"""
COROUTINES = """
import asyncio
meeting = None

async def evaluate(completion, record):
    global meeting
    meeting = meeting or asyncio.Barrier(4)
    async with asyncio.timeout(20):
        await meeting.wait()
    return float(completion)
"""
MIXED = """
import time

def evaluate(completion, record):
    if completion == "raise":
        raise KeyError("gone")
    if completion == "slow":
        until = time.perf_counter() + 0.05
        while time.perf_counter() < until:
            pass
    return True if completion == "bool" else 0.5
"""
ASYNC_MIXED = MIXED.replace("def evaluate", "async def evaluate")


@pytest.mark.parametrize("source", [THREADS, COROUTINES])
def test_as_many_calls_are_under_way_as_the_config_says(
    loaded: Callable[..., Evaluator], rows: list[Row], source: str
) -> None:
    answers = [str(row.line) for row in rows]
    tried = loaded(source, concurrency=4).try_out(answers, rows)
    assert [each.outcome for each in tried] == [Score(float(answer), {}) for answer in answers]


@pytest.mark.parametrize("source", [MIXED, ASYNC_MIXED])
@pytest.mark.parametrize("concurrency", [1, 2])
def test_a_call_that_fails_is_an_outcome_and_the_time_is_that_of_the_call_alone(
    loaded: Callable[..., Evaluator], rows: list[Row], source: str, concurrency: int
) -> None:
    answers = ["raise", "slow", "bool", "ok", "raise", "ok", "ok", "ok"]
    tried = loaded(source, concurrency=concurrency).try_out(answers, rows)
    failed = [isinstance(each.outcome, EvaluatorError) for each in tried]
    assert failed == [answer in {"raise", "bool"} for answer in answers]
    assert "raised KeyError: 'gone' (line 1 of the data)" in str(tried[0].outcome)
    assert "float" in tried[2].outcome.hint  # type: ignore[union-attr]
    assert tried[1].seconds >= 0.05
    assert min(each.seconds for each in tried) < 0.05
    assert max(range(8), key=lambda index: tried[index].seconds) == 1 or concurrency == 2


@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_call_over_its_time_took_about_the_limit(
    loaded: Callable[..., Evaluator], rows: list[Row], concurrency: int
) -> None:
    source = "def evaluate(completion, record):\n    while True:\n        pass\n"
    tried = loaded(source, timeout_s=0.05, concurrency=concurrency).try_out(["a"], rows[:1])
    assert "gave no score within 0.05 s" in str(tried[0].outcome)
    assert 0.05 <= tried[0].seconds < 10
