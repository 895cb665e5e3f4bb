"""What the service would refuse or do differently, told from a valid config alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from rft_cli.diagnostics import Finding, Severity
from rft_cli.spec.document import SERVICE_MODEL

if TYPE_CHECKING:
    from rft_cli.config import Config

UNKNOWN_MODEL = "RFT703"
KL_WITHOUT_TERM = "RFT704"
HIGH_RANK = "RFT705"
THINKING = "RFT706"
PARAMETER_IN_EXTRA_BODY = "RFT707"

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

PARAMETER_OF = {
    "temperature": "rollout.temperature",
    "top_p": "rollout.top_p",
    "top_k": "rollout.top_k",
    "n": "rollout.n",
    "max_tokens": "rollout.max_tokens",
    "max_completion_tokens": "rollout.max_tokens",
}
"""Field of a sampling request → the parameter that sets it."""


def preflight(config: Config) -> tuple[Finding, ...]:
    """Every opinion."""
    return tuple(finding for opinion in _OPINIONS for finding in opinion(config))


def _foreign_model(config: Config) -> Iterator[Finding]:
    model = config.get("model")
    if not re.fullmatch(SERVICE_MODEL, model):
        guess = re.sub(r"[^a-z0-9-]+", "-", model.rpartition("/")[2].lower().replace(".", "p"))
        yield Finding(
            UNKNOWN_MODEL,
            Severity.ERROR,
            config.location("model"),
            f"{model} is no name of a model at the service",
            f"write one such as accounts/fireworks/models/{guess.strip('-') or 'qwen3-4b'}",
            "model",
        )


def _kl_without_term(config: Config) -> Iterator[Finding]:
    method, beta = config.get("fireworks.loss_method"), config.get("fireworks.kl_beta")
    if method in WITHOUT_KL and beta:
        yield Finding(
            KL_WITHOUT_TERM,
            Severity.ERROR,
            config.location("fireworks.kl_beta"),
            f"fireworks.kl_beta {beta:g} has no KL term to weigh: {method} has none, and the service refuses it",
            "delete fireworks.kl_beta, or set fireworks.loss_method: grpo",
            "fireworks.kl_beta",
        )


def _high_rank(config: Config) -> Iterator[Finding]:
    rank = config.get("training.lora_rank")
    if rank > LARGEST_RANK:
        yield Finding(
            HIGH_RANK,
            Severity.WARNING,
            config.location("training.lora_rank"),
            f"training.lora_rank {rank} is above {LARGEST_RANK}, the largest that the service lists",
            f"set lora_rank: {LARGEST_RANK} or less",
            "training.lora_rank",
        )


def _thinking_cut(config: Config) -> Iterator[Finding]:
    model, limit = config.get("model").rpartition("/")[2], config.get("rollout.max_tokens")
    extra = config.get("fireworks.extra_body") or {}
    if (
        not THINKING_MODELS.match(model)
        or limit >= ROOM_TO_THINK
        or any(key in extra for key in THINKING_SWITCHES)
    ):
        return
    yield Finding(
        THINKING,
        Severity.ADVICE,
        config.location("rollout.max_tokens"),
        f"{model} thinks before it answers, and rollout.max_tokens {limit} may cut it before the answer",
        "set fireworks.extra_body: {reasoning_effort: none}, or raise max_tokens",
        "rollout.max_tokens",
    )


def _parameter_in_extra_body(config: Config) -> Iterator[Finding]:
    for key in config.get("fireworks.extra_body") or {}:
        if key in PARAMETER_OF:
            yield Finding(
                PARAMETER_IN_EXTRA_BODY,
                Severity.ERROR,
                config.location("fireworks.extra_body"),
                f"fireworks.extra_body sets {key}, which {PARAMETER_OF[key]} does already",
                f"write it as {PARAMETER_OF[key]}, where it is compared and recorded",
                "fireworks.extra_body",
            )


_OPINIONS: tuple[Callable[[Config], Iterator[Finding]], ...] = (
    _foreign_model,
    _kl_without_term,
    _high_rank,
    _thinking_cut,
    _parameter_in_extra_body,
)
