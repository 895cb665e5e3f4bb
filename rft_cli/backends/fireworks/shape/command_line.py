"""A request body as the command line of another client of the service: `firectl` or `ep`. Pure; nothing is run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rft_cli.backends.fireworks.shape.wire import ACCOUNT, LONGEST_ID, LOSS_METHODS, WANDB_KEY, is_unset
from rft_cli.spec.parameter import show

VARIABLES = {ACCOUNT: "FIREWORKS_ACCOUNT_ID", WANDB_KEY: "WANDB_API_KEY"}
"""Placeholder of a body → the environment variable that a shell puts there, so that no key stands in a command."""

_METHOD, _RUN = "lossConfig.method", "displayName"
_METHOD_WORDS = {wire: word for word, wire in LOSS_METHODS.items()}

_SHARED_FLAGS = {
    "dataset": "--dataset",
    "evaluator": "--evaluator",
    "trainingConfig.baseModel": "--base-model",
    "trainingConfig.warmStartFrom": "--warm-start-from",
    "trainingConfig.outputModel": "--output-model",
    "trainingConfig.epochs": "--epochs",
    "trainingConfig.learningRate": "--learning-rate",
    "trainingConfig.loraRank": "--lora-rank",
    "trainingConfig.maxContextLength": "--max-context-length",
    "trainingConfig.batchSize": "--batch-size",
    "inferenceParameters.temperature": "--temperature",
    "inferenceParameters.topP": "--top-p",
    "inferenceParameters.topK": "--top-k",
    "inferenceParameters.responseCandidatesCount": "--response-candidates-count",
    "inferenceParameters.maxOutputTokens": "--max-output-tokens",
    "inferenceParameters.extraBody": "--extra-body",
    "lossConfig.klBeta": "--rl-kl-beta",
    "chunkSize": "--chunk-size",
    "maxConcurrentRollouts": "--max-concurrent-rollouts",
    "maxConcurrentEvaluations": "--max-concurrent-evaluations",
    "wandbConfig.enabled": "--wandb",
    "wandbConfig.project": "--wandb-project",
    "wandbConfig.entity": "--wandb-entity",
    "wandbConfig.apiKey": "--wandb-api-key",
}
"""Path in a body → flag, where both clients agree. Source: their own lists of flags, of April and of autumn 2026."""


class Dialect(NamedTuple):
    """How one client calls things."""

    command: tuple[str, ...]
    flags: Mapping[str, str]
    """Path in a body → flag."""
    job_id: str
    """The flag for the job's id."""


FIRECTL = Dialect(
    ("firectl", "reinforcement-fine-tuning-job", "create"),
    _SHARED_FLAGS | {_METHOD: "--rl-loss-method"},
    "--job-id",
)
EP = Dialect(
    ("ep", "create", "rft"),
    _SHARED_FLAGS
    | {
        "nodeCount": "--node-count",
        "reservationTarget": "--reservation-target",
        "evaluationDataset": "--evaluation-dataset",
    },
    "--job-id",
)

EP_METHOD = "ep refuses every value of its loss method flag; the service then trains with grpo"
"""A defect of the client's releases up to 0.3.33."""


class CommandLine(NamedTuple):
    """A command for a POSIX shell."""

    text: str
    """One flag a line."""
    notes: tuple[str, ...]
    """What the client has no flag for."""


def command_line(body: Mapping[str, Any], name: str, dialect: Dialect) -> CommandLine:
    """The command that asks for the same job.

    Args:
        body: as `rft_cli.backends.fireworks.shape.body.body_of` makes it.
        name: the run's, for the job's id.
        dialect: whose command.
    """
    lines = [shlex.join(dialect.command), f"{dialect.job_id} {_word(name[:LONGEST_ID].rstrip('-'))}"]
    notes = []
    for path, value in _leaves(body):
        if is_unset(value) and path not in _ALWAYS:
            continue
        if flag := dialect.flags.get(path):
            lines.append(flag if value is True else f"{flag} {_word(_text(path, value))}")
        elif path == _METHOD:
            if _METHOD_WORDS[value] != "grpo":
                notes.append(f"{path} {value} is not passed on: {EP_METHOD}")
        elif path != _RUN:
            notes.append(
                f"{path} {_text(path, value)} is not passed on: {dialect.command[0]} has no flag for it"
            )
    return CommandLine(" \\\n  ".join(lines) + "\n", tuple(notes))


_ALWAYS = frozenset({"inferenceParameters.topK", "inferenceParameters.topP"})
"""Numbers of which 0 says something: it is sent, because nothing said would be the client's own default."""


def _leaves(body: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in body.items():
        path = f"{above}.{name}" if above else name
        if isinstance(value, Mapping):
            yield from _leaves(value, path)
        else:
            yield path, value


def _text(path: str, value: Any) -> str:
    if path == _METHOD:
        return _METHOD_WORDS[value]
    return value if isinstance(value, str) else show(value)


def _word(text: str) -> str:
    """A text as one word of a shell, with the placeholders as variables."""
    for placeholder, variable in VARIABLES.items():
        before, found, after = text.partition(placeholder)
        if found:
            return f'{_quoted(before)}"${variable}"{_quoted(after)}'
    return shlex.quote(text)


def _quoted(text: str) -> str:
    return shlex.quote(text) if text else ""
