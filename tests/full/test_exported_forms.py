"""Full suite: what `rft export` writes is read by the tools that it is for, by ep, the official client, curl and TRL, with every value."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Required, get_args, get_origin, get_type_hints

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from services.fireworks.double import Double
from support.other_python import python_with
from support.project import write_project
from support.service_configs import plain, sent, service_configs
from typer.testing import CliRunner, Result

from rft_cli.app import app
from rft_cli.backends.fireworks.shape.command_line import EP, command_line
from rft_cli.backends.fireworks.shape.wire import ACCOUNT

pytestmark = [pytest.mark.full, pytest.mark.filterwarnings("ignore::DeprecationWarning:fireworks")]

HERE = Path(__file__).parent
CONFIG = """\
version: 1
name: sums
backend: fireworks
model: qwen3-4b
dataset: {dataset}
evaluator: {evaluator}
training: {{learning_rate: 1e-4, batch_size: 4096, max_context_length: 512, lora_rank: 16, epochs: 2}}
rollout: {{top_k: 0, n: 4, max_tokens: 128, temperature: 1.0}}
evaluation: {{dataset: accounts/acme/datasets/sums}}
fireworks: {{loss_method: gspo-token, chunk_size: 50, region: US_IOWA_1, extra_body: {{stop: ["it's"]}}}}
tracking: {{wandb: {{project: my project, entity: "12"}}}}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_project(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.rft]\n")
    names = {"dataset": "accounts/acme/datasets/sums", "evaluator": "accounts/acme/evaluators/sums-exact"}
    (tmp_path / "run.yaml").write_text(CONFIG.format(**names))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rft(*arguments: str) -> Result:
    done = CliRunner().invoke(app, arguments, prog_name="rft")
    assert done.exit_code == 0, done.stderr
    return done


# ep


