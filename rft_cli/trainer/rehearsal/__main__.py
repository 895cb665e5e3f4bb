"""The worker's entry: one run folder, one run, one end. A failure of any kind becomes the run's recorded end."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from rft_cli.errors import ExitCode, RftError
from rft_cli.task.evaluator import EvaluatorError, load
from rft_cli.trainer.rehearsal import checkpoint, examples
from rft_cli.trainer.rehearsal.evaluate import EvaluatorCannotTellError
from rft_cli.trainer.rehearsal.heartbeat import Heartbeat
from rft_cli.trainer.rehearsal.loop import Ending, Run
from rft_cli.trainer.rehearsal.settings import Settings
from rft_cli.trainer.rehearsal.stop import Stopped, StopRequest
from rft_cli.worker import UNWRITABLE_FOLDER, EventKind, Failure, RunFolder, State, now

KINDS: tuple[tuple[type[RftError], str], ...] = (
    (EvaluatorCannotTellError, "evaluator_cannot_tell"),
    (EvaluatorError, "evaluator"),
)
"""What a recorded failure is called, by the first class that fits; others by their exit code."""

KINDS_BY_EXIT = {ExitCode.FINDINGS: "data", ExitCode.SETUP: "setup", ExitCode.RUN_FAILED: "training"}


class Worker:
    """One run with its folder; whatever happens in `work`, the folder says how it ended."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.run: Run | None = None
        self.steps = 0

    def work(self) -> ExitCode:
        """Train, and record the end."""
        stop = StopRequest()
        stop.listen()
        try:
            ending = self._train(stop)
        except Stopped:
            ending = self.run.cancelled() if self.run else Ending(State.CANCELLED, "cancelled before step 1")
        except RftError as error:
            if self.run:
                with suppress(OSError):
                    self.run.keep()
            return self.failed(failure_of(error))
        except OSError as error:
            what = f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
            return self.failed(Failure(kind="disk", message=what, hint="", exit_code=ExitCode.SETUP))
        except MemoryError:
            hint = "lower training.batch_size or rollout.n"
            return self.failed(
                Failure(
                    kind="out_of_memory", message="out of memory", hint=hint, exit_code=ExitCode.RUN_FAILED
                )
            )
        return self.ended(ending)

    def _train(self, stop: StopRequest) -> Ending:
        job = self.folder.job()
        settings = Settings.from_job(job)
        self.steps = settings.steps
        root = Path.cwd()
        data = examples.load(settings, root, job["digests"])
        with self._says(f"loading {settings.evaluator.path}"):
            evaluator = load(settings.evaluator, root, on_hang=self.hung)
        self.run = Run(
            settings,
            data=data,
            base=checkpoint.read_weights(),
            scorer=evaluator.score,
            folder=self.folder,
            stop=stop,
        )
        try:
            return self.run.train(resume=job["resume"], force=job["force"])
        finally:
            # Also where the run fails: that all answers score alike may come from nothing else.
            if evaluator.errors and evaluator.last_error:
                what = f"{evaluator.errors} answers scored 0 because the evaluator failed on them"
                self.run.note(f"{what}, last: {evaluator.last_error.message}")

    @contextmanager
    def _says(self, doing: str) -> Iterator[None]:
        """Say what is waited for while there is no run yet that would."""
        since = now()
        heartbeat = Heartbeat(
            lambda: self.folder.write_state(
                State.RUNNING, step=0, steps=self.steps, doing=doing, doing_since=since
            )
        )
        heartbeat.start()
        try:
            yield
        finally:
            heartbeat.stop()

    def ended(self, ending: Ending) -> ExitCode:
        """Record an end that is no failure."""
        self._record(ending, None)
        return ExitCode.DONE if ending.state is State.COMPLETED else ExitCode.RUN_FAILED

    def failed(self, failure: Failure) -> ExitCode:
        """Record a failure, in the folder if that can still be written, and always on standard error."""
        sys.stderr.write(f"error: {failure['message']}\n")
        self._record(Ending(State.FAILED, failure["message"]), failure)
        return ExitCode(failure["exit_code"])

    def hung(self, error: EvaluatorError) -> NoReturn:
        """Record that the evaluator hangs and end the process, from another thread: this is the only way out."""
        code = ExitCode.RUN_FAILED
        with suppress(OSError):
            code = self.failed(failure_of(error))
        sys.stderr.flush()
        os._exit(code)

    def _record(self, ending: Ending, failure: Failure | None) -> None:
        step = 0
        if self.run:
            self.run.heartbeat.stop()
            step = self.run.progress.step
        self.folder.append(EventKind.END, state=ending.state, reason=ending.reason, failure=failure)
        self.folder.write_state(
            ending.state, step=step, steps=self.steps, reason=ending.reason, failure=failure
        )


def failure_of(error: RftError) -> Failure:
    """The record of a failure that the user can act on."""
    kind = next((name for kind, name in KINDS if isinstance(error, kind)), None)
    return Failure(
        kind=kind or KINDS_BY_EXIT.get(error.exit_code, "training"),
        message=error.message,
        hint=error.hint,
        exit_code=error.exit_code,
    )


def main(arguments: list[str]) -> int:
    """Run the worker; the last boundary: what gets here is a bug of ours, or the disk is gone."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m rft_cli.trainer.rehearsal RUN_FOLDER\n")
        return ExitCode.USAGE
    worker = Worker(RunFolder(Path(arguments[0])))
    try:
        return worker.work()
    except OSError as error:
        sys.stderr.write(f"error: the run folder cannot be written: {error}\n")
        return UNWRITABLE_FOLDER
    except Exception as error:  # noqa: BLE001 - the boundary
        traceback.print_exc()
        message = f"a bug in the rehearsal engine: {type(error).__name__}: {error}"
        with suppress(OSError):
            worker.failed(Failure(kind="bug", message=message, hint="see worker.log", exit_code=ExitCode.BUG))
        return ExitCode.BUG


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
