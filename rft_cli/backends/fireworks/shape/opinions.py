"""What the service would refuse or do differently, told from a valid config, and from its rows where they are known.

Pure, and loads nothing that `lint` does not have. None of it has a fix: each is two statements of which one has to go, or a value
that only its author can choose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rft_cli.backends.fireworks.shape.chunks import DEFAULT_CHUNK, NO_CHUNKS, prompts_of_step, steps_of_run
from rft_cli.diagnostics import Finding
from rft_cli.rules.rule import DataFacts, Rule, changed_one, found
from rft_cli.spec.document import SERVICE_MODEL

if TYPE_CHECKING:
    from rft_cli.config import Config

LARGEST_RANK = 32
"""The largest rank that the service's page on parameters lists."""

WITHOUT_KL = frozenset({"dapo", "gspo-token"})
"""Loss methods that have no KL term; the service refuses a weight for it."""

THINKING_MODELS = re.compile(r"qwen3(?!p|-coder|.*instruct)", re.IGNORECASE)
"""Models that think before they answer unless told not to. Source: the service's page on thinking models."""

ROOM_TO_THINK = 8192
"""Tokens below which thinking is often cut. Chosen: four times the default length of an answer."""

THINKING_SWITCHES = ("reasoning_effort", "chat_template_kwargs")
"""Fields of a sampling request that say whether the model thinks."""

FEWEST_STEPS = 3
"""Steps below which a run is too short. Chosen: three points are the least that can show a rise and its end."""

GOOD_STEPS, LEAST_PROMPTS = 8, 8
"""What is proposed instead: so many steps, each of so many prompts at least. Chosen: a curve of eight points can be read, and
32 answers, eight prompts at the default n, give a point whose standard error is at most a tenth where they are independent."""

PARAMETER_OF = {
    "temperature": "rollout.temperature",
    "top_p": "rollout.top_p",
    "top_k": "rollout.top_k",
    "n": "rollout.n",
    "max_tokens": "rollout.max_tokens",
    "max_completion_tokens": "rollout.max_tokens",
}
"""Field of a sampling request → the parameter that sets it."""


def foreign_model(config: Config, _facts: DataFacts | None, _against: Config | None) -> Iterator[Finding]:
    """A name that no model of the service can have."""
    model = config.get("model")
    if not re.fullmatch(SERVICE_MODEL, model):
        guess = re.sub(r"[^a-z0-9-]+", "-", model.rpartition("/")[2].lower().replace(".", "p"))
        yield found(
            "RFT703",
            config,
            "model",
            f"{model} is no name of a model at the service",
            f"write one such as accounts/fireworks/models/{guess.strip('-') or 'qwen3-4b'}",
        )


def kl_without_term(config: Config, _facts: DataFacts | None, _against: Config | None) -> Iterator[Finding]:
    """A KL weight beside a loss method without KL."""
    method, beta = config.get("fireworks.loss_method"), config.get("fireworks.kl_beta")
    if method in WITHOUT_KL and beta:
        yield found(
            "RFT704",
            config,
            "fireworks.kl_beta",
            f"fireworks.kl_beta {beta:g} has no KL term to weigh: {method} has none, and the service refuses it",
            "delete fireworks.kl_beta, or set fireworks.loss_method: grpo",
        )


def high_rank(config: Config, _facts: DataFacts | None, _against: Config | None) -> Iterator[Finding]:
    """A rank that the service does not list."""
    rank = config.get("training.lora_rank")
    if rank > LARGEST_RANK:
        yield found(
            "RFT705",
            config,
            "training.lora_rank",
            f"training.lora_rank {rank} is above {LARGEST_RANK}, the largest that the service lists",
            f"set lora_rank: {LARGEST_RANK} or less",
        )


def thinking_cut(config: Config, _facts: DataFacts | None, _against: Config | None) -> Iterator[Finding]:
    """A model that thinks, with little room for it."""
    model, limit = config.get("model").rpartition("/")[2], config.get("rollout.max_tokens")
    extra = config.get("fireworks.extra_body") or {}
    if (
        not THINKING_MODELS.match(model)
        or limit >= ROOM_TO_THINK
        or any(key in extra for key in THINKING_SWITCHES)
    ):
        return
    yield found(
        "RFT706",
        config,
        "rollout.max_tokens",
        f"{model} thinks before it answers, and rollout.max_tokens {limit} may cut it before the answer",
        "set fireworks.extra_body: {reasoning_effort: none}, or raise max_tokens",
    )._replace(location=config.location(changed_one(config, "rollout.max_tokens", "model")))


def parameter_in_extra_body(
    config: Config, _facts: DataFacts | None, _against: Config | None
) -> Iterator[Finding]:
    """A sampling parameter in the free part of the request."""
    for key in config.get("fireworks.extra_body") or {}:
        if key in PARAMETER_OF:
            yield found(
                "RFT707",
                config,
                "fireworks.extra_body",
                f"fireworks.extra_body sets {key}, which {PARAMETER_OF[key]} does already",
                f"write it as {PARAMETER_OF[key]}, where it is compared and recorded",
            )._replace(location=config.location(f"fireworks.extra_body.{key}", key=True))


def too_few_steps(config: Config, facts: DataFacts | None, _against: Config | None) -> Iterator[Finding]:
    """Chunks that leave no curve; told where the rows are known."""
    if facts is None:
        return
    rows, chunk, epochs = facts.rows, config.get("fireworks.chunk_size", 0), config.get("training.epochs")
    steps = steps_of_run(rows, chunk, epochs)
    if steps >= FEWEST_STEPS and chunk <= rows:
        return
    better = max(LEAST_PROMPTS, -(-rows * epochs // GOOD_STEPS))
    more = steps_of_run(rows, better, epochs)
    yield found(
        "RFT711",
        config,
        "fireworks.chunk_size",
        f"{_why_few(rows, chunk)}: the run has {steps} step{'' if steps == 1 else 's'}, and its curve as many points",
        f"set fireworks.chunk_size: {better}, which makes {more} steps"
        if more >= FEWEST_STEPS
        else f"add rows: with {LEAST_PROMPTS} prompts a step they are too few for a curve",
    )._replace(location=config.location("fireworks.chunk_size" if chunk else "dataset"))


def _why_few(rows: int, chunk: int) -> str:
    all_rows = "the 1 row" if rows == 1 else f"all {rows} rows"
    if chunk == NO_CHUNKS:
        return f"fireworks.chunk_size {chunk} puts {all_rows} into one step"
    if chunk > rows:
        return f"fireworks.chunk_size {chunk} is more than there are rows, so a step takes {all_rows}"
    if chunk:
        return f"a step takes {chunk} of {rows} rows"
    if prompts_of_step(rows, chunk) == rows:
        return f"below {2 * DEFAULT_CHUNK} rows a step takes all of them, here {rows}, where fireworks.chunk_size says nothing"
    return f"a step takes {DEFAULT_CHUNK} of {rows} rows where fireworks.chunk_size says nothing"


RULES: tuple[Rule, ...] = (
    Rule("RFT703", foreign_model),
    Rule("RFT704", kl_without_term),
    Rule("RFT705", high_rank),
    Rule("RFT706", thinking_cut),
    Rule("RFT707", parameter_in_extra_body),
    Rule("RFT711", too_few_steps),
)
"""In the order of their codes."""
