"""A request body as the command line of another client of the service: `firectl` or `ep`. Pure; nothing is run."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from rft_cli.backends.fireworks.shape.wire import (
    ACCOUNT,
    JOBS,
    LONGEST_ID,
    LOSS_METHODS,
    SERVICE_URL,
    WANDB_KEY,
    is_unset,
)
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
"""Path in a body → flag, where both clients agree.

Source: ep's own parser, 0.3.33, which a test asks; for firectl, which is no Python package, the page on its command `create` of
April 2026. What firectl does with a 0 that is given is not written there.
"""


class Dialect(NamedTuple):
    """How one client calls things."""

    command: tuple[str, ...]
    flags: Mapping[str, str]
    """Path in a body → flag."""
    job_id: str
    """The flag for the job's id."""
    notes: Callable[[Mapping[str, Any]], Iterator[str]]
    """What the client does besides, or needs besides, for a body."""


def _about_firectl(body: Mapping[str, Any]) -> Iterator[str]:
    wandb = body.get("wandbConfig") or {}
    if wandb and not wandb.get("entity"):
        yield "firectl takes --wandb only with an entity: set tracking.wandb.entity, or leave tracking.wandb out"


def _about_ep(body: Mapping[str, Any]) -> Iterator[str]:
    del body
    yield (
        "ep also stores the variables of .env, and its own key, as secrets at the service, with --dry-run too; it asks first "
        "only at a terminal and without --yes. --env-file names another file"
    )


FIRECTL = Dialect(
    ("firectl", "reinforcement-fine-tuning-job", "create"),
    _SHARED_FLAGS | {_METHOD: "--rl-loss-method"},
    "--job-id",
    _about_firectl,
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
    _about_ep,
)

EP_METHOD = "ep refuses every value of its loss method flag; the service then trains with grpo"
"""A defect of the client's releases up to 0.3.33."""


class CommandLine(NamedTuple):
    """A command for a POSIX shell."""

    text: str
    """One flag a line."""
    notes: tuple[str, ...]
    """What the client has no flag for, and what else it does."""


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
            lines.append(flag if value is True else _with_value(flag, _text(path, value)))
        elif path == _METHOD:
            if _METHOD_WORDS[value] != "grpo":
                notes.append(f"{path} {value} is not passed on: {EP_METHOD}")
        elif path != _RUN:
            notes.append(
                f"{path} {_text(path, value)} is not passed on: {dialect.command[0]} has no flag for it"
            )
    return CommandLine(" \\\n  ".join(lines) + "\n", (*notes, *dialect.notes(body)))


def curl_line(name: str, file: str) -> str:
    """A shell's line that sends a body: the account and the key come from the environment.

    Args:
        name: the run's, for the job's id.
        file: where the body stands.
    """
    fills = "; ".join(f"s/{placeholder}/${variable}/g" for placeholder, variable in VARIABLES.items())
    jobs = f"{SERVICE_URL}/v1/accounts/${VARIABLES[ACCOUNT]}/{JOBS}?reinforcementFineTuningJobId={name}"
    return (
        f'sed "{fills}" {shlex.quote(file)} | curl -H "Authorization: Bearer $FIREWORKS_API_KEY" '
        f'-H "Content-Type: application/json" -d @- "{jobs}"'
    )


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


def _with_value(flag: str, text: str) -> str:
    """A flag and its value; one that begins with a dash would be taken for a flag, unless it is joined to its own."""
    return f"{flag}{'=' if text.startswith('-') else ' '}{_word(text)}"


def _word(text: str) -> str:
    """A text as one word of a shell, with the placeholders as variables."""
    for placeholder, variable in VARIABLES.items():
        before, found, after = text.partition(placeholder)
        if found:
            return f'{_quoted(before)}"${variable}"{_quoted(after)}'
    return shlex.quote(text)


def _quoted(text: str) -> str:
    return shlex.quote(text) if text else ""
