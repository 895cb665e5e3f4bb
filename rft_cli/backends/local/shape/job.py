"""What the rehearsal engine makes of a config: its step arithmetic and its job. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rft_cli.backends.base import RUN_PLACEHOLDER
from rft_cli.worker import SCHEMA_VERSION, Job, Schedule

if TYPE_CHECKING:
    from rft_cli.config import Config

ENGINE = "rehearsal-1"
"""Changes whenever the engine or its base checkpoint does, since results are then no longer comparable."""

RESERVED_TOKENS = 2048
"""Tokens of the batch that one rollout takes. Chosen: with the default batch and four rollouts a step has four prompts, so
that a few hundred rows make a curve; the answers of so small a model are far shorter."""

CONTEXT = 256
"""Most tokens of prompt and answer together, whatever is configured. Source: the engine's model."""

CAPPED = ("rollout.max_tokens", "evaluation.max_tokens")
"""Lengths of answers, which the context bounds."""


def schedule(config: Config, rows: int) -> Schedule:
    """Steps of a run: every epoch takes each row once, and a last partial step counts.

    Args:
        config: resolved and valid.
        rows: rows trained on, at least 1.
    """
    n: int = config.get("rollout.n")
    prompts = max(1, config.get("training.batch_size") // (RESERVED_TOKENS * n))
    effective = _effective(config)
    return Schedule(
        prompts_per_step=prompts,
        rollouts_per_step=prompts * n,
        steps=config.get("training.epochs") * -(-rows // prompts),
        rows=rows,
        effective=effective,
        notes=list(_notes(config, rows, prompts, effective)),
    )


def payload(
    config: Config, schedule: Schedule, digests: Mapping[str, str], *, force: bool = False
) -> dict[str, Any]:
    """The worker's job."""
    job = Job(
        schema_version=SCHEMA_VERSION,
        run=RUN_PLACEHOLDER,
        config=config.values,
        schedule=schedule,
        digests=dict(digests),
        force=force,
        resume=False,
    )
    return dict(job)


def _effective(config: Config) -> dict[str, Any]:
    """The values that act where they are not the configured ones."""
    context: int = min(config.get("training.max_context_length"), CONTEXT)
    acting = {"training.max_context_length": context}
    acting |= {path: min(config.get(path), context) for path in CAPPED}
    return {path: value for path, value in acting.items() if value != config.get(path)}


def _notes(config: Config, rows: int, prompts: int, effective: Mapping[str, Any]) -> Iterator[str]:
    if effective:
        values = ", ".join(f"{path} {value}" for path, value in effective.items())
        yield f"the rehearsal model reads {CONTEXT} characters, prompt and answer together; in effect: {values}"
    if rows < prompts:
        few = "1 row is" if rows == 1 else f"{rows} rows are"
        yield f"{few} fewer than the {prompts} prompts of a step: each step takes all of them"
    if config.values.get("tracking", {}).get("wandb"):
        yield "tracking.wandb is not used: the local backend sends nothing anywhere"
    if config.values.get("ray"):
        yield "ray is not used by this version: the worker runs on this machine"
