"""Put a batch of answers through an asynchronous evaluator, several coroutines at once on one event loop."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from rft_cli.task.limits import TimeLimitReached

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rft_cli.task.row import Row
    from rft_cli.task.scoring import Attempt, Outcome, Settle

LOOP_GRACE_S = 1.0
"""Seconds beyond the limit after which an event loop counts as blocked. Chosen: its own time-outs come first."""


async def score_on_loop(
    attempt: Attempt,
    concurrency: int,
    completions: Sequence[str],
    rows: Sequence[Row],
    settle: Settle,
) -> BaseException | None:
    """Up to ``concurrency`` coroutines at once; the alarm is for one that blocks the loop instead of awaiting.

    Returns:
        What a signal raised meanwhile, for the caller to raise: asyncio would break off in the middle of its own work
        if a KeyboardInterrupt went through it.
    """
    waiting = iter(range(len(rows)))
    from_outside: list[BaseException] = []

    async def answered(index: int) -> Outcome | None:
        row = rows[index]
        try:
            return attempt.outcome(await attempt.call.invoke(completions[index], row), row)
        except BaseException as error:
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
                raise
            if attempt.interrupt.is_ours(error) and not isinstance(error, TimeLimitReached):
                from_outside.append(error)
                return None
            return attempt.failure(error, row)

    async def work() -> None:
        for index in waiting:
            attempt.beat()
            attempt.limit.start(LOOP_GRACE_S)
            began = time.perf_counter()
            try:
                outcome = await asyncio.wait_for(answered(index), attempt.limit.seconds)
            except TimeoutError:
                outcome = attempt.culprit.timed_out(
                    attempt.culprit.place, attempt.limit.seconds, rows[index].line
                )
            if outcome is None or from_outside:
                return
            settle(index, outcome, time.perf_counter() - began)

    workers = [asyncio.ensure_future(work()) for _ in range(min(concurrency, len(rows)))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        attempt.limit.stop()
    return from_outside[0] if from_outside else None
