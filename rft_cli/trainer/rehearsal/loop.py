"""The training loop: sample, score, learn, record. All chance comes from the seed, so a run can be repeated and resumed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rft_cli.errors import RunFailedError
from rft_cli.trainer.rehearsal import examples, grpo, state
from rft_cli.trainer.rehearsal.adam import Adam, clip, warmed_up
from rft_cli.trainer.rehearsal.evaluate import EvaluatorCannotTellError, evaluate, probe, texts
from rft_cli.trainer.rehearsal.examples import Examples
from rft_cli.trainer.rehearsal.export import write_adapter
from rft_cli.trainer.rehearsal.guard import PATIENCE, Verdict, Watch
from rft_cli.trainer.rehearsal.heartbeat import Heartbeat
from rft_cli.trainer.rehearsal.lora import Adapter
from rft_cli.trainer.rehearsal.rollouts import Batch
from rft_cli.trainer.rehearsal.sampler import sample
from rft_cli.worker import ADAPTER_DIR, CHECKPOINTS_DIR, EventKind, RunFolder, State, now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rft_cli.task.evaluator import Score
    from rft_cli.task.row import Row
    from rft_cli.trainer.rehearsal.evaluate import Scorer
    from rft_cli.trainer.rehearsal.model import Weights
    from rft_cli.trainer.rehearsal.settings import Settings
    from rft_cli.trainer.rehearsal.stop import StopRequest

LARGEST_REWARD = 1e9
"""Chosen: squares of it and their sums stay far inside floating point."""

KL_WEIGHT = 0.0
"""β of the loss. Chosen: the default of current GRPO trainers; the KL is measured all the same."""


class Ending(NamedTuple):
    """How a run ended that did not fail."""

    state: State
    reason: str = ""


class Run:
    """One run in its folder, between two steps at a time."""

    def __init__(
        self,
        settings: Settings,
        *,
        data: Examples,
        base: Weights,
        scorer: Scorer,
        folder: RunFolder,
        stop: StopRequest,
    ) -> None:
        self.settings = settings
        self.data = data
        self.base = base
        self.folder = folder
        self.stop = stop
        self._scorer = scorer
        self._rng = np.random.Generator(np.random.PCG64(settings.seed))
        self._adapter = Adapter.initial(settings.rank, self._rng)
        self._optimiser = Adam(self._adapter.values.size)
        self.progress = state.Progress(0, 0, self._generator_state(), Watch(np.inf))
        self._saved_step = 0
        self._doing = "", ""
        """What is waited for, and since when."""
        self.heartbeat = Heartbeat(self._write_state)

    @property
    def checkpoints(self) -> Path:
        """Where checkpoints are kept."""
        return self.folder.path / CHECKPOINTS_DIR

    def restore(self) -> bool:
        """Go on from the newest checkpoint; false when there is none."""
        found = state.newest(self.checkpoints, self.settings.rank)
        if found is None:
            return False
        self.progress, self._adapter, self._optimiser = found
        self._rng.bit_generator.state = self.progress.rng
        self._saved_step = self.progress.step
        return True

    def train(self, *, resume: bool, force: bool) -> Ending:
        """All that is left of the run, from the first answer to the last evaluation.

        Raises:
            EvaluatorCannotTellError: the base's answers all score alike, and ``force`` is not set.
            RftError: the evaluator failed, or the numbers are no longer finite.
        """
        settings = self.settings
        resumed = resume and self.restore()
        self.folder.append(
            EventKind.STARTED,
            steps=settings.steps,
            resumed_from=self.progress.step if resumed else None,
            seed=settings.seed,
        )
        self.heartbeat.start()
        if not resumed:
            for note in self.data.notes:
                self.note(note)
            self._probe(force=force)
            self._evaluate()
        ending = Ending(State.COMPLETED)
        every = max(1, settings.steps // state.PER_RUN)
        while self.progress.step < settings.steps and ending.state is State.COMPLETED:
            if self.stop.requested:
                return self.cancelled()
            ending = self._step()
            step = self.progress.step
            if settings.evaluation_every and step % settings.evaluation_every == 0 and step < settings.steps:
                self._evaluate()
            if step % every == 0 or step == settings.steps or ending.state is not State.COMPLETED:
                self._save()
        write_adapter(self.folder.path / ADAPTER_DIR, self._adapter)
        if self.progress.step:
            self._evaluate()
        return ending

    def note(self, message: str) -> None:
        """Tell the user something, in one line."""
        self.folder.append(EventKind.NOTE, message=message)

    def score(self, answers: Sequence[str], rows: Sequence[Row]) -> list[Score]:
        """Ask the evaluator; a request to stop does not wait for it."""
        what = f"{len(answers)} answer{'' if len(answers) == 1 else 's'}"
        self._doing = f"scoring {what} with {self.settings.evaluator.path}", now()
        try:
            with self.stop.at_once():
                scores = self._scorer(answers, rows)
        finally:
            self._doing = "", ""
        if max(abs(score.value) for score in scores) > LARGEST_REWARD:
            raise RunFailedError(
                f"the evaluator gave a score beyond ±{LARGEST_REWARD:g}, too large to compare with others",
                hint="scale the scores, to 0 … 1 for example",
            )
        return scores

    def keep(self) -> None:
        """Store what is complete, so that a run that ends before its time can be resumed from here."""
        if self.progress.step:
            if self._saved_step < self.progress.step:
                self._save()
            write_adapter(self.folder.path / ADAPTER_DIR, self._adapter)

    def cancelled(self) -> Ending:
        """Keep what is complete and end."""
        self.keep()
        return Ending(State.CANCELLED, f"cancelled after step {self.progress.step}")

    def _write_state(self) -> None:
        doing, since = self._doing
        self.folder.write_state(
            State.RUNNING,
            step=self.progress.step,
            steps=self.settings.steps,
            doing=doing,
            doing_since=since,
        )

    def _generator_state(self) -> dict[str, Any]:
        return dict(self._rng.bit_generator.state)

    def _probe(self, *, force: bool) -> None:
        try:
            lowest = probe(
                self.base,
                self.data.train,
                self.score,
                context=self.settings.context,
                seed=self.settings.seed,
            )
        except EvaluatorCannotTellError as error:
            if not force:
                raise
            self.note(f"{error.message}; going on because --force was given")
        else:
            self.progress = self.progress._replace(watch=Watch(lowest))

    def _evaluate(self) -> None:
        result = evaluate(
            self._adapter.merged(self.base),
            self.data.held_out,
            self.score,
            max_tokens=self.settings.evaluation_max_tokens,
            context=self.settings.context,
        )
        self.folder.append(EventKind.EVALUATION, step=self.progress.step, **result._asdict())

    def _save(self) -> None:
        path = state.write(self.checkpoints, self.progress, self._adapter, self._optimiser)
        self._saved_step = self.progress.step
        relative = path.relative_to(self.folder.path).as_posix()
        self.folder.append(EventKind.CHECKPOINT, step=self.progress.step, path=relative)

    def _step(self) -> Ending:
        """One optimiser step, complete or not at all."""
        began = time.perf_counter()
        settings = self.settings
        step = self.progress.step + 1
        policy = self._adapter.merged(self.base)
        batch = self._rollouts(policy, step)
        learned = grpo.learn(
            self._adapter,
            policy,
            self.base,
            prompts=batch.prompts(),
            samples=batch.samples,
            advantage=batch.advantages.ravel(),
            temperature=settings.sampling.temperature,
            beta=KL_WEIGHT,
        )
        if not np.isfinite(learned.gradient).all():
            raise RunFailedError(
                f"the gradient of step {step} is not finite",
                hint="lower training.learning_rate, or rewards are huge",
            )
        norm = clip(learned.gradient)
        rate = warmed_up(settings.learning_rate, step)
        self._optimiser.update(self._adapter.values, learned.gradient, rate * grpo.LEARNING_RATE_SCALE)
        truncated = float(batch.samples.truncated.mean())
        watch, verdict = self.progress.watch.after(batch.rewards, truncated)
        self.progress = state.Progress(
            step, self.progress.tokens + batch.tokens(), self._generator_state(), watch
        )
        self.folder.write_rollouts(step, batch.records(step))
        values = (
            batch.metrics()
            | learned.metrics()
            | {
                "grad_norm": norm,
                "learning_rate": rate,
                "num_tokens": self.progress.tokens,
                "epoch": step / examples.steps_per_pass(len(self.data.train), settings.prompts_per_step),
                "step_time": time.perf_counter() - began,
            }
        )
        self.folder.append(EventKind.METRICS, step=step, values=values)
        return self._judged(verdict, truncated)

    def _rollouts(self, policy: Weights, step: int) -> Batch:
        settings = self.settings
        asked = examples.batch(self.data.train, settings.seed, step, settings.prompts_per_step)
        samples = sample(
            policy,
            [example.prompt for example in asked],
            examples.limits(asked, settings.max_tokens, settings.context),
            copies=settings.n,
            sampling=settings.sampling,
            rng=self._rng,
        )
        answers = texts(samples)
        scores = self.score(answers, [example.row for example in asked for _ in range(settings.n)])
        rewards = np.array([score.value for score in scores]).reshape(-1, settings.n)
        return Batch(asked, samples, answers, scores, rewards, grpo.advantages(rewards))

    def _judged(self, verdict: Verdict, truncated: float) -> Ending:
        """What the guard's verdict means for the run."""
        found = (
            f"in {PATIENCE} steps in a row every answer scored {self.progress.watch.lowest:g}, the lowest reward seen, "
            "so there was nothing to learn from"
        )
        if verdict is Verdict.STOP:
            step = self.progress.step
            return Ending(
                State.STOPPED_EARLY, f"{found}; {truncated:.0%} of the answers of step {step} were cut"
            )
        if verdict is Verdict.NOTE:
            self.note(found)
        return Ending(State.COMPLETED)
