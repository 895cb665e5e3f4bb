"""The prober: scores prepared answers twice, in a process of its own, because an evaluator is foreign code.

Run as ``python -m rft_cli.trainer.probe FOLDER``; the folder has the request and the rows, and gets the result.
"""

from __future__ import annotations

import json
import os
import sys
import time
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
"""Nothing further is begun after this, once the least is done. Chosen: a slow judge is not asked a hundred times."""

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
        seen: set[int] = set()
        for trial in map(probe.trial_from_json, request["trials"]):
            if trial.line not in seen and len(seen) >= probe.LEAST_ROWS and time.monotonic() > ends:
                break
            seen.add(trial.line)
            self.outcomes.append(_called(evaluator, trial, rows[trial.line]))
        # All the others stand between the two calls of an answer, so that what an evaluator remembers shows as well.
        for index, outcome in enumerate(self.outcomes):
            if index >= LEAST_REPEATED and time.monotonic() > ends:
                break
            if not outcome.error:
                again = _called(evaluator, outcome.trial, rows[outcome.trial.line])
                self.outcomes[index] = again._replace(
                    scores=outcome.scores + again.scores, seconds=max(outcome.seconds, again.seconds)
                )

    def _hung(self, error: EvaluatorError) -> NoReturn:
        """Record that a call cannot be interrupted, from another thread, and end the process: the only way out."""
        with suppress(OSError):
            self.ended(error)
        os._exit(error.exit_code)


def _called(evaluator: Evaluator, trial: Trial, row: Row) -> Outcome:
    began = time.perf_counter()
    try:
        score = evaluator.score([trial.answer], [row])[0].value
    except EvaluatorError as error:
        return Outcome(trial, (), time.perf_counter() - began, error.message)
    return Outcome(trial, (score,), time.perf_counter() - began)


def main(arguments: list[str]) -> int:
    """Run the prober; what is no failure of the user's goes to the log with its traceback."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m rft_cli.trainer.probe FOLDER\n")
        return ExitCode.USAGE
    return Prober(RunFolder(Path(arguments[0]))).work()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
