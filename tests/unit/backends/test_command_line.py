"""A request body as another client's command: every value arrives, keys never do, and what is left out is said."""

from __future__ import annotations

import shlex
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rft_cli.backends.fireworks.shape.command_line import EP, FIRECTL, VARIABLES, Dialect, command_line
from rft_cli.backends.fireworks.shape.wire import ACCOUNT, WANDB_KEY

BODY: dict[str, Any] = {
    "displayName": "<run id>",
    "dataset": f"accounts/{ACCOUNT}/datasets/d",
    "evaluator": "accounts/a/evaluators/e",
    "trainingConfig": {"baseModel": "accounts/fireworks/models/m", "learningRate": 1e-4, "epochs": 1},
    "inferenceParameters": {"topK": 0, "temperature": 0.7},
    "lossConfig": {"method": "GRPO"},
}


def words(body: dict[str, Any], dialect: Dialect = FIRECTL) -> list[str]:
    return shlex.split(command_line(body, "sums", dialect).text.replace("\\\n", ""))


@pytest.mark.parametrize(
    ("dialect", "beginning"),
    [
        (FIRECTL, ["firectl", "reinforcement-fine-tuning-job", "create", "--job-id", "sums"]),
        (EP, ["ep", "create", "rft", "--job-id", "sums"]),
    ],
)
def test_a_command_begins_with_its_client_and_the_jobs_id(dialect: Dialect, beginning: list[str]) -> None:
    assert words(BODY, dialect)[: len(beginning)] == beginning


def test_every_value_has_its_flag() -> None:
    assert words(BODY)[5:] == [
        *("--dataset", "accounts/$FIREWORKS_ACCOUNT_ID/datasets/d"),
        *("--evaluator", "accounts/a/evaluators/e"),
        *("--base-model", "accounts/fireworks/models/m"),
        *("--learning-rate", "1e-4"),
        *("--epochs", "1"),
        *("--top-k", "0"),
        *("--temperature", "0.7"),
        *("--rl-loss-method", "grpo"),
    ]


def test_a_switch_has_no_value_and_a_key_is_a_variable() -> None:
    body = {**BODY, "wandbConfig": {"enabled": True, "apiKey": WANDB_KEY, "project": "p"}}
    text = command_line(body, "sums", EP).text
    assert '--wandb \\\n  --wandb-api-key "$WANDB_API_KEY" \\\n  --wandb-project p\n' in text
    assert not any(placeholder in text for placeholder in VARIABLES)


def test_what_a_client_has_no_flag_for_is_said() -> None:
    body = {**BODY, "nodeCount": 2, "trainingConfig": {"region": "US_IOWA_1"}}
    assert command_line(body, "sums", FIRECTL).notes == (
        "trainingConfig.region US_IOWA_1 is not passed on: firectl has no flag for it",
        "nodeCount 2 is not passed on: firectl has no flag for it",
    )
    assert [note for note in command_line(body, "sums", EP).notes if "has no flag" in note] == [
        "trainingConfig.region US_IOWA_1 is not passed on: ep has no flag for it"
    ]


def test_a_loss_method_that_ep_refuses_is_said_unless_it_is_what_the_service_takes_anyway() -> None:
    assert not any("lossConfig" in note for note in command_line(BODY, "sums", EP).notes)
    dapo = {**BODY, "lossConfig": {"method": "DAPO"}}
    note = command_line(dapo, "sums", EP).notes[0]
    assert note.startswith("lossConfig.method DAPO is not passed on: ep refuses")
    assert words(dapo)[-2:] == ["--rl-loss-method", "dapo"]


@given(st.text(st.characters(blacklist_characters="\0", codec="utf-8"), min_size=1))
def test_any_text_arrives_as_one_word(text: str) -> None:
    body = {**BODY, "wandbConfig": {"project": text}}
    last = shlex.split(command_line(body, "sums", FIRECTL).text)[-2:]
    joined = last[-1] == f"--wandb-project={text}" and text.startswith("-")
    assert joined or last == ["--wandb-project", text]


def test_a_value_that_looks_like_a_flag_is_joined_to_its_own() -> None:
    body = {**BODY, "chunkSize": -1, "wandbConfig": {"project": "-p"}}
    assert words(body)[-2:] == ["--chunk-size=-1", "--wandb-project=-p"]


def test_firectl_wants_the_entity_of_wandb_too() -> None:
    body = {**BODY, "wandbConfig": {"enabled": True, "project": "p"}}
    assert "only with an entity" in command_line(body, "sums", FIRECTL).notes[0]
    body["wandbConfig"]["entity"] = "e"
    assert command_line(body, "sums", FIRECTL).notes == ()


def test_a_shell_puts_the_account_where_the_placeholder_stood() -> None:
    body = {**BODY, "dataset": f"accounts/{ACCOUNT}/datasets/it's $HOME"}
    line = command_line(body, "sums", FIRECTL).text
    shown = subprocess.run(
        ["/bin/sh", "-c", f'firectl() {{ printf "%s\\n" "$@"; }}\n{line}'],
        env={"FIREWORKS_ACCOUNT_ID": "acme", "HOME": "nowhere"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert shown[5] == "accounts/acme/datasets/it's $HOME"
