"""A run config as the file that `trl grpo --config` of Hugging Face TRL reads. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.config.root import SERVICE_NAME_PREFIX
from rft_cli.spec.parameter import show
from rft_cli.spec.run_yaml import Line, block, comment, scalar

if TYPE_CHECKING:
    from rft_cli.config import Config

SERVICE = "fireworks"

PASSED_ON = frozenset({"loss_method", "kl_beta"})
"""Settings of the service that have a counterpart."""

Argument = tuple[str, Any, str]
"""Name, value, and a word on it."""


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
    """The file, as `trl grpo --config` reads it, with what has no counterpart as comments at its top.

    Args:
        config: resolved and valid.
    """
    get = config.get
    sections = [
        list(_task(get)),
        [Line(f"{key}: {_yaml_1_1(value)}", words) for key, value, words in _grpo(get)],
        [Line(f"{key}: {_yaml_1_1(value)}", words) for key, value, words in _lora(get)],
    ]
    if wandb := get("tracking.wandb"):
        sections.append(list(_wandb(wandb)))
    head = (f"Made from {config.path}: trl grpo --config FILE, at the root of the project.", *_notes(get))
    return comment(head) + "\n".join(map(block, sections))


def _yaml_1_1(value: Any) -> str:
    """A value as YAML 1.1 reads it, which TRL does: there a number with an exponent is text unless it has a point.

    >>> _yaml_1_1(1e-4)
    '1.0e-4'
    """
    if isinstance(value, str):
        return scalar(value)
    mantissa, exponent, power = show(value).partition("e")
    if not isinstance(value, float) or not exponent or "." in mantissa:
        return show(value)
    return f"{mantissa}.0e{power}"


def _task(get: Callable[..., Any]) -> Iterator[Line]:
    yield Line(f"model_name_or_path: {scalar(get('model'))}")
    yield Line("datasets:")
    yield Line("  - path: json")
    yield Line(f"    data_files: {scalar(get('dataset'))}")


def _grpo(get: Callable[..., Any]) -> list[Argument]:
    n, context = get("rollout.n"), get("training.max_context_length")
    batch = batch_of(get("training.batch_size"), context, n)
    top_k = get("rollout.top_k")
    return [
        ("learning_rate", get("training.learning_rate"), ""),
        ("num_train_epochs", get("training.epochs"), ""),
        ("per_device_train_batch_size", n, "sequences: the answers of one prompt, on one device"),
        (
            "gradient_accumulation_steps",
            batch.prompts,
            f"prompts of a step: {batch.sequences} sequences in all, with one device",
        ),
        ("num_generations", n, ""),
        ("max_completion_length", get("rollout.max_tokens"), ""),
        ("temperature", get("rollout.temperature"), ""),
        ("top_p", get("rollout.top_p"), ""),
        ("top_k", top_k, "" if top_k else "no limit"),
        ("seed", get("experiment.seed"), ""),
        *(_loss(get) if get("backend") == SERVICE else ()),
    ]


def _loss(get: Callable[..., Any]) -> list[Argument]:
    method = get("fireworks.loss_method") or "grpo"
    loss = LOSSES[method]
    return [
        ("loss_type", loss.loss_type, f"{method} at the managed service, as near as TRL comes"),
        ("importance_sampling_level", loss.level, ""),
        ("epsilon", loss.epsilon, ""),
        ("epsilon_high", loss.epsilon_high, ""),
        ("beta", get("fireworks.kl_beta") or loss.beta, "weight of the KL to the base model"),
    ]


def _lora(get: Callable[..., Any]) -> list[Argument]:
    return [
        ("use_peft", True, ""),
        ("lora_r", get("training.lora_rank"), ""),
        ("lora_task_type", "CAUSAL_LM", ""),
    ]


def _wandb(wandb: Mapping[str, str]) -> Iterator[Line]:
    yield Line("report_to: wandb")
    yield Line("env:", "set before training begins")
    for key, name in (("project", "WANDB_PROJECT"), ("entity", "WANDB_ENTITY")):
        if value := wandb.get(key):
            yield Line(f"  {name}: {scalar(value)}")


def _notes(get: Callable[..., Any]) -> Iterator[str]:
    context, n = get("training.max_context_length"), get("rollout.n")
    tokens, answer = get("training.batch_size"), get("rollout.max_tokens")
    yield (
        f"training.batch_size {tokens} tokens hold {batch_of(tokens, context, n).sequences} sequences of "
        f"{context} tokens."
    )
    if tokens < context * n:
        yield f"One prompt with {n} such answers needs {context * n} tokens, which is more; a step has at least one."
    yield "TRL leaves out the rows at the end of an epoch that do not fill a step."
    yield (
        f"training.max_context_length {context} has no argument: keep prompts below {max(context - answer, 0)} tokens."
    )
    if get("backend") == SERVICE or str(get("model")).startswith(SERVICE_NAME_PREFIX):
        yield "The model's name is the managed service's: write the one that the Hugging Face Hub has."
    if get("dataset").startswith(SERVICE_NAME_PREFIX):
        yield "The data set is at the managed service: write the file that it was made from."
    yield "TRL reads prompts from the column `prompt`: rename `messages`, without an assistant's turn at its end."
    yield "The evaluator scores one answer and TRL's reward_funcs take lists: wrap it, and name the wrapper there."
    yield "Of lora_alpha, lora_dropout and the schedule of the learning rate, TRL's defaults act: the guide is silent."
    yield from (f"{path} {show(value)} is not passed on." for path, value in _left_out(get))


def _left_out(get: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    """What is set and has no counterpart; sections of other backends do nothing here either."""
    if get("evaluation.dataset"):
        yield "evaluation.dataset", get("evaluation.dataset")
    if get("evaluation.every"):
        yield "evaluation.every", get("evaluation.every")
    if get("backend") == SERVICE:
        for key, value in (get("fireworks") or {}).items():
            if key not in PASSED_ON and value:
                yield f"fireworks.{key}", json.dumps(value) if isinstance(value, dict) else value
