from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from rft_cli.config.worktree import changed_files, tracked_files
from rft_cli.errors import SetupError, UsageError


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "A")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "a@example.org")
    git("init", "-q", "-b", "main")
    write(".gitignore", "built/\n*.tmp.yaml\n")
    write("run.yaml")
    write("configs/é b.yaml")
    write("built/x.yaml")
    write("gone.yaml")
    git("add", "-A")
    git("commit", "-q", "-m", "first")
    return tmp_path


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True)


def write(name: str, text: str = "version: 1\n") -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


def test_tracked_files_are_those_of_git_and_those_it_would_take(repository: Path) -> None:
    write("new.yaml")
    write("a.tmp.yaml")
    Path("gone.yaml").unlink()
    assert sorted(tracked_files(".") or ()) == [".gitignore", "configs/é b.yaml", "new.yaml", "run.yaml"]
    assert tracked_files("configs") == ("é b.yaml",)


def test_what_is_no_repository_gives_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").write_text("gitdir: nowhere\n", encoding="utf-8")
    assert tracked_files(str(tmp_path)) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tracked_files(str(tmp_path)) is None
    with pytest.raises(SetupError, match="git is not installed"):
        changed_files("HEAD", str(tmp_path))


def test_changed_files_differ_from_the_revision_in_any_way(repository: Path) -> None:
    assert changed_files("HEAD", ".") == frozenset()
    write("run.yaml", "version: 2\n")
    write("configs/new.yaml")
    write("staged.yaml")
    write("a.tmp.yaml")
    git("add", "staged.yaml")
    Path("gone.yaml").unlink()
    names = ["run.yaml", "configs/new.yaml", "staged.yaml", "gone.yaml"]
    expected = {os.path.realpath(repository / name) for name in names}
    assert changed_files("HEAD", "configs") == changed_files("main", ".") == expected


@pytest.mark.parametrize(
    ("revision", "message"),
    [
        ("nowhere", "there is no revision nowhere"),
        ("--output=x", "'--output=x' is no git revision"),
        ("a\nb", "is no git revision"),
        ("HEAD:run.yaml", "there is no revision HEAD:run.yaml"),
    ],
)
def test_what_is_no_revision_is_wrong_usage(repository: Path, revision: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        changed_files(revision, ".")
    assert message in caught.value.message


def test_without_a_repository_nothing_can_have_changed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no git repository here"):
        changed_files("HEAD", str(tmp_path))


def test_a_hook_s_variables_do_not_lead_to_another_repository(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert "run.yaml" in (tracked_files(".") or ())
