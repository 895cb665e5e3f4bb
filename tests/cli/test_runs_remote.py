"""`rft runs --remote` against the service double: what was started elsewhere is in the ledger, once, and the service is only looked at."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
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
from rft_cli.backends.fireworks.listing import listed
from rft_cli.backends.fireworks.states import STATES
from rft_cli.render.remote_views import outcome_lines
from rft_cli.workflow.project import open_project
from rft_cli.workflow.remote import MOST_ADOPTED, Outcome

ROOT = Path(__file__).parents[2]

BODY: dict[str, Any] = {
    "displayName": "Sums, warmer",
    "dataset": "accounts/acme/datasets/sums",
    "evaluator": "accounts/acme/evaluators/sums-exact",
    "trainingConfig": {
        "baseModel": "accounts/fireworks/models/qwen3-4b",
        "learningRate": 1e-4,
        "epochs": 1,
        "loraRank": 8,
        "batchSize": 32768,
        "maxContextLength": 8192,
    },
    "inferenceParameters": {
        "temperature": 0.7,
        "topP": 1.0,
        "topK": 40,
        "responseCandidatesCount": 4,
        "maxOutputTokens": 2048,
    },
    "chunkSize": 100,
}

CONFIG = """\
version: 1
name: sums
backend: fireworks
model: accounts/fireworks/models/llama-v3p1-8b-instruct
dataset: data/train.jsonl
evaluator: sums.py:evaluate
fireworks: {chunk_size: 20}
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fireworks: Double) -> Path:
    root = tmp_path / "here"
    root.mkdir()
    (root / "pyproject.toml").write_text("[tool.rft]\n")
    monkeypatch.chdir(root)
    for name, value in fireworks.environment.items():
        monkeypatch.setenv(name, value)
    return root


def create(fireworks: Double, identifier: str = "warmer-1", **changed: Any) -> str:
    access = Access(fireworks.key, fireworks.url, fireworks.account)
    with closing(Connection(access, sleep=fireworks.sleep)) as connection:
        FireworksClient(access, connection).create_job(identifier, {**BODY, **changed})
    fireworks.advance(1)
    return identifier


def rft(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, prog_name="rft")


