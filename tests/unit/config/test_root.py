"""Where a project begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from rft_cli.config import find_root


@pytest.fixture
def deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project" / "runs" / "deep"
    folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return folder


def test_a_ledger_marks_the_root(deep: Path) -> None:
    (deep.parents[1] / ".rft").mkdir()
    assert find_root(deep / "run.yaml") == deep.parents[1]


def test_a_repository_marks_the_root_also_as_a_worktree(deep: Path) -> None:
    (deep.parents[1] / ".git").write_text("gitdir: elsewhere")
    assert find_root(deep) == deep.parents[1]


@pytest.mark.parametrize(
    "table", ["[tool.rft]", "[tool.rft.prices]", "  [ tool . rft ]", "[build-system]\n[tool.rft]"]
)
def test_a_table_of_the_tool_marks_the_root(table: str, deep: Path) -> None:
    (deep.parents[1] / "pyproject.toml").write_text(f"{table}\n")
    assert find_root(deep) == deep.parents[1]


@pytest.mark.parametrize("text", ["[tool.rft-other]\n", "# [tool.rft]\n", "[tool.ruff]\n", "\xff"])
def test_another_pyproject_marks_nothing(text: str, deep: Path) -> None:
    (deep.parents[1] / ".git").mkdir()
    (deep.parent / "pyproject.toml").write_bytes(text.encode("latin-1"))
    assert find_root(deep) == deep.parents[1]


def test_the_nearest_mark_wins(deep: Path) -> None:
    (deep.parents[1] / ".git").mkdir()
    (deep.parent / ".rft").mkdir()
    assert find_root(deep) == deep.parent


def test_without_a_mark_the_working_directory_is_the_root(deep: Path) -> None:
    # A folder without a project above it; the temporary folder of a test may lie in one.
    assert find_root(Path(deep.anchor)) == Path.cwd()
