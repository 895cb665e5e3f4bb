from __future__ import annotations

from pathlib import Path

import pytest

from rft_cli.generate.__main__ import ROOT, failure, run
from rft_cli.generate.files import Difference, differences, generated_files

FILES = {"schemas/a.json": "{}\n", "docs/page.md": "text\n"}


def test_generated_files_are_fresh() -> None:
    changes = differences(ROOT, generated_files())
    assert failure(changes) == ""


def test_what_is_generated_is_the_same_each_time() -> None:
    assert generated_files() == generated_files()


def test_generated_text_ends_in_one_line_end_and_has_none_but_unix_ones() -> None:
    odd = [
        path
        for path, text in generated_files().items()
        if not text.endswith("\n") or text.endswith("\n\n") or "\r" in text
    ]
    assert odd == []


def checkout(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def test_missing_outdated_and_stale_files_are_told_apart(tmp_path: Path) -> None:
    checkout(
        tmp_path,
        {
            "docs/page.md": "old\n",
            "docs/written.md": "by hand\n",
            "configs/goals/gone.yaml": "\n",
            "configs/quickstart/evaluators/__pycache__/a.pyc": "",
        },
    )
    assert differences(tmp_path, FILES) == (
        Difference("configs/goals/gone.yaml", "stale"),
        Difference("docs/page.md", "outdated"),
        Difference("schemas/a.json", "missing"),
    )


def test_a_failed_check_names_the_files_and_the_command() -> None:
    assert failure((Difference("docs/page.md", "outdated"),)) == (
        "generated files are not fresh:\n  docs/page.md: outdated\nrun: python -m rft_cli.generate\n"
    )


def test_writing_mends_what_the_check_finds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checkout(tmp_path, {"configs/goals/gone.yaml": "\n"})
    assert run(["--check"], tmp_path) == 1
    assert "configs/goals/gone.yaml: stale" in capsys.readouterr().err
    assert run(["--dry-run"], tmp_path) == 0
    assert "would remove configs/goals/gone.yaml" in capsys.readouterr().out
    assert (tmp_path / "configs/goals/gone.yaml").exists()
    assert run([], tmp_path) == 0
    assert not (tmp_path / "configs/goals/gone.yaml").exists()
    assert run(["--check"], tmp_path) == 0


def test_an_unknown_mode_is_wrong_usage(tmp_path: Path) -> None:
    assert run(["--chek"], tmp_path) == 2
    assert list(tmp_path.iterdir()) == []
