"""`rft rehearse`: data, evaluator and a few steps, tried in processes of their own, and nothing left behind."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import rft_cli
from rft_cli.app import app
from rft_cli.backends.local.liveness import is_alive

CONFIG = """\
version: 1
name: sums
backend: {backend}
model: {model}
dataset: data/sums.jsonl
evaluator: evaluators/sums.py:evaluate
evaluation: {{reward_range: [0, 1]}}
"""
EVALUATOR = """\
def evaluate(completion, record):
    length = min(len(completion), 20) / 40
    return 1.0 if completion.strip() == record["answer"] else length
"""

Rft = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        "pyproject.toml": "[tool.rft]\n",
        "run.yaml": CONFIG.format(backend="local", model="rehearsal"),
        "data/sums.jsonl": "".join(
            json.dumps({"messages": [{"role": "user", "content": f"{n}+{n}="}], "answer": str(2 * n)}) + "\n"
            for n in range(10, 50)
        ),
        "evaluators/sums.py": EVALUATOR,
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rft(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["rehearse", *arguments], prog_name="rft")


def evaluator(project: Path, body: str) -> None:
    (project / "evaluators/sums.py").write_text(f"def evaluate(completion, record):\n    {body}\n")


def codes(result: Result) -> list[str]:
    return [finding["code"] for finding in json.loads(result.stdout)["findings"]]


def test_a_sound_config_is_tried_and_leaves_nothing_behind(project: Path) -> None:
    result = rft("run.yaml")
    assert result.exit_code == 0, result.stderr
    assert "sums: 40 rows" in result.stdout
    assert "Nothing stands in the way." in result.stdout
    assert "on the rehearsal engine" in result.stderr
    assert list((project / ".rft/rehearsals").iterdir()) == []
    assert list((project / ".rft/runs").iterdir()) == []
    assert not (project / ".rft/ledger.db").exists()


@pytest.mark.parametrize(
    ("backend", "model"),
    [("fireworks", "accounts/fireworks/models/llama-v3p1-8b-instruct"), ("trl", "Qwen/x")],
)
def test_a_config_for_another_backend_is_tried_here_without_a_key(
    project: Path, monkeypatch: pytest.MonkeyPatch, backend: str, model: str
) -> None:
    monkeypatch.delenv("FIREWORKS_API_KEY", raising=False)
    (project / "run.yaml").write_text(CONFIG.format(backend=backend, model=model))
    result = rft("run.yaml", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["schema_version"], document["rows"]) == (0, 1, 40)
    assert [step["step"] for step in document["steps"]] == [1, 2, 3, 4]
    held_out = 0 if backend == "fireworks" else 16
    assert document["evaluator"]["calls_of_run"] == (40 - held_out) * 4
    kinds = {entry["kind"] for entry in document["probe"]}
    assert kinds == {"nothing", "echo", "other", "right", "sampled"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return 0.5", ["RFT720"]),
        ("return 7.0 if completion == record['answer'] else 0.0", ["RFT722"]),
        ("return float(len(completion) > 0) / len(completion or 'x') + 1 / len(completion)", ["RFT724"]),
        ("return float('nan')", ["RFT724"]),
    ],
)
def test_an_evaluator_that_would_waste_a_run(project: Path, body: str, expected: list[str]) -> None:
    evaluator(project, body)
    result = rft("run.yaml", "--json")
    assert (result.exit_code, [code for code in codes(result) if code != "RFT725"][:1]) == (1, expected)


def test_an_evaluator_that_counts_its_calls_is_found_out(project: Path) -> None:
    (project / "evaluators/sums.py").write_text(
        "calls = 0\ndef evaluate(completion, record):\n    global calls\n    calls += 1\n"
        "    return 1.0 if completion == record['answer'] else 1 / (1 + calls)\n"
    )
    result = rft("run.yaml", "--json")
    assert (result.exit_code, codes(result)) == (0, ["RFT721"])
    assert rft("run.yaml", "--fail-on", "warning").exit_code == 1


def test_an_evaluator_that_cannot_be_loaded(project: Path) -> None:
    (project / "evaluators/sums.py").write_text(
        "import nowhere_at_all\ndef evaluate(completion, record): ...\n"
    )
    result = rft("run.yaml")
    assert result.exit_code == 1
    assert "RFT702" in result.stderr
    assert "nowhere_at_all" in result.stderr


def test_an_evaluator_that_hangs_beyond_interruption(project: Path) -> None:
    (project / "run.yaml").write_text(
        CONFIG.format(backend="local", model="rehearsal").replace(
            "evaluator: evaluators/sums.py:evaluate",
            "evaluator: {entry: 'evaluators/sums.py:evaluate', timeout_s: 0.05}",
        )
    )
    evaluator(project, "import time; time.sleep(30)")
    result = rft("run.yaml", "--json")
    assert (result.exit_code, codes(result)[0]) == (1, "RFT724")


def test_an_evaluator_that_ends_the_process(project: Path) -> None:
    evaluator(project, "import os; print('farewell', flush=True); os._exit(9)")
    result = rft("run.yaml", "--json")
    (told,) = [entry for entry in json.loads(result.stdout)["findings"] if entry["severity"] == "error"]
    assert (result.exit_code, told["code"], told["help"]) == (1, "RFT702", None)
    assert "exit code 9" in told["message"]
    assert "farewell" in told["message"]


def test_a_variable_that_the_evaluator_needs_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUDGE_KEY", raising=False)
    config = CONFIG.format(backend="local", model="rehearsal")
    (project / "run.yaml").write_text(
        config.replace(
            "evaluator: evaluators/sums.py:evaluate",
            "evaluator: {entry: 'evaluators/sums.py:evaluate', env: [JUDGE_KEY]}",
        )
    )
    result = rft("run.yaml")
    assert result.exit_code == 3
    assert "JUDGE_KEY" in result.stderr
    assert "reading" not in result.stderr
    assert not (project / ".rft").exists()
    (project / ".env").write_text("JUDGE_KEY=a-secret-of-mine\n")
    evaluator(project, "import os; return len(completion) / 100 if os.environ['JUDGE_KEY'] else 0")
    result = rft("run.yaml")
    assert (result.exit_code, "a-secret-of-mine" in result.stdout + result.stderr) == (0, False)


def test_what_scoring_takes_is_counted_with_the_calls_that_are_under_way(project: Path) -> None:
    config = CONFIG.format(backend="local", model="rehearsal")
    entry = "evaluator: {entry: 'evaluators/sums.py:evaluate', concurrency: 4}"
    (project / "run.yaml").write_text(config.replace("evaluator: evaluators/sums.py:evaluate", entry))
    told = json.loads(rft("run.yaml", "--json").stdout)["evaluator"]
    assert (told["calls_of_run"], told["calls_of_step"], told["at_once"]) == (96, 16, 4)
    assert told["seconds_of_run"] == pytest.approx(96 * told["seconds_per_call"] / 4)
    assert told["seconds_of_step"] == pytest.approx(16 * told["seconds_per_call"] / 4)
    assert "the run makes 96 calls, 16 a step: " in rft("run.yaml").stdout


def test_an_evaluator_that_draws_lots_is_an_error(project: Path) -> None:
    evaluator(project, "import random; return random.random()")
    result = rft("run.yaml", "--json")
    told = {finding["code"]: finding["severity"] for finding in json.loads(result.stdout)["findings"]}
    assert (result.exit_code, told["RFT721"]) == (1, "error")


def test_held_out_rows_at_the_service_are_said_to_be_left_out(project: Path) -> None:
    model = "accounts/fireworks/models/llama-v3p1-8b-instruct"
    config = CONFIG.format(backend="fireworks", model=model)
    (project / "run.yaml").write_text(config.replace("{reward", "{dataset: accounts/a/datasets/d, reward"))
    result = rft("run.yaml")
    assert (result.exit_code, "note: accounts/a/datasets/d lies at the service" in result.stdout) == (0, True)


def test_bad_rows_are_named_and_nothing_is_run(project: Path) -> None:
    with (project / "data/sums.jsonl").open("a") as file:
        file.write('{"messages": []}\n')
    evaluator(project, "raise SystemExit")
    result = rft("run.yaml")
    assert result.exit_code == 1
    assert "data/sums.jsonl:41" in result.stderr
    assert "asking" not in result.stderr
    assert not (project / ".rft").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("none.yaml",), "there is no run config none.yaml"),
        (
            ("run.yaml", "--set", "backend=fireworks", "--set", "dataset=accounts/a/datasets/d"),
            "--set dataset=PATH",
        ),
        (
            (
                *("run.yaml", "--set", "backend=fireworks", "--set", "dataset=accounts/a/datasets/d"),
                *("--set", "evaluator=accounts/a/evaluators/e"),
            ),
            "a rehearsal needs the dataset and the evaluator here, and nothing was tried",
        ),
    ],
)
def test_what_cannot_be_rehearsed_is_wrong_usage(
    project: Path, arguments: tuple[str, ...], words: str
) -> None:
    del project
    result = rft(*arguments)
    assert (result.exit_code, words in result.stderr) == (2, True)


def test_an_invalid_config_shows_its_findings(project: Path) -> None:
    (project / "run.yaml").write_text("version: 1\nmodel: m\n")
    result = rft("run.yaml", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["config"], bool(document["findings"])) == (1, None, True)


def test_what_the_evaluator_prints_stays_out_of_the_answer(project: Path) -> None:
    (project / "evaluators/sums.py").write_text(f"print('noise')\n{EVALUATOR}")
    result = rft("run.yaml", "--json")
    assert json.loads(result.stdout)["rows"] == 40
    assert "noise" not in result.stdout + result.stderr


def test_ctrl_c_ends_the_workers_and_leaves_nothing(project: Path) -> None:
    evaluator(
        project, "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(20); return 1.0"
    )
    with subprocess.Popen(
        [sys.executable, "-m", "rft_cli", "rehearse", "run.yaml"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(Path(rft_cli.__file__).parents[1])},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        pid = project / "pid"
        deadline = time.monotonic() + 20
        while not (pid.is_file() and pid.read_text()) and time.monotonic() < deadline:
            select.select([], [], [], 0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    assert list((project / ".rft/rehearsals").iterdir()) == []
    assert not is_alive(int(pid.read_text()), "")