@pytest.fixture(scope="module")
def ep(request: pytest.FixtureRequest) -> Iterator[Callable[[list[str]], dict[str, Any]]]:
    """What ep's own parser makes of a command line, and the call that it would make of that."""
    # It fetches a table of prices when it is imported, unless told not to, and wants a key for its help even.
    env = {**os.environ, "FIREWORKS_API_KEY": "fw_none", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    with subprocess.Popen(
        [python_with(request.config, "eval-protocol"), HERE / "ep_parser.py"],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def ask(words: list[str]) -> dict[str, Any]:
            process.stdin.write(f"{json.dumps(words)}\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            return dict(json.loads(process.stdout.readline()))  # type: ignore[union-attr]

        yield ask
        process.stdin.close()


def snake(value: Any) -> Any:
    """A body in the client's own names."""
    if not isinstance(value, dict):
        return value
    return {
        "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name): snake(child)
        for name, child in value.items()
    }


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(values=service_configs())
def test_ep_reads_every_value_that_is_not_said_to_stay_behind(
    ep: Callable[[list[str]], dict[str, Any]], values: dict[str, Any]
) -> None:
    body = sent(values)
    line = command_line(body, "run", EP)
    answer = ep(shlex.split(line.text.replace("\\\n", ""))[1:])
    assert "error" not in answer, answer
    call = answer["call"]
    assert call.pop("reinforcement_fine_tuning_job_id") == "run"
    left = {note.split(" ", 1)[0] for note in line.notes if "is not passed on" in note}
    assert left <= {"trainingConfig.region", "lossConfig.method"}
    body["trainingConfig"].pop("region", None)
    method = body["lossConfig"].pop("method")
    assert ("lossConfig.method" in left) == (method != "GRPO")
    del body["displayName"]
    assert plain(call) == plain(snake(body))
    assert isinstance(call["training_config"]["learning_rate"], float)
    assert isinstance(call.get("chunk_size", 0), int)


@pytest.mark.parametrize("method", ["grpo", "GRPO", "gspo-token", "GSPO_TOKEN", "dapo"])
def test_ep_still_refuses_every_loss_method(ep: Callable[[list[str]], dict[str, Any]], method: str) -> None:
    words = ["create", "rft", "--dataset", "d", "--evaluator", "e", "--rl-loss-method", method]
    assert "invalid Literal value" in ep(words)["error"]


# The official client, and curl


def params_of(body: dict[str, Any], kind: Any) -> dict[str, Any]:
    """A body as the client's typed parameters; a field that they do not know, or of another type, ends the test."""
    known = {}
    for name, hint in get_type_hints(kind, include_extras=True).items():
        inner = get_args(hint)[0] if get_origin(hint) is Required else hint
        alias = next((mark.alias for mark in getattr(inner, "__metadata__", ()) if mark.alias), name)
        known[alias] = (name, inner.__origin__ if hasattr(inner, "__metadata__") else inner)
    params = {}
    for field, value in body.items():
        name, typed = known[field]
        if isinstance(value, dict):
            params[name] = params_of(value, typed)
        else:
            allowed = get_args(typed) or None
            assert value in allowed if allowed else isinstance(value, typed), (field, value)
            params[name] = value
    return params


@settings(max_examples=300, deadline=None)
@given(values=service_configs())
def test_every_field_is_one_of_the_official_clients(values: dict[str, Any]) -> None:
    params = pytest.importorskip("fireworks.types.reinforcement_fine_tuning_job_create_params")
    params_of(sent(values), params.ReinforcementFineTuningJobCreateParams)


def test_the_official_client_sends_what_is_exported(project: Path, fireworks: Double) -> None:
    sdk = pytest.importorskip("fireworks", reason="the official client comes with the extra `full`")
    from fireworks.types.reinforcement_fine_tuning_job_create_params import (
        ReinforcementFineTuningJobCreateParams as Params,
    )

    body = json.loads(rft("export", "run.yaml", "--to", "rest").stdout)
    with sdk.Fireworks(api_key=fireworks.key, account_id=fireworks.account, base_url=fireworks.url) as client:
        client.reinforcement_fine_tuning_jobs.create(
            reinforcement_fine_tuning_job_id="sums", **params_of(body, Params)
        )
    body["wandbConfig"]["apiKey"] = "***"  # the double keeps no secret
    assert fireworks.calls("create-job")[0]["body"] == body


def test_curl_sends_what_is_exported_and_it_comes_back(
    project: Path, fireworks: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not here")
    for name, value in {**fireworks.environment, "WANDB_API_KEY": "wandb-secret"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FIREWORKS_ACCOUNT_ID", fireworks.account)
    notes = rft("export", "run.yaml", "--to", "rest", "-o", "body.json").stderr
    (line,) = [note for note in notes.splitlines() if note.startswith("note: send it: ")]
    command = line.removeprefix("note: send it: ").replace("https://api.fireworks.ai", fireworks.url)
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=60, check=True)
    job = json.loads(done.stdout)
    assert (job["name"], job["displayName"]) == ("accounts/acme/reinforcementFineTuningJobs/sums", "sums")
    rft("import", "fireworks", "sums", "-o", "back.yaml")
    again = json.loads(rft("export", "back.yaml", "--to", "rest").stdout)
    assert again == json.loads((project / "body.json").read_text())
    assert ACCOUNT not in done.stdout


# TRL


@pytest.mark.parametrize(("backend", "rows"), [("fireworks", 9), ("trl", 6)])
def test_trl_takes_the_steps_that_are_counted(
    project: Path, request: pytest.FixtureRequest, backend: str, rows: int
) -> None:
    prompts = 2
    python = python_with(request.config, "trl")
    (project / "data/few.jsonl").write_text(
        "".join(
            json.dumps({"messages": [{"role": "user", "content": f"{n}+{n}="}], "answer": str(2 * n)}) + "\n"
            for n in range(rows)
        )
    )
    names = {"dataset": "data/few.jsonl", "evaluator": "accounts/acme/evaluators/sums-exact"}
    text = CONFIG.format(**names).replace("backend: fireworks", f"backend: {backend}")
    (project / "run.yaml").write_text(text)
    rft("export", "run.yaml", "--to", "trl", "-o", "trl.yaml")
    done = subprocess.run(
        [python, HERE / "trl_steps.py", "trl.yaml", project / "trl"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    read = told["arguments"]
    expected = {
        "learning_rate": 1e-4,
        "num_train_epochs": 2,
        "num_generations": 4,
        "per_device_train_batch_size": 4,
        "gradient_accumulation_steps": prompts,
        "generation_batch_size": prompts * 4,
        "max_completion_length": 128,
        "temperature": 1.0,
        "top_p": 1.0,
        "top_k": 0,
        "seed": 0,
        "report_to": ["wandb"],
        "model_name_or_path": "qwen3-4b",
        "use_peft": True,
        "lora_r": 16,
        "lora_task_type": "CAUSAL_LM",
    }
    if backend == "fireworks":
        expected |= {"loss_type": "grpo", "importance_sampling_level": "sequence", "beta": 0.0}
        expected |= {"epsilon": 3e-4, "epsilon_high": 4e-4}
    assert {name: read[name] for name in expected} == expected
    assert all(isinstance(read[name], float) for name in ("learning_rate", "temperature", "epsilon"))
    assert told["env"] == {"WANDB_PROJECT": "my project", "WANDB_ENTITY": "12"}
    assert (told["data_files"], told["rank"]) == ("data/few.jsonl", 16)
    # 4096 tokens // (512 · 4): two prompts a step; rows that do not fill a step are left out, as the file says.
    assert (told["steps"], told["batches"]) == (2 * (rows // prompts), [[8, 2]] * (2 * (rows // prompts)))


def test_every_number_of_the_file_is_one_to_yaml_1_1(project: Path) -> None:
    document = yaml.safe_load(rft("export", "run.yaml", "--to", "trl").stdout)
    assert {type(document[name]) for name in ("learning_rate", "epsilon", "epsilon_high", "beta")} == {float}
