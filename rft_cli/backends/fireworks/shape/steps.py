"""The step arithmetic of the service: a step takes a chunk of prompts, whatever the batch of tokens. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rft_cli.backends.fireworks.shape.chunks import prompts_of_step, steps_of_run
from rft_cli.backends.fireworks.shape.wire import is_service_name
from rft_cli.rules.signal import odds_of_no_signal
from rft_cli.spec.parameter import show
from rft_cli.worker import Schedule

if TYPE_CHECKING:
    from rft_cli.config import Config

SOLVED_SHARES = (0.1, 0.5)
"""Shares of right answers for which the odds of an empty group are told. Chosen: a hard prompt and the luckiest case."""


def schedule(config: Config, rows: int) -> Schedule:
    """Steps of a run.

    Args:
        config: resolved and valid.
        rows: trained on; 0 where only the service knows them, and then there is no arithmetic.
    """
    chunk: int = config.get("fireworks.chunk_size", 0)
    prompts = prompts_of_step(rows, chunk) if rows else 0
    return Schedule(
        prompts_per_step=prompts,
        rollouts_per_step=prompts * config.get("rollout.n"),
        steps=steps_of_run(rows, chunk, config.get("training.epochs")),
        rows=rows,
        effective={},
        notes=list(_notes(config, rows)),
    )


def _notes(config: Config, rows: int) -> Iterator[str]:
    if not rows:
        dataset = config.get("dataset")
        yield f"how many rows {dataset} has is known to the service only: steps and cost are not counted here"
    n: int = config.get("rollout.n")
    hard, even = (f"{odds_of_no_signal(share, n):.0%}" for share in SOLVED_SHARES)
    yield (
        f"with rollout.n {n}, {hard} of the groups of a prompt that is answered right {SOLVED_SHARES[0]:.0%} of the time "
        f"score all alike and teach nothing; {even} at {SOLVED_SHARES[1]:.0%}"
    )
    if not config.get("evaluation.dataset"):
        yield "without evaluation.dataset runs are compared on the rewards of their chunks"
    if adapter := config.get("fireworks.warm_start_from"):
        yield f"training goes on from {adapter}; {config.get('model')} only says what it stands on"
    if seed := config.get("experiment.seed"):
        yield f"experiment.seed {show(seed)} tells runs apart and is not sent: the service takes no seed"
    if config.get("evaluation.every"):
        yield "evaluation.every is not used: the service evaluates with each chunk"
    evaluator = config.get("evaluator")
    if isinstance(evaluator, dict) and is_service_name(evaluator["entry"]):
        yield "limits of the evaluator are not sent: it is at the service already"
    if config.values.get("ray"):
        yield "ray is not used: the service trains on its own machines"
