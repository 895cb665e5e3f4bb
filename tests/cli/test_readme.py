"""The README is executed: its tour in one shell session, its two first commands by `.ci/run`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)


def session(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_two_first_commands_need_only_git_python_and_the_network() -> None:
    assert blocks("sh")[:2] == [
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/rft launch configs/quickstart/run.yaml\n",
        "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/python -m pytest\n",
    ]


def test_ci_runs_the_readmes_test_command() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "readme_command '-m pytest'" in script


def test_the_tour_runs_as_it_is_written(tmp_path: Path) -> None:
    done = session("".join(blocks("sh")[2:]), tmp_path)
    assert done.returncode == 0, done.stderr
    runs = session("cd demo && rft runs --json", tmp_path)
    assert [run["state"] for run in json.loads(runs.stdout)["runs"]] == ["completed", "completed"]


def test_the_config_and_the_data_row_and_the_evaluator_of_the_readme_work(tmp_path: Path) -> None:
    [config] = blocks("yaml")
    [row] = blocks("json")
    [evaluator] = blocks("python")
    (tmp_path / "data").mkdir()
    (tmp_path / "evaluators").mkdir()
    (tmp_path / "run.yaml").write_text(config)
    (tmp_path / "data" / "arithmetic.jsonl").write_text(row)
    (tmp_path / "evaluators" / "arithmetic.py").write_text(evaluator)
    done = subprocess.run(
        [sys.executable, "-m", "rft_cli", "lint", "run.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    namespace: dict[str, object] = {}
    exec(compile(evaluator, "README.md", "exec"), namespace)
    evaluate = namespace["evaluate"]
    assert callable(evaluate)
    assert [evaluate("it is 85", json.loads(row)), evaluate("it is 84", json.loads(row))] == [1.0, 0.0]
