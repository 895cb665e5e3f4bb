from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from rft_cli.errors import UsageError
from rft_cli.rules.discovery import discover, looks_like_run_config

RUN = "version: 1\nmodel: rehearsal\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(*paths: str, text: str = RUN) -> None:
    for name in paths:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_the_project_is_searched_where_run_configs_are_kept(project: Path) -> None:
    write(
        "run.yaml", "configs/a.yaml", "configs/deep/er/b.yml", "elsewhere/c.rft.yaml", "elsewhere/d.rft.yml"
    )
    write("elsewhere/e.yaml", "configs/f.json", "configs/g.yaml.bak")
    assert discover((), ".") == (
        "configs/a.yaml",
        "configs/deep/er/b.yml",
        "elsewhere/c.rft.yaml",
        "elsewhere/d.rft.yml",
        "run.yaml",
    )


def test_what_tools_put_there_is_passed_over(project: Path) -> None:
    write("configs/a.yaml", "env/pyvenv.cfg", "env/x.rft.yaml")
    write("configs/.hidden.yaml", ".git/x.rft.yaml", ".venv/x.rft.yaml", "node_modules/p/x.rft.yaml")
    assert discover((), ".") == ("configs/a.yaml",)


def test_files_of_other_tools_are_passed_over(project: Path) -> None:
    write("configs/ours.yaml")
    write("configs/hydra.yaml", text="defaults: [_self_]\nmodel: {}\ndataset: {}\ntraining: {}\n")
    write("compose.yaml", text="version: '3'\nservices: {}\n")
    assert discover((), ".") == ("configs/ours.yaml",)


def test_paths_are_shown_from_where_the_user_stands(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("configs/a.yaml", "deep/er/x.txt")
    monkeypatch.chdir("deep/er")
    assert discover((), os.path.relpath(project)) == (str(Path("..", "..", "configs", "a.yaml")),)


def test_a_named_file_is_always_taken_and_a_named_folder_is_searched(project: Path) -> None:
    write("notes.txt", text="anything")
    write("folder/a.yaml", "folder/sub/b.yaml")
    write("folder/other.yaml", text="services: {}\n")
    assert discover(("notes.txt", "folder", "./folder/a.yaml"), ".") == (
        "folder/a.yaml",
        "folder/sub/b.yaml",
        "notes.txt",
    )


def test_a_path_that_is_not_there_is_wrong_usage(project: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.yaml: no such file or folder"):
        discover(("nowhere.yaml",), ".")


def test_nothing_to_check_is_no_silent_success(project: Path) -> None:
    with pytest.raises(UsageError, match=r"no run config in the project .*configs/.*nothing was checked"):
        discover((), ".")
    Path("empty").mkdir()
    with pytest.raises(UsageError, match="no run config in empty: nothing was checked"):
        discover(("empty",), ".")


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True)


def test_in_a_repository_what_git_ignores_is_passed_over(project: Path) -> None:
    git("init", "-q")
    Path(".gitignore").write_text("configs/out/\n*.tmp.yaml\n", encoding="utf-8")
    write("configs/tracked.yaml", "configs/out/copy.yaml", "configs/a.tmp.yaml", "b.rft.yaml")
    git("add", "configs/tracked.yaml")
    write("configs/new.yaml", "node_modules/p/x.rft.yaml", ".hidden/y.rft.yaml")
    assert discover((), ".") == ("b.rft.yaml", "configs/new.yaml", "configs/tracked.yaml")
    # A folder or a file that is named is meant.
    assert discover(("configs/out",), ".") == ("configs/out/copy.yaml",)
    assert discover(("configs/a.tmp.yaml",), ".") == ("configs/a.tmp.yaml",)


def test_where_git_refuses_the_folders_are_searched(project: Path) -> None:
    Path(".git").write_text("gitdir: nowhere\n", encoding="utf-8")
    write("configs/a.yaml")
    assert discover((), ".") == ("configs/a.yaml",)


def test_settings_say_where_to_look_and_what_to_pass_over(project: Path) -> None:
    write("runs/a.yaml", "runs/old/b.yaml", "configs/c.yaml", ".ci/d.yaml", "runs/notes.txt")
    assert discover((), ".", include=["runs/**/*.yaml"], exclude=["runs/old"]) == ("runs/a.yaml",)
    assert discover((), ".", include=["runs", ".ci/*.yaml"]) == (
        ".ci/d.yaml",
        "runs/a.yaml",
        "runs/old/b.yaml",
    )
    assert discover(("runs",), ".", exclude=["**/old"]) == ("runs/a.yaml",)
    assert discover(("runs/old/b.yaml",), ".", exclude=["**/old"]) == ("runs/old/b.yaml",)
    with pytest.raises(UsageError, match=r"no run config in the project \(\*\.yml below"):
        discover((), ".", include=["*.yml"])


def test_a_pattern_is_seen_from_the_root_wherever_one_stands(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("runs/old/b.yaml", "runs/a.yaml")
    monkeypatch.chdir("runs")
    assert discover((".",), "..", exclude=["runs/old"]) == ("a.yaml",)
    assert discover((), "..", include=["runs/*.yaml"]) == (str(Path("..", "runs", "a.yaml")),)


def test_folders_that_link_to_each_other_end(project: Path) -> None:
    write("configs/a.yaml")
    Path("configs/again").symlink_to(project / "configs", target_is_directory=True)
    assert discover((), ".") == ("configs/a.yaml",)


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\n",
        "version: 1 # first\r\nmodel: x\r\n",
        "\ufeffversion: 1\n",
        "# a comment\n---\nevaluator: judge.py\n",
        "rollout: {n: 4}\n",
        '{"version": 1, "model": "x"}',
        '{\n  "evaluator": "judge.py"\n}\n',
        "# yaml-language-server: $schema=../schemas/run-config.schema.json\nmodle: x\n",
        "extends: base.yaml\ntraining: {}\n",
        "extends: base.yaml\nname: child\n",
    ],
)
def test_a_run_config_is_known_by_its_first_lines(text: str) -> None:
    assert looks_like_run_config(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "version: '3.8'\nservices: {}\n",
        "version: 12\n",
        "training: {lr: 1}\nmodel: x\ndataset: y\n",
        "job:\n  evaluator: x\n  version: 1\n",
        "extends: [eslint]\n",
        "my_evaluator: x\n",
        "\x00\x01\x02",
    ],
)
def test_other_files_are_no_run_configs(text: str) -> None:
    assert not looks_like_run_config(text.encode())


def test_a_fragment_may_hold_any_part() -> None:
    assert looks_like_run_config(b"training: {epochs: 1}\n", fragment=True)
    assert not looks_like_run_config(b"services: {}\n", fragment=True)
