"""`rft export CONFIG --to rest|firectl|ep|trl`: without a key, without the network, and without losing a value."""

from __future__ import annotations

import json
import shlex
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from support.project import record_run, write_project
from typer.testing import CliRunner, Result

from rft_cli.app import app
from rft_cli.render.trl_yaml import batch_of

SETTINGS = """\
backend: fireworks
fireworks: {loss_method: dapo, chunk_size: 50, extra_body: {stop: ["it's"]}}
rollout: {top_k: 0, n: 8}
training: {batch_size: 131072}
tracking: {wandb: {project: my project}}
"""


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_project(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.rft]\n")
    run = (tmp_path / "run.yaml").read_text()
    (tmp_path / "service.yaml").write_text(run.replace("model: rehearsal", "model: qwen3-4b") + SETTINGS)
    monkeypatch.chdir(tmp_path)
    for name in ("FIREWORKS_API_KEY", "FIREWORKS_ACCOUNT_ID"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def rft(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, prog_name="rft")


def test_rest_is_the_payload_of_a_plan() -> None:
    body = json.loads(rft("export", "service.yaml", "--to", "rest").stdout)
    assert body == json.loads(rft("plan", "service.yaml", "--json").stdout)["payload"]
    assert body["lossConfig"]["method"] == "DAPO"


def test_files_that_have_to_be_at_the_service_are_named() -> None:
    assert "note: data/sums.jsonl has to be at the service first" in (
        rft("export", "service.yaml", "--to", "rest").stderr
    )


@pytest.mark.parametrize("form", ["firectl", "ep"])
def test_a_command_has_every_parameter(form: str) -> None:
    words = shlex.split(rft("export", "service.yaml", "--to", form).stdout)
    said = dict(pairwise(words))
    assert [
        said[flag]
        for flag in (
            "--top-k",
            "--response-candidates-count",
            "--chunk-size",
            "--extra-body",
            "--wandb-project",
        )
    ] == ["0", "8", "50", '{"stop":["it\'s"]}', "my project"]


def test_trl_counts_in_sequences() -> None:
    text = rft("export", "service.yaml", "--to", "trl").stdout
    document = yaml.safe_load(text)
    grpo = document["grpo_config"]
    assert (
        grpo["num_generations"],
        grpo["per_device_train_batch_size"],
        grpo["gradient_accumulation_steps"],
    ) == (
        8,
        8,
        2,
    )
    assert (grpo["top_k"], grpo["loss_type"], grpo["epsilon_high"], grpo["report_to"]) == (
        None,
        "dapo",
        0.28,
        "wandb",
    )
    assert document["lora_config"] == {"r": 8, "task_type": "CAUSAL_LM"}
    assert "fireworks.chunk_size 50 is not passed on." in text


@pytest.mark.parametrize(
    ("tokens", "context", "n", "expected"),
    [(32768, 8192, 4, (1, 4)), (131072, 8192, 4, (4, 16)), (1, 8192, 4, (1, 4)), (65535, 8192, 4, (1, 4))],
)
def test_a_batch_of_tokens_as_sequences(tokens: int, context: int, n: int, expected: tuple[int, int]) -> None:
    assert batch_of(tokens, context, n) == expected


def test_a_recorded_run_is_exported_as_a_config_is(root: Path) -> None:
    run = record_run(root, "service.yaml")
    assert rft("export", run, "--to", "rest").stdout == rft("export", "service.yaml", "--to", "rest").stdout


def test_what_the_service_would_refuse_is_not_exported() -> None:
    done = rft("export", "service.yaml", "--to", "rest", "--set", "model=Qwen/Qwen3-4B")
    assert (done.exit_code, done.stdout, "RFT703" in done.stderr) == (1, "", True)
    assert rft("export", "service.yaml", "--to", "trl", "--set", "model=Qwen/Qwen3-4B").exit_code == 0


def test_a_file_is_written_on_request(root: Path) -> None:
    done = rft("export", "service.yaml", "--to", "trl", "-o", "trl.yaml")
    assert (done.exit_code, done.stdout) == (0, "")
    assert yaml.safe_load((root / "trl.yaml").read_text())["model_name_or_path"] == "qwen3-4b"


def test_a_record_is_made_of_a_run() -> None:
    done = rft("export", "service.yaml", "--to", "record")
    assert (done.exit_code, "a record is made of a run" in done.stderr) == (2, True)
