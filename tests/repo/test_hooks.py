"""The hooks that a project gets from here, and the ones that `init` writes: what they take and what they run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from rft_cli.commands.lint import fast_main
from rft_cli.rules.discovery import ENDINGS, RFT_ENDINGS
from rft_cli.templates.project import HOOK_FILES, SCHEMA_PATH, project_files

ROOT = Path(__file__).parents[2]

OFFERED: dict[str, dict[str, Any]] = {
    hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
}
WRITTEN: dict[str, dict[str, Any]] = {
    hook["id"]: hook
    for repository in yaml.safe_load(project_files("arithmetic")[".pre-commit-config.yaml"])["repos"]
    for hook in repository["hooks"]
}

RUN_CONFIGS = (
    "run.yaml",
    "run.yml",
    "configs/baseline.yaml",
    "configs/_base.yml",
    "configs/goals/safer/1-temperature.yaml",
    "sweep.rft.yaml",
    "experiments/summer/sweep.rft.yml",
)
OTHER_FILES = (
    "docker-compose.yaml",
    ".pre-commit-config.yaml",
    ".github/workflows/ci.yaml",
    "my-run.yaml",
    "sub/run.yaml",
    "sub/configs/run.yaml",
    "configs/run.yaml.bak",
    "configs/run.json",
    "configs.yaml",
    "my-configs/run.yaml",
    "rft.yaml",
    ".rft.yaml",
    "x.rft.yaml/data.json",
    "run.yaml\nmore",
)


def test_three_hooks_are_offered() -> None:
    assert list(OFFERED) == ["rft-lint", "rft-lint-fix", "rft-schema"]


@pytest.mark.parametrize("hook", ["rft-lint", "rft-lint-fix"])
def test_a_hook_for_configs_takes_yaml_with_the_pattern_that_init_writes(hook: str) -> None:
    assert (OFFERED[hook]["types"], OFFERED[hook]["files"]) == (["yaml"], HOOK_FILES)
    assert (WRITTEN["rft-lint"]["types"], WRITTEN["rft-lint"]["files"]) == (["yaml"], HOOK_FILES)


@pytest.mark.parametrize("path", RUN_CONFIGS)
def test_the_pattern_takes_a_run_config(path: str) -> None:
    assert re.search(HOOK_FILES, path)


@pytest.mark.parametrize("path", OTHER_FILES)
def test_the_pattern_leaves_another_file(path: str) -> None:
    assert re.search(HOOK_FILES, path) is None


def test_the_pattern_takes_every_ending_that_lint_looks_for() -> None:
    names = [f"configs/a{ending}" for ending in ENDINGS] + [f"a/b{ending}" for ending in RFT_ENDINGS]
    assert [name for name in names if re.search(HOOK_FILES, name) is None] == []


def test_every_config_of_this_repository_is_taken() -> None:
    configs = [path.relative_to(ROOT).as_posix() for path in (ROOT / "configs").rglob("*.yaml")]
    assert configs
    assert [path for path in configs if re.search(HOOK_FILES, path) is None] == []


@pytest.mark.parametrize(
    ("path", "is_taken"),
    [
        (SCHEMA_PATH, True),
        (".pre-commit-config.yaml", True),
        ("schemas/run-config.json", False),
        ("run.yaml", False),
    ],
)
def test_the_schema_is_looked_at_when_it_or_the_version_of_the_hook_changes(
    path: str, is_taken: bool
) -> None:
    assert (re.search(OFFERED["rft-schema"]["files"], path) is not None) is is_taken
    assert OFFERED["rft-schema"]["args"] == [SCHEMA_PATH]


def test_what_init_writes_runs_what_is_offered() -> None:
    offered = {name: " ".join([hook["entry"], *hook.get("args", [])]) for name, hook in OFFERED.items()}
    assert {name: hook["entry"] for name, hook in WRITTEN.items()}.items() <= offered.items()
    assert re.search(WRITTEN["rft-schema"]["files"], SCHEMA_PATH)


def test_the_hook_starts_without_typer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.yaml").write_text("version: 1\n", encoding="utf-8")
    command, *arguments = OFFERED["rft-lint"]["entry"].split()[1:]
    assert command == "lint"
    assert fast_main([*arguments, "run.yaml"]) is not None
