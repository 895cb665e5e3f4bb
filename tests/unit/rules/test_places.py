from __future__ import annotations

from pathlib import Path

import pytest

from rft_cli.config import load
from rft_cli.diagnostics import Severity
from rft_cli.rules.places import check_places

CONFIG = "version: 1\nmodel: rehearsal\ndataset: {dataset}\nevaluator: {evaluator}\n"


@pytest.mark.parametrize(
    ("dataset", "evaluator", "expected"),
    [
        ("data.jsonl", "own.py:f", []),
        (
            "link.jsonl",
            "own.py:f",
            [(3, "link.jsonl is a link that leads out of the project: a clone will not have it")],
        ),
        ("inner.jsonl", "own.py:f", []),
        (
            "../away.jsonl",
            "own.py:f",
            [(3, "../away.jsonl lies outside the project: a clone will not have it")],
        ),
        (
            "data.jsonl",
            "link.py:f",
            [(4, "link.py is a link that leads out of the project: a clone will not have it")],
        ),
        ("absent.jsonl", "own.py:f", []),
        ("accounts/a/datasets/d", "accounts/a/evaluators/e", []),
    ],
)
def test_files_that_a_clone_would_not_have(
    tmp_path: Path, dataset: str, evaluator: str, expected: list[tuple[int, str]]
) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "away.jsonl").write_text("")
    (tmp_path / "away.py").write_text("")
    (root / "data.jsonl").write_text("")
    (root / "own.py").write_text("")
    (root / "link.jsonl").symlink_to(tmp_path / "away.jsonl")
    (root / "inner.jsonl").symlink_to(root / "data.jsonl")
    (root / "link.py").symlink_to(tmp_path / "away.py")
    (root / "run.yaml").write_text(CONFIG.format(dataset=dataset, evaluator=evaluator))
    config = load(root / "run.yaml", root=root).config
    assert config is not None
    found = list(check_places(config, root))
    assert [(finding.location.line, finding.message) for finding in found] == expected
    assert {(finding.code, finding.severity) for finding in found} <= {("RFT710", Severity.WARNING)}