def remote(*arguments: str) -> dict[str, Any]:
    done = rft("runs", "--remote", "--json", *arguments)
    assert done.exit_code == 0, done.output
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def shown(run: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(rft("show", run, "--json").stdout)
    return document


def test_a_finished_job_is_a_run_like_any_other(fireworks: Double) -> None:
    create(fireworks)
    fireworks.advance(10_000)
    done = rft("runs", "--remote")
    assert (done.exit_code, done.stderr) == (
        0,
        "Adopted 1 run; 0 known.\n"
        "sums-warmer.1 is the baseline of its scope: the first run of it here with default parameters.\n",
    )
    assert "baseline, adopted" in done.stdout
    assert "demo" not in done.stdout
    run = shown("sums-warmer")
    assert (run["state"], run["steps"], run["last"]["step"]) == ("completed", 5, 5)
    assert run["created"].startswith(fireworks.job("warmer-1")["createTime"][:23])
    assert run["ended"].startswith(fireworks.job("warmer-1")["completedTime"][:23])
    assert run["config"]["dataset"] == BODY["dataset"]
    for words in (
        ("rollouts", "sums-warmer", "-n", "1"),
        ("advise", "sums-warmer"),
        ("logs", "sums-warmer"),
        ("watch", "sums-warmer"),
        ("note", "sums-warmer", "made with firectl"),
        ("sync", "sums-warmer"),
        ("export", "sums-warmer", "--to", "record"),
        ("baseline",),
        ("runs", "--scope", "sums-warmer"),
    ):
        answer = rft(*words)
        assert (words, answer.exit_code) == (words, 0), answer.output
    assert "dashboard: https://app.fireworks.ai" in rft("show", "sums-warmer").stdout
    assert {entry["operation"] for entry in fireworks.log()} & {
        "cancel-job",
        "resume-job",
        "delete-job",
        "update-job",
    } == set()


def test_there_is_no_config_of_an_adopted_run_to_go_on_from(fireworks: Double, project: Path) -> None:
    fireworks.next_jobs("failed-midway")
    create(fireworks)
    fireworks.advance(10_000)
    remote()
    (folder,) = (project / ".rft/runs").iterdir()
    shutil.rmtree(folder)
    done = rft("resume", "sums-warmer")
    assert done.exit_code == 3
    assert "make a config of it and launch that: rft import fireworks warmer-1" in done.stderr


def test_two_jobs_of_one_data_set_are_compared(fireworks: Double) -> None:
    create(fireworks)
    warmer = {**BODY["inferenceParameters"], "temperature": 1.0}
    create(fireworks, "warmer-2", displayName="hotter", inferenceParameters=warmer)
    fireworks.advance(10_000)
    remote()
    answer = json.loads(rft("diff", "sums-warmer", "hotter", "--json").stdout)
    assert answer["comparable"]
    assert [(each["parameter"], each["to"]) for each in answer["changes"]] == [("rollout.temperature", 1.0)]
    assert rft("compare", "sums-warmer", "hotter").exit_code == 0


def test_adopting_again_adds_nothing(fireworks: Double) -> None:
    create(fireworks)
    first, second = remote(), remote()
    assert (first["adopted"], first["known"]) == (["sums-warmer.1"], [])
    assert (second["adopted"], second["known"]) == ([], ["sums-warmer.1"])
    assert [run["id"] for run in second["runs"]] == ["sums-warmer.1"]


def test_a_lost_ledger_is_made_again_with_its_adopted_runs(fireworks: Double, project: Path) -> None:
    create(fireworks, displayName="lost")
    fireworks.advance(10_000)
    before = remote()["runs"]
    for file in (project / ".rft").glob("ledger.db*"):
        file.unlink()
    assert rft("sync", "--rebuild").exit_code == 0
    after = remote()
    assert (after["adopted"], after["known"]) == ([], ["lost.1"])
    assert [run | {"updated": ""} for run in after["runs"]] == [run | {"updated": ""} for run in before]


def test_a_look_takes_nothing_over(fireworks: Double, project: Path) -> None:
    create(fireworks)
    done = rft("runs", "--remote", "--dry-run")
    assert (done.exit_code, done.stderr) == (0, "1 run would be adopted; 0 known.\n")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["JOB", "warmer-1"]
    assert "new: sums-warmer" in done.stdout
    assert not (project / ".rft").exists()
    assert [entry["operation"] for entry in fireworks.log()].count("get-job") == 0


def test_two_processes_at_once_adopt_each_job_once(fireworks: Double, project: Path) -> None:
    for number in range(6):
        create(fireworks, f"job-{number}-x", displayName="same")
    command = [sys.executable, "-m", "rft_cli", "runs", "--remote", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = [
        subprocess.Popen(command, cwd=project, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = [json.loads(process.communicate(timeout=60)[0]) for process in started]
    assert sorted(run for answer in answers for run in answer["adopted"]) == [
        f"same.{number}" for number in range(1, 7)
    ]
    assert all(len(answer["runs"]) == 6 for answer in answers)
    assert len(json.loads(rft("runs", "--json").stdout)["runs"]) == 6


def test_pages_and_the_most_that_is_adopted_at_once(fireworks: Double) -> None:
    fireworks.add_jobs(230)
    first = remote()
    assert (len(first["adopted"]), first["left"], len(first["jobs"])) == (MOST_ADOPTED, 180, 230)
    assert len(fireworks.calls("list-jobs")) == 2
    assert len(fireworks.calls("get-job")) == MOST_ADOPTED
    done = rft("runs", "--remote", "--limit", "60")
    assert "Adopted 10 runs; 50 known." in done.stderr


def test_what_is_deleted_meanwhile_is_said(fireworks: Double) -> None:
    create(fireworks, "doomed-1", displayName="doomed")
    there = open_project().backend("fireworks").elsewhere(Path.cwd())
    assert there is not None
    (doomed,) = (each for each in there.jobs() if not each.is_example)
    with fireworks.service.lock:
        del fireworks.service.accounts["acme"].jobs["doomed-1"]
    assert there.found(doomed) is None
    said = outcome_lines(Outcome((), gone=(doomed.job,)), is_dry=False)
    assert list(said) == ["Adopted 0 runs; 0 known.", "doomed-1 is gone: it was deleted meanwhile."]


def test_a_list_entry_of_which_nothing_is_known_is_a_run_nevertheless() -> None:
    assert (listed({}).name, listed({}).state, listed({"createTime": "soon"}).mark) == (
        "imported",
        "queued",
        None,
    )


def test_the_local_backend_has_nothing_elsewhere() -> None:
    assert open_project().backend("local").elsewhere(Path.cwd()) is None


@pytest.mark.parametrize(
    ("display", "name"),
    [
        ("", "warmer-1"),
        ("Süße Summen ☀", "s-e-summen"),
        ("温暖", "warmer-1"),
        ("x" * 63, "x" * 63),
        ("\x1b[31mred", "mred"),
        ("a.1", "a-1"),
    ],
)
def test_an_odd_display_name_still_makes_a_run_name(fireworks: Double, display: str, name: str) -> None:
    create(fireworks, displayName=display)
    assert remote()["adopted"] == [f"{name}.1"]
    assert "\x1b" not in rft("runs", "--remote", "--dry-run").stdout + rft("show", name).stdout


def test_unset_means_the_default_of_the_service_and_is_said(fireworks: Double) -> None:
    create(fireworks)
    with fireworks.service.lock:
        body = fireworks.service.accounts["acme"].jobs["warmer-1"].body
        body["inferenceParameters"] = {
            **body["inferenceParameters"],
            "responseCandidatesCount": 0,
            "temperature": 0,
        }
        body["trainingConfig"] = {**body["trainingConfig"], "learningRate": None, "maxContextLength": 0}
    assert remote()["baselines"] == []
    run = shown("sums-warmer")
    assert run["config"]["rollout"]["n"] == 8
    assert (run["config"]["training"]["learning_rate"], run["config"]["rollout"]["temperature"]) == (
        1e-4,
        0.7,
    )
    assert (
        "the job does not say rollout.n: the service's default is taken to be 8" in run["schedule"]["notes"]
    )


def test_what_a_config_has_no_key_for_is_a_change_and_no_repeat(fireworks: Double) -> None:
    create(fireworks)
    training = {**BODY["trainingConfig"], "learningRateWarmupSteps": 20}
    create(fireworks, "warmer-2", displayName="warmup", trainingConfig=training)
    remote()
    answer = json.loads(rft("diff", "sums-warmer", "warmup", "--json").stdout)
    assert [(each["parameter"], each["to"]) for each in answer["changes"]] == [
        ("fireworks.job.trainingConfig.learningRateWarmupSteps", 20)
    ]
    assert shown("sums-warmer")["fingerprint"] != shown("warmup")["fingerprint"]


def test_values_that_rft_does_not_launch_are_kept(fireworks: Double) -> None:
    inference = {**BODY["inferenceParameters"], "responseCandidatesCount": 16, "temperature": 1.9}
    create(fireworks, inferenceParameters=inference)
    fireworks.advance(10_000)
    remote()
    assert shown("sums-warmer")["config"]["rollout"]["n"] == 16
    assert rft("advise", "sums-warmer").exit_code == 0


def test_a_state_that_is_not_known_passes_through(fireworks: Double) -> None:
    fireworks.adjust(poll_step_s=0)
    fireworks.next_jobs("unknown-state")
    create(fireworks, displayName="moonlit")
    while fireworks.job("warmer-1")["state"].removeprefix("JOB_STATE_") in STATES:
        fireworks.advance(10)
    run = remote()["runs"][0]
    assert (run["state"], run["raw_state"]) == (
        "running",
        fireworks.job("warmer-1")["state"].removeprefix("JOB_STATE_"),
    )
    assert run["raw_state"] not in STATES


def test_an_example_is_adopted_when_it_is_named(fireworks: Double) -> None:
    assert remote()["jobs"] == []
    assert remote("--name", "demo-rft-job")["adopted"] == ["fake-demo-gsm8k-math-no-charge.1"]
    assert len(remote()["jobs"]) == 1


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--name", "Sums*"), ["warmer-1"]),
        (("--name", "warmer-2"), ["warmer-2"]),
        (("--name", "hotter"), ["warmer-2"]),
        (("--state", "failed"), []),
        (("--state", "completed"), ["warmer-1", "warmer-2"]),
        (("--limit", "1"), ["warmer-2"]),
        (("--since", "1d"), []),
    ],
)
def test_filters_choose_what_is_adopted(
    fireworks: Double, options: tuple[str, ...], found: list[str]
) -> None:
    create(fireworks)
    create(fireworks, "warmer-2", displayName="hotter")
    fireworks.advance(10_000)
    if options[0] == "--since":
        with fireworks.service.lock:
            for job in fireworks.service.accounts["acme"].jobs.values():
                job.body["createTime"] = "2020-01-02T03:04:05.123456789Z"
    assert [each["job"].rpartition("/")[2] for each in remote(*options)["jobs"]] == found


def test_a_baseline_is_the_first_with_a_result(fireworks: Double) -> None:
    fireworks.next_jobs("failed-internal", "completed")
    create(fireworks)
    create(fireworks, "warmer-2")
    create(fireworks, "warmer-3")
    fireworks.advance(10_000)
    assert remote()["baselines"] == ["sums-warmer.2"]
    assert [(run["state"], run["is_baseline"]) for run in remote()["runs"]] == [
        ("failed", False),
        ("completed", True),
        ("completed", False),
    ]


def test_an_adopted_run_is_cancelled_and_resumed_under_its_own_id(fireworks: Double) -> None:
    fireworks.next_jobs("failed-midway", "completed")
    create(fireworks)
    fireworks.advance(10_000)
    remote()
    assert shown("sums-warmer")["state"] == "failed"
    done = rft("resume", "sums-warmer", "--detach")
    assert done.exit_code == 0, done.output
    create(fireworks, "warmer-2", displayName="hotter")
    remote()
    assert rft("cancel", "hotter").exit_code == 0
    called = [
        entry["path"].rpartition("/")[2]
        for operation in ("resume-job", "cancel-job")
        for entry in fireworks.calls(operation)
    ]
    assert called == ["warmer-1:resume", "warmer-2:cancel"]
    assert fireworks.jobs == ["warmer-1", "warmer-2"]


def test_an_imported_config_of_an_adopted_job_follows_it(fireworks: Double) -> None:
    create(fireworks, inferenceParameters={**BODY["inferenceParameters"], "temperature": 0.9})
    fireworks.advance(10_000)
    remote()
    assert rft("import", "fireworks", "warmer-1").exit_code == 0
    done = rft("launch", "sums-warmer.yaml", "--yes")
    assert done.exit_code == 0, done.output
    assert fireworks.jobs == ["warmer-1"]


def test_what_stands_in_the_way(monkeypatch: pytest.MonkeyPatch, fireworks: Double) -> None:
    assert rft("runs", "--dry-run").exit_code == 2
    assert rft("runs", "--remote", "--scope", "x").exit_code == 2
    key = fireworks.key
    monkeypatch.delenv("FIREWORKS_API_KEY")
    assert rft("runs", "--remote").exit_code == 3
    monkeypatch.setenv("FIREWORKS_API_KEY", key)
    monkeypatch.setenv("FIREWORKS_ACCOUNT_ID", "somebody")
    assert rft("runs", "--remote").exit_code == 4


def clone(root: Path) -> None:
    (root / "data").mkdir(parents=True, exist_ok=True)
    rows = (
        f'{{"messages": [{{"role": "user", "content": "{i}+1="}}], "answer": "{i + 1}"}}\n' for i in range(60)
    )
    (root / "data/train.jsonl").write_text("".join(rows))
    (root / "sums.py").write_text(
        "def evaluate(completion, record):\n    return completion == record['answer']\n"
    )
    (root / "sums.yaml").write_text(CONFIG)


@pytest.fixture
def launched(project: Path, fireworks: Double) -> list[dict[str, Any]]:
    """A baseline and a change, launched in a ledger that is lost afterwards."""
    clone(project)
    fireworks.adjust(poll_step_s=400)
    found = []
    for words in ((), ("--set", "training.learning_rate=2e-4")):
        done = rft("launch", "sums.yaml", "--yes", *words)
        assert done.exit_code == 0, done.output
        found.append(shown("sums"))
    shutil.rmtree(project / ".rft")
    return found


def test_a_fresh_clone_has_back_what_was_launched_with_rft(
    fireworks: Double, launched: list[dict[str, Any]]
) -> None:
    answer = remote()
    assert (answer["adopted"], answer["baselines"]) == (["sums.1", "sums.2"], ["sums.1"])
    for before in launched:
        now = shown(before["id"])
        same = (
            "id",
            "scope",
            "fingerprint",
            "attempt",
            "state",
            "steps",
            "config",
            "digests",
            "is_baseline",
            "points",
        )
        assert {name: now[name] for name in same} == {name: before[name] for name in same}
        assert now["adopted_from"]["config"] == "sums.yaml"
    made = len(fireworks.jobs)
    for words in ((), ("--set", "training.learning_rate=2e-4")):
        assert rft("launch", "sums.yaml", "--yes", *words).exit_code == 0
    assert len(fireworks.jobs) == made
    assert len(json.loads(rft("runs", "--json").stdout)["runs"]) == 2


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        (
            "sums.py",
            "def evaluate(c, r):\n    return 0.5\n",
            "sums.yaml asks for something else now: another evaluator",
        ),
        ("sums.yaml", None, "no run config here is named sums"),
        ("sums.yaml", "version: 1\nbackend: nonsense\n", "sums.yaml has errors: rft plan sums.yaml"),
        ("sums.yaml", CONFIG.replace("fireworks", "local", 1), "sums.yaml has errors: rft plan sums.yaml"),
        (
            "sums.yaml",
            f"{CONFIG}experiment: {{seed: 7}}\n",
            "sums.yaml differs now in what the service is not told: what the evaluator's errors score, "
            "evaluation.max_tokens, or the seed",
        ),
    ],
)
def test_a_launch_whose_config_is_not_here_says_that_it_stands_alone(
    project: Path, launched: list[dict[str, Any]], file: str, text: str | None, why: str
) -> None:
    (project / file).unlink() if text is None else (project / file).write_text(text)
    assert len(remote()["adopted"]) == 2
    now = shown("sums.1")
    assert now["adopted_from"]["not_comparable_because"] == why
    assert now["scope"] != launched[0]["scope"]
    assert now["scope"] == shown("sums.2")["scope"]
    assert why.partition(":")[0] in " ".join(rft("show", "sums.1").stdout.split())


def test_a_run_of_this_ledger_is_known(fireworks: Double, project: Path) -> None:
    clone(project)
    fireworks.adjust(poll_step_s=400)
    assert rft("launch", "sums.yaml", "--yes").exit_code == 0
    answer = remote()
    assert (answer["adopted"], answer["known"]) == ([], ["sums.1"])
    assert not shown("sums.1")["adopted"]
