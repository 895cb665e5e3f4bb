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


MANAGED = CLEAN.replace(
    "model: rehearsal", "backend: fireworks\nmodel: accounts/fireworks/models/llama-v3p1-8b-instruct"
)


def write_project(folder: Path, config: str) -> None:
    (folder / "run.yaml").write_text(config, encoding="utf-8")
    (folder / "data.jsonl").write_text("{}\n", encoding="utf-8")
    (folder / "judge.py").write_text("def evaluate(completion, record):\n    return 1.0\n", encoding="utf-8")


@pytest.mark.parametrize(
    "arguments", [(), ("run.yaml",), ("--output-format", "concise"), ("--select", "RFT3", "--quiet")]
)
def test_a_legal_file_loads_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    write_project(tmp_path, f"{CLEAN}rollout: {{temperature: 1.5}}\n")
    modules = imported(tmp_path, *arguments)
    assert "rft_cli.rules.engine" in modules
    assert sorted(modules & FORBIDDEN) == []


@pytest.mark.parametrize(
    ("config", "asked", "unasked"), [(CLEAN, "local", "fireworks"), (MANAGED, "fireworks", "local")]
)
def test_the_opinions_of_a_backend_cost_nothing_heavy_and_nothing_where_it_is_not_named(
    tmp_path: Path, config: str, asked: str, unasked: str
) -> None:
    write_project(tmp_path, config)
    modules = imported(tmp_path)
    assert f"rft_cli.backends.{asked}.shape.opinions" in modules
    assert [module for module in modules if module.startswith(f"rft_cli.backends.{unasked}")] == []
    assert sorted(modules & {*FORBIDDEN, "yaml", "rft_cli.backends.base", "rft_cli.worker"}) == []


def test_a_config_in_the_plain_shape_loads_no_yaml_parser(tmp_path: Path) -> None:
    write_project(tmp_path, f"{CLEAN}training:\n  epochs: 1  # one pass\nrollout:\n  temperature: 0.7\n")
    modules = imported(tmp_path)
    assert (
        sorted(modules & {"ast", "pickle", "yaml", "rft_cli.config.syntax", "rft_cli.rules.suppression"})
        == []
    )
