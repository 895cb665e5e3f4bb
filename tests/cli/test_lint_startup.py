"""`lint` starts without the libraries that it does not need: a hook pays for every import on every commit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FORBIDDEN = {
    "argparse",
    "dataclasses",
    "difflib",
    "httpx",
    "importlib.metadata",
    "inspect",
    "json",
    "jsonschema",
    "numpy",
    "pathlib",
    "rich",
    "subprocess",
    "typer",
}

CLEAN = "version: 1\nmodel: rehearsal\ndataset: data.jsonl\nevaluator: judge.py\n"


def imported(folder: Path, *arguments: str) -> set[str]:
    """Modules that one process of `rft lint` imports, as the interpreter reports them."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "rft_cli", "lint", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize(
    "arguments", [(), ("run.yaml",), ("--output-format", "concise"), ("--select", "RFT3", "--quiet")]
)
def test_a_legal_file_loads_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "run.yaml").write_text(f"{CLEAN}rollout: {{temperature: 1.5}}\n", encoding="utf-8")
    (tmp_path / "data.jsonl").write_text("{}\n", encoding="utf-8")
    (tmp_path / "judge.py").write_text(
        "def evaluate(completion, record):\n    return 1.0\n", encoding="utf-8"
    )
    modules = imported(tmp_path, *arguments)
    assert "rft_cli.rules.engine" in modules
    assert sorted(modules & FORBIDDEN) == []
