"""A variable that the evaluator reads and nobody sets: named before anything is recorded, by each command that would need it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from services.fireworks.double import Double
from support.project import write_project
from typer.testing import CliRunner, Result

from rft_cli.app import app

NEEDS_KEYS = "evaluator: {entry: 'evaluators/sums.py:evaluate', env: [JUDGE_KEY, OTHER_KEY]}"


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_project(tmp_path)
    run = (tmp_path / "run.yaml").read_text()
    (tmp_path / "run.yaml").write_text(run.replace("evaluator: evaluators/sums.py:evaluate", NEEDS_KEYS))
    (tmp_path / "pyproject.toml").write_text("[tool.rft]\n")
    (tmp_path / "evaluators/sums.py").write_text(
        "import os\n\ndef evaluate(completion, record):\n"
        "    return len(completion) / 300 + len(os.environ['JUDGE_KEY']) / 1000\n"
    )
    rows = ["{" + f'"messages": [{{"role": "user", "content": "{n}+1="}}]' + "}\n" for n in range(40)]
    (tmp_path / "data/sums.jsonl").write_text("".join(rows))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JUDGE_KEY", raising=False)
    monkeypatch.setenv("OTHER_KEY", "")
    return tmp_path


def rft(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, prog_name="rft")


def test_a_launch_stops_before_its_record(root: Path) -> None:
    done = rft("launch", "run.yaml")
    assert done.exit_code == 3, done.stderr
    assert "the evaluator needs the environment variable JUDGE_KEY, which is not set" in done.stderr
    assert json.loads(rft("runs", "--json").stdout)["runs"] == []
    assert [*(root / ".rft").glob("runs/*")] == []


def test_a_launch_finds_them_in_the_dotenv_file(root: Path) -> None:
    (root / ".env").write_text("JUDGE_KEY=secret-one\nOTHER_KEY=secret-two\n")
    done = rft("launch", "run.yaml")
    assert (done.exit_code, "secret" in done.stdout + done.stderr) == (0, False), done.stderr
    # What has a result is shown, whoever asks.
    (root / ".env").unlink()
    assert rft("launch", "run.yaml").exit_code == 0
    assert rft("launch", "run.yaml", "--new-attempt").exit_code == 3


def test_a_plan_warns_of_each(root: Path) -> None:
    done = rft("plan", "run.yaml")
    assert done.exit_code == 0
    assert done.stderr.count("RFT713") == 2
    assert "OTHER_KEY, which is empty" in done.stderr


def test_an_evaluator_at_the_service_has_its_own() -> None:
    service = ("backend=fireworks", "model=qwen3-4b", "evaluator.entry=accounts/a/evaluators/e")
    sets = [word for value in service for word in ("--set", value)]
    assert "RFT713" not in rft("plan", "run.yaml", *sets).stderr


def test_a_run_is_not_resumed_without_them(root: Path) -> None:
    (root / ".env").write_text("JUDGE_KEY=secret-one\nOTHER_KEY=secret-two\n")
    (root / "evaluators/sums.py").write_text("def evaluate(completion, record):\n    raise KeyError\n")
    assert rft("launch", "run.yaml").exit_code == 5
    (root / ".env").unlink()
    done = rft("resume", "sums")
    assert (done.exit_code, "JUDGE_KEY" in done.stderr) == (3, True)
    assert json.loads(rft("show", "sums", "--json").stdout)["state"] == "failed"


def test_nothing_is_asked_of_the_service_without_them(
    root: Path, fireworks: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in fireworks.environment.items():
        monkeypatch.setenv(name, value)
    sets = ("--set", "backend=fireworks", "--set", "model=qwen3-4b")
    done = rft("launch", "run.yaml", "--yes", *sets)
    assert (done.exit_code, "JUDGE_KEY" in done.stderr) == (3, True), done.stderr
    assert (fireworks.jobs, json.loads(rft("runs", "--json").stdout)["runs"]) == ([], [])
