"""Rules 4xx on what fits: the adapter's rank beside the model's size, and lengths beside each other. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rft_cli.diagnostics import Finding
from rft_cli.rules.model_size import LARGE, SMALL, model_size
from rft_cli.rules.rule import DataFacts, Rule, changed_one, found, goal_of, said
from rft_cli.spec.parameters import BATCH_SIZE, LORA_RANK, MAX_CONTEXT_LENGTH, MAX_TOKENS

if TYPE_CHECKING:
    from rft_cli.config import Config

COMMON_GPU_RANK = 64
"""The largest rank without high-end GPUs. Source: RK4."""

ENOUGH_FOR_SMALL = 16
"""The largest rank that a model below 13B usually needs. Source: RK5."""

LITTLE_FOR_LARGE = 8
"""A rank that may be too low for a model of 70B and more. Source: RK5 with the default, RK1."""


def rank_for_high_end_gpus(
    config: Config, _facts: DataFacts | None, _against: Config | None
) -> Iterator[Finding]:
    """A rank that common GPUs do not carry."""
    if config.get(LORA_RANK.path) > COMMON_GPU_RANK:
        yield found(
            "RFT402",
            config,
            LORA_RANK.path,
            f"{said(config, LORA_RANK.path)} needs high-end GPUs and overfits sooner",
            f"set lora_rank: {COMMON_GPU_RANK} or less; 8–16 suits most tasks",
        )


def high_rank_for_small_model(
    config: Config, _facts: DataFacts | None, _against: Config | None
) -> Iterator[Finding]:
    """More room than a small model needs."""
    rank, model = config.get(LORA_RANK.path), config.get("model")
    size = model_size(model)
    if size is None or size >= SMALL or not ENOUGH_FOR_SMALL < rank <= COMMON_GPU_RANK:
        return
    if not LORA_RANK.is_usual(rank, goal_of(config)):
        yield found(
            "RFT403",
            config,
            LORA_RANK.path,
            f"{said(config, LORA_RANK.path)} is much for {model} ({size:g}B): below {SMALL:g}B, 8–16 is enough",
            f"set lora_rank: {ENOUGH_FOR_SMALL}",
        )


def low_rank_for_large_model(
    config: Config, _facts: DataFacts | None, _against: Config | None
) -> Iterator[Finding]:
    """Less room than a large model may need."""
    rank, model = config.get(LORA_RANK.path), config.get("model")
    size = model_size(model)
    if size is not None and size >= LARGE and rank <= LITTLE_FOR_LARGE:
        yield found(
            "RFT404",
            config,
            changed_one(config, LORA_RANK.path, "model"),
            f"{said(config, LORA_RANK.path)} may be little for {model} ({size:g}B): from {LARGE:g}B on, "
            "complex behaviour may need more",
            "keep it for the baseline; if the curve levels off low, the next change is lora_rank: 16",
        )


def answer_fills_context(
    config: Config, facts: DataFacts | None, _against: Config | None
) -> Iterator[Finding]:
    """A context without room for the prompt."""
    context, answer = config.get(MAX_CONTEXT_LENGTH.path), config.get(MAX_TOKENS.path)
    longest = facts.longest_prompt_tokens if facts else None
    needed = answer + (longest or 1)
    if context >= needed:
        return
    prompt = f"the longest prompt, {longest} tokens," if longest else "a prompt"
    yield found(
        "RFT405",
        config,
        changed_one(config, MAX_CONTEXT_LENGTH.path, MAX_TOKENS.path),
        f"{said(config, MAX_CONTEXT_LENGTH.path)} has no room for {prompt} beside {said(config, MAX_TOKENS.path)}",
        f"set max_context_length: {_context_for(needed)}, or lower max_tokens",
    )


def _context_for(tokens: int) -> int:
    """The default context length, doubled until it holds so many tokens."""
    length = int(MAX_CONTEXT_LENGTH.default)
    while length < tokens:
        length *= 2
    return length


def sequence_larger_than_batch(
    config: Config, _facts: DataFacts | None, _against: Config | None
) -> Iterator[Finding]:
    """A batch that holds no sequence."""
    context, batch = config.get(MAX_CONTEXT_LENGTH.path), config.get(BATCH_SIZE.path)
    if context > batch:
        fitting = batch - batch % MAX_CONTEXT_LENGTH.multiple_of
        shorter = f"set max_context_length: {fitting}, or " if fitting else ""
        yield found(
            "RFT406",
            config,
            changed_one(config, MAX_CONTEXT_LENGTH.path, BATCH_SIZE.path),
            f"{said(config, MAX_CONTEXT_LENGTH.path)} is above {said(config, BATCH_SIZE.path)}: "
            "not one full sequence fits into a step",
            f"{shorter}set batch_size: {context}",
        )


CAPACITY_RULES: tuple[Rule, ...] = (
    Rule("RFT402", rank_for_high_end_gpus),
    Rule("RFT403", high_rank_for_small_model),
    Rule("RFT404", low_rank_for_large_model),
    Rule("RFT405", answer_fills_context),
    Rule("RFT406", sequence_larger_than_batch),
)
