"""A run config in the names of Hugging Face TRL and PEFT: the arguments of GRPOConfig and LoraConfig. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.spec.parameter import show
from rft_cli.spec.run_yaml import Line, block, comment, scalar

if TYPE_CHECKING:
    from rft_cli.config import Config

SERVICE_MODELS = "accounts/"


class Loss(NamedTuple):
    """A policy loss of the managed service in TRL's names."""

    epsilon: float
    """How far below 1 the ratio is clipped."""
    epsilon_high: float
    """How far above."""
    loss_type: str
    """How the tokens of a batch are averaged."""
    level: str
    """Of what the ratio is taken."""
    beta: float
    """Weight of the KL where none is given."""


LOSSES = {
    "grpo": Loss(0.2, 0.2, "dapo", "token", 1e-3),
    "dapo": Loss(0.2, 0.28, "dapo", "token", 0.0),
    # While all tokens of an answer share its advantage, the gradient is that of the whole sequence's ratio.
    "gspo-token": Loss(3e-4, 4e-4, "grpo", "sequence", 0.0),
}
"""Source: the service's page on loss methods; TRL calls the mean over all tokens `dapo`, that over sequences `grpo`."""


class Batch(NamedTuple):
    """A batch of tokens as a batch of sequences."""

    prompts: int
    """Different prompts of one step."""
    sequences: int
    """Answers of one step."""


def batch_of(tokens: int, context: int, n: int) -> Batch:
    """What fits into a batch of tokens when every sequence may fill the context; at least one prompt.

    >>> batch_of(131072, 8192, 4)
    Batch(prompts=4, sequences=16)
    """
    prompts = max(1, tokens // (context * n))
    return Batch(prompts, prompts * n)


def trl_yaml(config: Config) -> str:
    """The file, with what has no counterpart as comments at its top.

    Args:
        config: resolved and valid.
    """
    get = config.get
    sections = [
        [
            Line(f"model_name_or_path: {scalar(get('model'))}"),
            Line(f"dataset_name: {scalar(get('dataset'))}"),
        ],
        [Line("grpo_config:", "trl.GRPOConfig"), *_grpo(get)],
        [Line("lora_config:", "peft.LoraConfig"), *_lora(get)],
    ]
    return comment((f"Made from {config.path}.", *_notes(get))) + "\n".join(map(block, sections))


def _grpo(get: Callable[..., Any]) -> Iterator[Line]:
    n, context = get("rollout.n"), get("training.max_context_length")
    batch = batch_of(get("training.batch_size"), context, n)
    top_k = get("rollout.top_k")
    arguments = [
        ("learning_rate", get("training.learning_rate"), ""),
        ("num_train_epochs", get("training.epochs"), ""),
        ("per_device_train_batch_size", n, "sequences: the answers of one prompt, on one device"),
        (
            "gradient_accumulation_steps",
            batch.prompts,
            f"prompts of a step: {batch.sequences} sequences in all",
        ),
        ("num_generations", n, ""),
        ("max_completion_length", get("rollout.max_tokens"), ""),
        ("temperature", get("rollout.temperature"), ""),
        ("top_p", get("rollout.top_p"), ""),
        ("top_k", top_k or None, "" if top_k else "no limit"),
        ("seed", get("experiment.seed"), ""),
    ]
    if get("backend") == "fireworks":
        arguments += _loss(get)
    if get("tracking.wandb"):
        arguments.append(("report_to", "wandb", ""))
    for key, value, words in arguments:
        yield Line(f"  {key}: {show(value)}", words)


def _loss(get: Callable[..., Any]) -> list[tuple[str, Any, str]]:
    method = get("fireworks.loss_method") or "grpo"
    loss = LOSSES[method]
    return [
        ("loss_type", loss.loss_type, f"{method} at the managed service, as near as TRL comes"),
        ("importance_sampling_level", loss.level, ""),
        ("epsilon", loss.epsilon, ""),
        ("epsilon_high", loss.epsilon_high, ""),
        ("beta", get("fireworks.kl_beta") or loss.beta, "weight of the KL to the base model"),
    ]


def _lora(get: Callable[..., Any]) -> Iterator[Line]:
    yield Line(f"  r: {show(get('training.lora_rank'))}")
    yield Line("  task_type: CAUSAL_LM")


def _notes(get: Callable[..., Any]) -> Iterator[str]:
    context, n = get("training.max_context_length"), get("rollout.n")
    tokens, answer = get("training.batch_size"), get("rollout.max_tokens")
    yield (
        f"training.batch_size {tokens} tokens hold {batch_of(tokens, context, n).sequences} sequences of "
        f"{context} tokens."
    )
    if tokens < context * n:
        yield f"One prompt with {n} such answers needs {context * n} tokens, which is more; a step has at least one."
    yield (
        f"training.max_context_length {context} has no argument: keep prompts below {max(context - answer, 0)} tokens."
    )
    if get("backend") == "fireworks" or str(get("model")).startswith(SERVICE_MODELS):
        yield "The model's name is the managed service's: write the one that the Hugging Face Hub has."
    yield "lora_alpha stays at PEFT's default: neither the guide nor the service says anything of it."
    yield "The evaluator is a Python function of one answer: TRL's reward_funcs take lists, so wrap it."
    for path in (
        "evaluation.dataset",
        "fireworks.chunk_size",
        "fireworks.extra_body",
        "fireworks.warm_start_from",
    ):
        if value := get(path):
            yield f"{path} {value if isinstance(value, str) else show(value)} is not passed on."
