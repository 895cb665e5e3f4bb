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


def test_rest_is_the_payload_of_a_plan_under_the_name_of_the_config() -> None:
    body = json.loads(rft("export", "service.yaml", "--to", "rest").stdout)
    payload = json.loads(rft("plan", "service.yaml", "--json").stdout)["payload"]
    assert body == {**payload, "displayName": "sums"}
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
    batch = ("num_generations", "per_device_train_batch_size", "gradient_accumulation_steps")
    assert [document[name] for name in batch] == [8, 8, 2]
    loss = ("top_k", "loss_type", "epsilon_high", "report_to", "env")
    assert [document[name] for name in loss] == [0, "dapo", 0.28, "wandb", {"WANDB_PROJECT": "my project"}]
    assert (document["use_peft"], document["lora_r"]) == (True, 8)
    assert document["datasets"] == [{"path": "json", "data_files": "data/sums.jsonl"}]
    assert "# fireworks.chunk_size 50 is not passed on.\n" in text


@pytest.mark.parametrize(("backend", "count"), [("fireworks", 3), ("trl", 1), ("local", 1)])
def test_trl_says_which_settings_stay_behind_and_not_those_that_do_nothing(
    root: Path, backend: str, count: int
) -> None:
    more = "evaluation: {every: 5}\n"
    (root / "service.yaml").write_text((root / "service.yaml").read_text() + more)
    text = rft("export", "service.yaml", "--to", "trl", "--set", f"backend={backend}").stdout
    assert text.count("is not passed on.") == count


def test_numbers_are_numbers_to_yaml_1_1_and_text_is_text() -> None:
    sets = ("training.learning_rate=1.5e-5", "fireworks.loss_method=gspo-token", "model=on")
    changed = [word for value in sets for word in ("--set", value)]
    document = yaml.safe_load(rft("export", "service.yaml", "--to", "trl", *changed).stdout)
    assert (document["learning_rate"], document["epsilon"]) == (1.5e-5, 3e-4)
    assert (document["model_name_or_path"], document["use_peft"]) == ("on", True)


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


@pytest.mark.parametrize("form", ["firectl", "ep"])
def test_what_a_command_leaves_out_stands_in_its_file_too(root: Path, form: str) -> None:
    region = ("--set", "fireworks.region=US_IOWA_1")
    done = rft("export", "service.yaml", "--to", form, "-o", "create.sh", *region)
    text = (root / "create.sh").read_text()
    notes = [line.removeprefix("note: ") for line in done.stderr.splitlines() if line.startswith("note: ")]
    assert text.startswith("".join(f"# {note}\n" for note in notes))
    assert f"trainingConfig.region US_IOWA_1 is not passed on: {form} has no flag for it" in notes


def test_how_a_body_is_sent_is_said() -> None:
    (line,) = [
        line for line in rft("export", "service.yaml", "--to", "rest").stderr.splitlines() if "curl" in line
    ]
    assert line.endswith('/reinforcementFineTuningJobs?reinforcementFineTuningJobId=sums"')


def test_a_record_is_made_of_a_run() -> None:
    done = rft("export", "service.yaml", "--to", "record")
    assert (done.exit_code, "a record is made of a run" in done.stderr) == (2, True)
