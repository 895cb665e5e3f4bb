"""The prober: scores prepared answers twice, in a process of its own, because an evaluator is foreign code.

Run as ``python -m rft_cli.trainer.probe FOLDER``; the folder has the request and the rows, and gets the result.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from rft_cli.errors import ExitCode, RftError
from rft_cli.task import probe
from rft_cli.task.data import read_rows
from rft_cli.task.evaluator import EvaluatorError, EvaluatorSpec, load
from rft_cli.task.probe import Outcome, Trial
from rft_cli.worker import EventKind, Failure, RunFolder, State, read_json, write_atomic

if TYPE_CHECKING:
    from rft_cli.task.evaluator import Evaluator
    from rft_cli.task.row import Row

PROBE_SECONDS = 10.0
"""After this only what is worth waiting for is begun. Chosen: a slow judge is not asked a hundred times."""

LEAST_REPEATED = 8
"""Answers that are scored a second time however slow the evaluator is."""


class Prober:
    """One probe in its folder."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.outcomes: list[Outcome] = []

    def work(self) -> ExitCode:
        """Score, and record the end."""
        try:
            self._probe()
        except RftError as error:
            return self.ended(error)
        return self.ended(None)

    def ended(self, error: RftError | None) -> ExitCode:
        """Write the result down, and how it came to it."""
        write_atomic(self.folder.path / probe.RESULT_FILE, json.dumps(probe.as_json(self.outcomes)))
        if error is None:
            self.folder.append(EventKind.END, state=State.COMPLETED, reason="", failure=None)
            return ExitCode.DONE
        failure = Failure(
            kind="evaluator" if isinstance(error, EvaluatorError) else "setup",
            message=error.message,
            hint=error.hint,
            exit_code=error.exit_code,
        )
        self.folder.append(EventKind.END, state=State.FAILED, reason=error.message, failure=failure)
        return ExitCode(error.exit_code)

    def _probe(self) -> None:
        request = read_json(self.folder.path / probe.REQUEST_FILE)
        # A call that fails is an answer here, so it must not be turned into a score.
        spec = EvaluatorSpec(**{**request["evaluator"], "env": tuple(request["evaluator"]["env"])})
        evaluator = load(spec._replace(on_error="fail"), Path.cwd(), on_hang=self._hung)
        data = read_rows(self.folder.path / probe.ROWS_FILE, probe.ROWS_FILE, text_only=False)
        rows = {row.line: row for row in data.rows}
        ends = time.monotonic() + PROBE_SECONDS
        waiting = [probe.trial_from_json(trial) for trial in request["trials"]]
        least = probe.least(waiting)
        while waiting:
            if time.monotonic() > ends:
                waiting = probe.worth_waiting_for(waiting, least, self.outcomes)
            turn, waiting = waiting[: spec.concurrency], waiting[spec.concurrency :]
            self.outcomes += _called(evaluator, turn, rows)
        # All the others stand between the two calls of an answer, so that what an evaluator remembers shows as well.
        scored = [index for index, outcome in enumerate(self.outcomes) if not outcome.error]
        while scored:
            if time.monotonic() > ends:
                scored = [index for index in scored if index < LEAST_REPEATED]
            places, scored = scored[: spec.concurrency], scored[spec.concurrency :]
            again = _called(evaluator, [self.outcomes[index].trial for index in places], rows)
            for index, outcome in zip(places, again, strict=True):
                self.outcomes[index] = outcome.after(self.outcomes[index])

    def _hung(self, error: EvaluatorError) -> NoReturn:
        """Record that a call cannot be interrupted, from another thread, and end the process: the only way out."""
        with suppress(OSError):
            self.ended(error)
        os._exit(error.exit_code)


def _called(evaluator: Evaluator, trials: Sequence[Trial], rows: Mapping[int, Row]) -> list[Outcome]:
    """Score answers, as many at once as the config says."""
    tried = evaluator.try_out([trial.answer for trial in trials], [rows[trial.line] for trial in trials])
    return [
        Outcome(trial, (), seconds, outcome.message, outcome.hint)
        if isinstance(outcome, EvaluatorError)
        else Outcome(trial, (outcome.value,), seconds)
        for trial, (outcome, seconds) in zip(trials, tried, strict=True)
    ]


def main(arguments: list[str]) -> int:
    """Run the prober; what is no failure of the user's goes to the log with its traceback."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m rft_cli.trainer.probe FOLDER\n")
        return ExitCode.USAGE
    return Prober(RunFolder(Path(arguments[0]))).work()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
