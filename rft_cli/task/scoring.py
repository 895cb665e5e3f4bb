"""What one call of an evaluator comes to, and the plain way to put a batch of answers through it: one after another.

Its siblings ``scoring_threads`` and ``scoring_loop`` have several calls under way. All report every outcome with its
position, and with the seconds that the call took, to ``settle``, which raises to end the batch. Outcomes are values: a
`Score`, or the `EvaluatorError` that the user's code earned.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.task.blame import EvaluatorError
from rft_cli.task.limits import TimeLimitReached
from rft_cli.task.verdict import Score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rft_cli.task.adapters import Call
    from rft_cli.task.blame import Culprit
    from rft_cli.task.limits import Interrupt, TimeLimit
    from rft_cli.task.row import Row

Outcome = Score | EvaluatorError
Settle = Callable[[int, Outcome, float], None]
"""Takes the position of an answer in its batch, what came of it, and the seconds of that call alone."""


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


def score_in_turn(attempt: Attempt, completions: Sequence[str], rows: Sequence[Row], settle: Settle) -> None:
    """One call after another, in this thread, each under the time limit."""
    invoke, limit, beat = attempt.call.invoke, attempt.limit, attempt.beat
    for index, (completion, row) in enumerate(zip(completions, rows, strict=True)):
        outcome: Outcome
        place = attempt.culprit.place
        beat()
        began = time.perf_counter()
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
        settle(index, outcome, time.perf_counter() - began)
