from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rft_cli.config.root import find_root
from rft_cli.templates.project import TASK_NAMES, project_files


def rft(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rft_cli", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_init_ends_with_the_next_commands_and_says_what_it_wrote(tmp_path: Path) -> None:
    done = rft("init", "demo", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "Next:\n  cd demo\n  rft lint\n  rft launch run.yaml\n")
    assert done.stderr == (
        "wrote demo/run.yaml\n"
        "wrote demo/data/arithmetic.jsonl\n"
        "wrote demo/data/held-out.jsonl\n"
        "wrote demo/evaluators/arithmetic.py\n"
        "wrote demo/schemas/run-config.schema.json\n"
        "wrote demo/.pre-commit-config.yaml\n"
        "wrote demo/.rft/.gitignore\n"
    )


def test_init_here_needs_no_change_of_folder(tmp_path: Path) -> None:
    assert rft("init", folder=tmp_path).stdout == "Next:\n  rft lint\n  rft launch run.yaml\n"


@pytest.mark.parametrize("task", TASK_NAMES)
def test_every_task_gives_a_project_without_findings(task: str, tmp_path: Path) -> None:
    assert rft("init", "--task", task, folder=tmp_path).returncode == 0
    done = rft("lint", "--fail-on", "advice", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert sorted([*project_files(task), ".rft/.gitignore"]) == sorted(
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()
    )


def test_a_project_keeps_its_runs_apart_from_those_of_the_checkout_around_it(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    rft("init", "demo", folder=tmp_path)
    assert find_root(tmp_path / "demo") == tmp_path / "demo"


def test_a_project_is_one_project_from_all_its_folders(tmp_path: Path) -> None:
    rft("init", folder=tmp_path)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "more.yaml").write_text("version: 1\nextends: ../run.yaml\nrollout: {n: 8}\n")
    planned = rft("plan", "more.yaml", folder=tmp_path / "configs").stdout
    assert "  config   configs/more.yaml\n" in planned
    assert rft("lint", "--show-files", folder=tmp_path).stdout == "configs/more.yaml\nrun.yaml\n"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text("mine")
    done = rft("init", folder=tmp_path)
    assert (done.returncode, done.stderr) == (
        2,
        "rft: run.yaml exists already; nothing was written\n  help: choose another folder: rft init DIR\n",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["run.yaml"]


def test_an_unknown_task_names_those_that_exist(tmp_path: Path) -> None:
    done = rft("init", "--task", "chess", folder=tmp_path)
    assert (done.returncode, done.stderr) == (
        2,
        "rft: there is no built-in task chess\n  help: choose one of arithmetic, sorting, format\n",
    )


def test_a_folder_that_cannot_be_made_is_the_machines_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = rft("init", "file/demo", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("rft: file is a file")
