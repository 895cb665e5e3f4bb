"""A config as another client's command: every value arrives or is said to stay behind, and the command makes the same job."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from support.service_configs import TASK, leaves, nested, sent, service_configs

from rft_cli.backends.fireworks.shape.command_line import EP, FIRECTL, Dialect, command_line
from rft_cli.backends.fireworks.shape.config_of import config_of
from rft_cli.backends.fireworks.shape.wire import is_unset

FIRECTL_FLAGS: Mapping[str, tuple[str, type]] = {
    "base-model": ("trainingConfig.baseModel", str),
    "batch-size": ("trainingConfig.batchSize", int),
    "chunk-size": ("chunkSize", int),
    "dataset": ("dataset", str),
    "epochs": ("trainingConfig.epochs", int),
    "evaluator": ("evaluator", str),
    "extra-body": ("inferenceParameters.extraBody", str),
    "job-id": ("id", str),
    "learning-rate": ("trainingConfig.learningRate", float),
    "lora-rank": ("trainingConfig.loraRank", int),
    "max-concurrent-evaluations": ("maxConcurrentEvaluations", int),
    "max-concurrent-rollouts": ("maxConcurrentRollouts", int),
    "max-context-length": ("trainingConfig.maxContextLength", int),
    "max-output-tokens": ("inferenceParameters.maxOutputTokens", int),
    "output-model": ("trainingConfig.outputModel", str),
    "response-candidates-count": ("inferenceParameters.responseCandidatesCount", int),
    "rl-kl-beta": ("lossConfig.klBeta", float),
    "rl-loss-method": ("lossConfig.method", str),
    "temperature": ("inferenceParameters.temperature", float),
    "top-k": ("inferenceParameters.topK", int),
    "top-p": ("inferenceParameters.topP", float),
    "warm-start-from": ("trainingConfig.warmStartFrom", str),
    "wandb": ("wandbConfig.enabled", bool),
    "wandb-api-key": ("wandbConfig.apiKey", str),
    "wandb-entity": ("wandbConfig.entity", str),
    "wandb-project": ("wandbConfig.project", str),
}
"""firectl's flags for what a run config can say, with their types. Source: the page on its command `create`, April 2026."""

NO_FLAG = {"region", "node_count", "reservation_target"}
"""Settings of a config that firectl has no flag for; neither has it one for held-out rows."""


def firectl(text: str) -> dict[str, Any]:
    """The body that a command asks for, read flag by flag; an unknown flag, or a text that is no number, ends the test."""
    parser = argparse.ArgumentParser(exit_on_error=False, allow_abbrev=False)
    for flag, (path, kind) in FIRECTL_FLAGS.items():
        how: dict[str, Any] = {"action": "store_true", "default": None} if kind is bool else {"type": kind}
        parser.add_argument(f"--{flag}", dest=path, **how)
    words = shlex.split(text.replace("\\\n", ""))
    assert words[:3] == ["firectl", "reinforcement-fine-tuning-job", "create"]
    read = vars(parser.parse_args(words[3:]))
    assert read.pop("id") == "run"
    return nested({path: value for path, value in read.items() if value is not None})


@given(service_configs())
def test_a_config_comes_back_from_its_command(values: dict[str, Any]) -> None:
    line = command_line(sent(values), "run", FIRECTL)
    body = firectl(line.text)
    body["lossConfig"]["method"] = body["lossConfig"]["method"].upper().replace("-", "_")
    settings = {key: value for key, value in values.get("fireworks", {}).items() if key not in NO_FLAG}
    expected = {key: value for key, value in values.items() if key not in {"fireworks", "evaluation"}}
    assert config_of(body, TASK["model"]).values == expected | ({"fireworks": settings} if settings else {})


@pytest.mark.parametrize("dialect", [FIRECTL, EP])
@given(values=service_configs())
def test_each_value_is_passed_on_or_said_to_stay_behind(dialect: Dialect, values: dict[str, Any]) -> None:
    body = sent(values)
    line = command_line(body, "run", dialect)
    flags = {word.partition("=")[0] for word in shlex.split(line.text.replace("\\\n", ""))}
    for path, value in leaves(body):
        if is_unset(value) or path == "displayName":  # the job's id says the run's name
            continue
        said = any(
            re.match(rf"{re.escape(path)} .* is not passed on", note, re.DOTALL) for note in line.notes
        )
        left_to_default = dialect is EP and value == "GRPO"
        assert (dialect.flags.get(path) in flags) + said + left_to_default == 1, path
