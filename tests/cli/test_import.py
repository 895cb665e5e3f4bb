"""`rft import fireworks JOB` against the service double: the file asks for the same training, and nothing is overwritten."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from services.fireworks.double import Double
from typer.testing import CliRunner, Result

from rft_cli.app import app
from rft_cli.backends.fireworks.access import Access
from rft_cli.backends.fireworks.client import FireworksClient
from rft_cli.backends.fireworks.connection import Connection

BODY: dict[str, Any] = {
    "displayName": "Sums, warmer",
    "dataset": "accounts/acme/datasets/sums",
    "evaluator": "accounts/acme/evaluators/sums-exact",
    "trainingConfig": {
        "baseModel": "accounts/fireworks/models/qwen3-4b",
        "learningRate": 2e-4,
        "epochs": 2,
        "loraRank": 16,
        "batchSize": 32768,
        "maxContextLength": 8192,
    },
    "inferenceParameters": {
        "temperature": 0.7,
        "topP": 0.95,
        "topK": 40,
        "responseCandidatesCount": 8,
        "maxOutputTokens": 512,
        "extraBody": '{"reasoning_effort":"none"}',
    },
    "lossConfig": {"method": "GRPO", "klBeta": 0.04},
    "chunkSize": 100,
    "wandbConfig": {"enabled": True, "apiKey": "wandb-secret", "project": "p", "entity": "e"},
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fireworks: Double) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.rft]\n")
    monkeypatch.chdir(tmp_path)
    for name, value in fireworks.environment.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def create(fireworks: Double, **changed: Any) -> str:
    access = Access(fireworks.key, fireworks.url, fireworks.account)
    with closing(Connection(access, sleep=fireworks.sleep)) as connection:
        FireworksClient(access, connection).create_job("warmer-1", {**BODY, **changed})
    return "warmer-1"


def rft(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, prog_name="rft")


@pytest.mark.parametrize("scenario", ["happy", "float32"])
def test_the_file_asks_for_the_same_job(fireworks: Double, project: Path, scenario: str) -> None:
    fireworks.use(scenario)
    job = create(fireworks)
    done = rft("import", "fireworks", job)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "Wrote sums-warmer.yaml. Look at it: rft plan sums-warmer.yaml\n"
    body = json.loads(rft("export", "sums-warmer.yaml", "--to", "rest").stdout)
    key = {"apiKey": "<WANDB_API_KEY>"}
    assert body == {**BODY, "displayName": "sums-warmer", "wandbConfig": {**BODY["wandbConfig"], **key}}
    assert "wandb-secret" not in (project / "sums-warmer.yaml").read_text()


def test_the_file_is_sound() -> None:
    assert rft("import", "fireworks", "demo-rft-job", "-o", "demo.yaml").exit_code == 0
    assert rft("lint", "demo.yaml", "--json").exit_code in {0, 1}


def test_what_was_written_is_told_to_machines(fireworks: Double, project: Path) -> None:
    document = json.loads(
        rft("import", "fireworks", create(fireworks, evalAutoCarveout=True), "--json").stdout
    )
    text = (project / "sums-warmer.yaml").read_text()
    assert document == {
        "schema_version": 1,
        "file": "sums-warmer.yaml",
        "name": "sums-warmer",
        "text": text,
        "notes": ["the job sets evalAutoCarveout true, which a run config has no key for"],
    }


def test_a_full_name_says_the_account_too(fireworks: Double, project: Path) -> None:
    name = f"accounts/acme/reinforcementFineTuningJobs/{create(fireworks)}"
    assert rft("import", "fireworks", name, "-o", "x.yaml").exit_code == 0
    assert (project / "x.yaml").read_text().startswith(f"# Made from the job {name}.\nversion: 1\n")


def test_an_adapter_to_start_from_is_kept_and_its_model_looked_up(fireworks: Double, project: Path) -> None:
    training = {**BODY["trainingConfig"], "warmStartFrom": "accounts/acme/models/older-adapter"}
    del training["baseModel"]
    assert (
        rft("import", "fireworks", create(fireworks, trainingConfig=training), "-o", "x.yaml").exit_code == 0
    )
    text = (project / "x.yaml").read_text()
    assert "warm_start_from: accounts/acme/models/older-adapter\n" in text
    assert "model: accounts/fireworks/models/" in text


def test_a_file_that_exists_is_left_alone(fireworks: Double, project: Path) -> None:
    (project / "x.yaml").write_text("mine\n")
    done = rft("import", "fireworks", create(fireworks), "-o", "x.yaml")
    assert (done.exit_code, "x.yaml exists already" in done.stderr) == (2, True)
    assert (project / "x.yaml").read_text() == "mine\n"


@pytest.mark.parametrize(
    ("job", "words"),
    [
        ("no-such-job", "no-such-job"),
        ("accounts/acme/datasets/sums", "is no name of a job"),
    ],
)
def test_what_is_no_job(job: str, words: str, project: Path) -> None:
    done = rft("import", "fireworks", job)
    assert (done.exit_code, words in done.stderr) == (2, True)
    assert list(project.glob("*.yaml")) == []


def test_without_a_key_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIREWORKS_API_KEY")
    assert rft("import", "fireworks", "demo-rft-job").exit_code == 3
