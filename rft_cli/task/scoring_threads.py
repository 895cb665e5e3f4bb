"""Put a batch of answers through an evaluator with several calls at once, each in a thread.

A call that is over its time is left behind with its thread, which is replaced and asked to end; in C code it does not
hear that and goes on until the process ends.
"""

from __future__ import annotations

import ctypes
import queue
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.task.blame import EvaluatorError
from rft_cli.task.limits import TimeLimitReached

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rft_cli.task.row import Row
    from rft_cli.task.scoring import Attempt, Outcome, Settle

TICK_S = 0.001
"""Seconds waited beyond a call's limit, so that the call is over it when it is looked at. Chosen: unnoticeable."""


def score_in_threads(
    attempt: Attempt,
    concurrency: int,
    completions: Sequence[str],
    rows: Sequence[Row],
    settle: Settle,
) -> None:
    """Up to ``concurrency`` calls at once; outcomes are settled in this thread, in the order in which they come."""
    batch = _Batch(attempt, completions, rows)
    for _ in range(min(concurrency, len(rows))):
        batch.start_thread()
    settled: set[int] = set()
    try:
        while len(settled) < len(rows):
            attempt.beat()
            for index, outcome, seconds in batch.next_outcomes():
                if index not in settled:  # a call that was left behind may still answer
                    settled.add(index)
                    settle(index, outcome, seconds)
    finally:
        batch.stopped.set()


class _UnderWay(NamedTuple):
    position: int
    began: float


class _Batch:
    """The state that the threads of one batch share."""

    def __init__(self, attempt: Attempt, completions: Sequence[str], rows: Sequence[Row]) -> None:
        self.stopped = threading.Event()
        self._attempt = attempt
        self._completions = completions
        self._rows = rows
        self._waiting = iter(range(len(rows)))
        self._done: queue.SimpleQueue[tuple[int, Outcome | BaseException, float]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._under_way: dict[int, _UnderWay] = {}
        """By thread."""
        self._left_behind: set[int] = set()

    def start_thread(self) -> None:
        """Add a thread; it ends with the batch, and never holds the process up."""
        threading.Thread(target=self._work, name="evaluator", daemon=True).start()

    def next_outcomes(self) -> list[tuple[int, Outcome, float]]:
        """Wait for the next answer, or until a call is over its time: position, outcome, seconds."""
        limit = self._attempt.limit.seconds
        with self._lock:
            oldest = min((call.began for call in self._under_way.values()), default=time.monotonic())
        try:
            index, result, seconds = self._done.get(
                timeout=max(0.0, oldest + limit - time.monotonic()) + TICK_S
            )
        except queue.Empty:
            return self._over_their_time(limit)
        if isinstance(result, BaseException) and not isinstance(result, EvaluatorError):
            result = self._attempt.culprit.raised(result, self._rows[index].line)
        return [(index, result, seconds)]

    def _over_their_time(self, limit: float) -> list[tuple[int, Outcome, float]]:
        with self._lock:
            now = time.monotonic()
            late = {
                thread: call.position for thread, call in self._under_way.items() if now - call.began > limit
            }
            self._left_behind.update(late)
            for thread in late:
                del self._under_way[thread]
        outcomes: list[tuple[int, Outcome, float]] = []
        for thread, index in late.items():
            place = self._attempt.culprit.busy(thread)
            late_error = self._attempt.culprit.timed_out(place, limit, self._rows[index].line)
            outcomes.append((index, late_error, limit))
            _ask_to_end(thread)
            self.start_thread()
        return outcomes

    def _work(self) -> None:
        me = threading.get_ident()
        try:
            while (index := self._next_index(me)) is not None:
                outcome: Outcome | BaseException
                began = time.perf_counter()
                try:
                    value = self._attempt.call.invoke(self._completions[index], self._rows[index])
                    outcome = self._attempt.outcome(value, self._rows[index])
                except BaseException as error:  # noqa: BLE001  user code may raise anything; the owner must hear of it
                    outcome = error
                seconds = time.perf_counter() - began
                with self._lock:
                    if me not in self._left_behind:
                        del self._under_way[me]
                self._done.put((index, outcome, seconds))
        except TimeLimitReached:
            return

    def _next_index(self, me: int) -> int | None:
        with self._lock:
            if self.stopped.is_set() or me in self._left_behind:
                return None
            index = next(self._waiting, None)
            if index is not None:
                self._under_way[me] = _UnderWay(index, time.monotonic())
            return index


def _ask_to_end(thread: int) -> None:
    """Raise `TimeLimitReached` in another thread as soon as it runs Python code."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(TimeLimitReached))
