"""What a run does, read from its job: the parameters that act, after the schedule's effective values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.task.entry import EvaluatorSpec
from rft_cli.trainer.rehearsal.model import CONTEXT
from rft_cli.trainer.rehearsal.sampler import Filter

if TYPE_CHECKING:
    from rft_cli.worker import Job


class Settings(NamedTuple):
    """Everything that decides a run's numbers, apart from the data and the evaluator."""

    dataset: Path
    evaluation_dataset: Path | None
    """None: a part of ``dataset`` is held out."""
    evaluator: EvaluatorSpec
    seed: int
    learning_rate: float
    """As configured; the optimiser's is this times `grpo.LEARNING_RATE_SCALE`."""
    rank: int
    sampling: Filter
    n: int
    """Rollouts of one prompt."""
    max_tokens: int
    context: int
    """Most tokens of prompt and answer together."""
    evaluation_max_tokens: int
    evaluation_every: int
    """Steps; 0 is before and after only."""
    prompts_per_step: int
    steps: int
    rows: int
    """Rows trained on, as planned."""

    @classmethod
    def from_job(cls, job: Job) -> Settings:
        """The settings of a job whose config is valid and resolved."""
        config, schedule = job["config"], job["schedule"]

        def acting(path: str) -> Any:
            section, _, key = path.partition(".")
            return schedule["effective"].get(path, config[section][key])

        evaluation = config.get("evaluation") or {}
        held_out = evaluation.get("dataset")
        return cls(
            dataset=Path(config["dataset"]),
            evaluation_dataset=Path(held_out) if held_out else None,
            evaluator=EvaluatorSpec.from_config(config["evaluator"]),
            seed=int((config.get("experiment") or {}).get("seed", 0)),
            learning_rate=float(acting("training.learning_rate")),
            rank=int(acting("training.lora_rank")),
            sampling=Filter(
                float(acting("rollout.temperature")),
                int(acting("rollout.top_k")),
                float(acting("rollout.top_p")),
            ),
            n=int(acting("rollout.n")),
            max_tokens=int(acting("rollout.max_tokens")),
            context=min(int(acting("training.max_context_length")), CONTEXT),
            evaluation_max_tokens=int(
                schedule["effective"].get("evaluation.max_tokens", evaluation.get("max_tokens", CONTEXT))
            ),
            evaluation_every=int(evaluation.get("every", 0)),
            prompts_per_step=schedule["prompts_per_step"],
            steps=schedule["steps"],
            rows=schedule["rows"],
        )
