"""Three ways to put a batch of answers through an evaluator: in turn, in threads, on an event loop.

Each takes a call and reports every outcome with its position to ``settle``, which raises to end the batch. Outcomes are
values: a `Score`, or the `EvaluatorError` that the user's code earned.
"""

from __future__ import annotations

import inspect
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.task.blame import EvaluatorError
from rft_cli.task.limits import TimeLimitReached
from rft_cli.task.verdict import Score

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rft_cli.task.adapters import Call
    from rft_cli.task.blame import Culprit
    from rft_cli.task.limits import Interrupt, TimeLimit
    from rft_cli.task.row import Row

Outcome = Score | EvaluatorError

LOOP_GRACE_S = 1.0
"""Seconds beyond the limit after which an event loop counts as blocked. Chosen: its own time-outs come first."""


class Attempt(NamedTuple):
    """All that is needed to score one answer."""

    call: Call
    culprit: Culprit
    limit: TimeLimit
    interrupt: Interrupt
    beat: Callable[[], None]
    """Told the watchdog's way that a call begins or ends."""

    def outcome(self, value: Any, row: Row) -> Outcome:
        """What a returned value means."""
        verdict = self.call.read(value)
        if isinstance(verdict, Score):
            return verdict
        if inspect.iscoroutine(value):
            value.close()  # nobody will await it, and Python would complain about that as well
            return self._unusable("returned a coroutine, not a number", "write it as `async def`", row)
        return self._unusable(verdict.message, verdict.help, row)

    def failure(self, error: BaseException, row: Row) -> EvaluatorError:
        """What an exception out of the user's code means; one that is not the user's goes on."""
        if isinstance(error, TimeLimitReached):
            return self.culprit.timed_out(self.culprit.blamed(error), self.limit.seconds, row.line)
        if self.interrupt.is_ours(error):
            raise error
        return self.culprit.raised(error, row.line)

    def _unusable(self, message: str, help_: str, row: Row) -> EvaluatorError:
        culprit = self.culprit
        return culprit.error(culprit.place, f"`{culprit.function}` {message}", row.line, hint=help_)


def score_in_turn(
    attempt: Attempt, completions: Sequence[str], rows: Sequence[Row], settle: Callable[[int, Outcome], None]
) -> None:
    """One call after another, in this thread, each under the time limit."""
    invoke, limit, beat = attempt.call.invoke, attempt.limit, attempt.beat
    for index, (completion, row) in enumerate(zip(completions, rows, strict=True)):
        outcome: Outcome
        place = attempt.culprit.place
        beat()
        try:
            limit.start()
            try:
                value = invoke(completion, row)
            finally:
                limit.stop()
            outcome = attempt.outcome(value, row)
        except BaseException as error:  # noqa: BLE001  user code may raise anything; `failure` lets ours through
            limit.stop()
            outcome = attempt.failure(error, row)
            place = attempt.culprit.blamed(error)
        if limit.reached:  # also when the user's code swallowed the interruption
            outcome = attempt.culprit.timed_out(place, limit.seconds, row.line)
        settle(index, outcome)


def score_in_threads(
    attempt: Attempt,
    concurrency: int,
    completions: Sequence[str],
    rows: Sequence[Row],
    settle: Callable[[int, Outcome], None],
) -> None:
    """Several calls at once, each in a thread.

    One that is over its time is left behind, replaced, and asked to end; in C code it does not hear that and goes on
    until the process ends.
    """
    import queue
    import threading

    done: queue.SimpleQueue[tuple[int, int, Outcome | BaseException]] = queue.SimpleQueue()
    waiting = iter(range(len(rows)))
    lock = threading.Lock()
    stopped = threading.Event()
    under_way: dict[int, tuple[int, float]] = {}  # thread → position, start
    left_behind: set[int] = set()

    def work() -> None:
        me = threading.get_ident()
        while not stopped.is_set():
            with lock:
                index = None if me in left_behind else next(waiting, None)
                if index is None:
                    return
                under_way[me] = (index, time.monotonic())
            outcome: Outcome | BaseException
            try:
                outcome = attempt.outcome(attempt.call.invoke(completions[index], rows[index]), rows[index])
            except TimeLimitReached:
                return
            except BaseException as error:  # noqa: BLE001  whatever it is, this thread's owner must hear of it
                outcome = error
            done.put((me, index, outcome))

    def start() -> None:
        threading.Thread(target=work, name="evaluator", daemon=True).start()

    for _ in range(min(concurrency, len(rows))):
        start()
    settled: set[int] = set()
    limit = attempt.limit.seconds
    try:
        while len(settled) < len(rows):
            attempt.beat()
            with lock:
                oldest = min((began for _, began in under_way.values()), default=time.monotonic())
            try:
                thread, index, result = done.get(timeout=max(0.0, oldest + limit - time.monotonic()) + 0.001)
            except queue.Empty:
                with lock:
                    now = time.monotonic()
                    late = {one: index for one, (index, began) in under_way.items() if now - began > limit}
                    left_behind.update(late)
                    for one in late:
                        del under_way[one]
                for one, index in late.items():
                    settled.add(index)
                    start()
                    settle(
                        index, attempt.culprit.timed_out(attempt.culprit.busy(one), limit, rows[index].line)
                    )
                continue
            if index in settled:
                continue
            with lock:
                if under_way.get(thread, (None,))[0] == index:
                    del under_way[thread]
            settled.add(index)
            if isinstance(result, BaseException) and not isinstance(result, EvaluatorError):
                result = attempt.culprit.raised(result, rows[index].line)
            settle(index, result)
    finally:
        stopped.set()


def _ask_to_end(thread: int) -> None:
    """Raise `TimeLimitReached` in another thread as soon as it runs Python code."""
    import ctypes

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(TimeLimitReached))


async def score_on_loop(
    attempt: Attempt,
    concurrency: int,
    completions: Sequence[str],
    rows: Sequence[Row],
    settle: Callable[[int, Outcome], None],
) -> BaseException | None:
    """Up to ``concurrency`` coroutines at once; the alarm is for one that blocks the loop instead of awaiting.

    Returns:
        What a signal raised meanwhile, for the caller to raise: asyncio would break off in the middle of its own work
        if a KeyboardInterrupt went through it.
    """
    import asyncio

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
            try:
                outcome = await asyncio.wait_for(answered(index), attempt.limit.seconds)
            except TimeoutError:
                outcome = attempt.culprit.timed_out(
                    attempt.culprit.place, attempt.limit.seconds, rows[index].line
                )
            if outcome is None or from_outside:
                return
            settle(index, outcome)

    workers = [asyncio.ensure_future(work()) for _ in range(min(concurrency, len(rows)))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        attempt.limit.stop()
    return from_outside[0] if from_outside else None
