"""The evaluator: one Python function of the user's that gives each answer its reward.

`load` runs the user's file; `Evaluator.score` calls it, with copies of the rows, under a time limit, and turns
whatever goes wrong into one `EvaluatorError` at the user's own line. For the source alone see ``locate``.
"""

from __future__ import annotations

import weakref
from contextlib import ExitStack, nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.task.adapters import Call, adapt
from rft_cli.task.blame import Culprit, EvaluatorError
from rft_cli.task.entry import EvaluatorSpec
from rft_cli.task.environment import provide
from rft_cli.task.form import Unsupported
from rft_cli.task.limits import GRACE_S, Interrupt, TimeLimit, Watchdog
from rft_cli.task.locate import find_function
from rft_cli.task.module import function_in
from rft_cli.task.scoring import Attempt, Outcome, Settle, score_in_turn
from rft_cli.task.sources import digest
from rft_cli.task.surroundings import Surroundings
from rft_cli.task.verdict import Score

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from rft_cli.task.row import Row

__all__ = [
    "Evaluator",
    "EvaluatorError",
    "EvaluatorSpec",
    "Score",
    "Tried",
    "digest",
    "find_function",
    "load",
]

ZERO = "zero"


class Tried(NamedTuple):
    """What came of one call."""

    outcome: Outcome
    seconds: float
    """Of this call alone, also where several were under way."""


class Evaluator:
    """A loaded evaluator. Made by `load`; not for use from several threads at once."""

    def __init__(
        self,
        spec: EvaluatorSpec,
        call: Call,
        culprit: Culprit,
        surroundings: Surroundings,
        watchdog: Watchdog | None,
    ) -> None:
        self.spec = spec
        self.errors = 0
        """Answers that scored 0 because the evaluator failed on them (``on_error: zero``)."""
        self.last_error: EvaluatorError | None = None
        """The latest of these failures, for a note to the user."""
        self._surroundings = surroundings
        self._watchdog = watchdog
        self._loop: asyncio.Runner | None = None
        self._attempt = Attempt(
            call,
            culprit,
            TimeLimit(spec.timeout_s),
            Interrupt(),
            watchdog.beat if watchdog is not None else _nobody_watches,
        )

    def score(self, completions: Sequence[str], rows: Sequence[Row]) -> list[Score]:
        """Score each completion as an answer to the row at the same position, in that order.

        Args:
            completions: N answers.
            rows: the N rows that they answer.

        Returns:
            N scores; with ``on_error: zero`` a failed call gives 0 and no parts.

        Raises:
            EvaluatorError: a call failed, and the spec does not say that it scores 0 (exit 5).
        """
        scores: list[Score] = [_FAILED] * len(completions)

        def settle(index: int, outcome: Outcome, _seconds: float) -> None:
            if isinstance(outcome, Score):
                scores[index] = outcome
                return
            if self.spec.on_error != ZERO:
                raise outcome
            self.errors += 1
            self.last_error = outcome

        self._put_through(completions, rows, settle)
        return scores

    def try_out(self, completions: Sequence[str], rows: Sequence[Row]) -> list[Tried]:
        """Call the evaluator as `score` does, and see what comes of each call, failures too, and how long it takes.

        Args:
            completions: N answers.
            rows: the N rows that they answer.
        """
        tried: dict[int, Tried] = {}

        def settle(index: int, outcome: Outcome, seconds: float) -> None:
            tried[index] = Tried(outcome, seconds)

        self._put_through(completions, rows, settle)
        return [tried[index] for index in range(len(rows))]

    def _put_through(self, completions: Sequence[str], rows: Sequence[Row], settle: Settle) -> None:
        with ExitStack() as stack:
            stack.enter_context(self._surroundings.lent())
            stack.enter_context(self._attempt.interrupt)
            stack.enter_context(self._attempt.limit)
            stack.enter_context(self._watchdog or nullcontext())
            self._call_on_each(completions, rows, settle)

    def _call_on_each(self, completions: Sequence[str], rows: Sequence[Row], settle: Settle) -> None:
        if self._attempt.call.awaits:
            self._on_loop(completions, rows, settle)
        elif self.spec.concurrency > 1:
            from rft_cli.task.scoring_threads import score_in_threads

            score_in_threads(self._attempt, self.spec.concurrency, completions, rows, settle)
        else:
            score_in_turn(self._attempt, completions, rows, settle)

    def _on_loop(self, completions: Sequence[str], rows: Sequence[Row], settle: Settle) -> None:
        """All batches share one event loop: clients that the user's module keeps stay bound to it."""
        import asyncio

        from rft_cli.task.scoring_loop import score_on_loop

        if self._loop is None:
            self._loop = asyncio.Runner()
            self._close_loop = weakref.finalize(self, self._loop.close)
        try:
            raised = self._loop.run(
                score_on_loop(self._attempt, self.spec.concurrency, completions, rows, settle)
            )
        except BaseException as error:  # noqa: BLE001  raised again below, once the loop is closed
            raised = error
        if raised is not None:
            self._loop = None
            self._close_loop()  # cancels what the batch left unfinished
            raise raised


def load(
    spec: EvaluatorSpec, root: Path, *, on_hang: Callable[[EvaluatorError], Any] | None = None
) -> Evaluator:
    """Import the user's file and make its function callable.

    Args:
        spec: which function, under which limits.
        root: the project root; the spec's path and ``.env`` are relative to it.
        on_hang: called from another thread when a call neither ends nor lets itself be interrupted for
            ``timeout_s`` + `GRACE_S`; it should record the error and end the process.

    Raises:
        EvaluatorError: there is no usable function (exit 5).
        SetupError: an environment variable that the spec names is not set (exit 3).
    """
    root = root.resolve()
    culprit = Culprit(
        (root / spec.path).resolve(), spec.path, root, spec.function, secrets=provide(spec.env, root)
    )
    surroundings = Surroundings()
    with surroundings.lent(), Interrupt() as interrupt:
        function, line = function_in(culprit, interrupt)
        culprit = culprit._replace(line=line)
        call = adapt(spec.function, function)
    if isinstance(call, Unsupported):
        raise EvaluatorError(f"{culprit.place}: {call.message}", hint=call.help)
    watchdog = (
        None if on_hang is None else Watchdog(spec.timeout_s + GRACE_S, _reporter(culprit, spec, on_hang))
    )
    return Evaluator(spec, call, culprit, surroundings, watchdog)


def _reporter(
    culprit: Culprit, spec: EvaluatorSpec, on_hang: Callable[[EvaluatorError], Any]
) -> Callable[[], None]:
    import threading

    main = threading.main_thread().ident or 0

    def report() -> None:
        error = culprit.error(
            culprit.busy(main),
            f"`{culprit.function}` gave no score within {spec.timeout_s:g} s and cannot be interrupted",
            hint="run what is slow there in a process of its own, with a time limit",
        )
        on_hang(error)

    return report


def _nobody_watches() -> None:
    return None


_FAILED = Score(0.0, {})
