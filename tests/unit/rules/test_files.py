from __future__ import annotations

from pathlib import Path

import pytest

from rft_cli.config import load
from rft_cli.diagnostics import Finding, Severity
from rft_cli.rules.files import check_files
from rft_cli.task.locate import find_function

JUDGE = "def evaluate(completion, record):\n    return 1.0\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/train.jsonl").write_text("{}\n", encoding="utf-8")
    (tmp_path / "judge.py").write_text(JUDGE, encoding="utf-8")
    return tmp_path


def check(project: Path, text: str) -> tuple[Finding, ...]:
    file = project / "run.yaml"
    file.write_text(f"version: 1\nmodel: rehearsal\n{text}", encoding="utf-8")
    loaded = load(file, root=project, shown="run.yaml", environment={})
    assert loaded.config is not None, loaded.findings
    return check_files(
        loaded.config, project, lambda path, function: find_function(path, function, Path(path).name)
    )


def told(findings: tuple[Finding, ...]) -> list[tuple[str, Severity, str, int, str]]:
    return [
        (finding.code, finding.severity, finding.location.path, finding.location.line, finding.message)
        for finding in findings
    ]


def test_files_that_are_there_give_nothing(project: Path) -> None:
    assert check(project, "dataset: data/train.jsonl\nevaluator: judge.py:evaluate\n") == ()


def test_missing_files_are_warnings_at_the_line_that_names_them(project: Path) -> None:
    text = "dataset: data/nowhere.jsonl\nevaluator: gone.py\nevaluation:\n  dataset: data/held-out.jsonl\n"
    assert told(check(project, text)) == [
        ("RFT701", Severity.WARNING, "run.yaml", 3, "the data set data/nowhere.jsonl does not exist"),
        ("RFT701", Severity.WARNING, "run.yaml", 6, "the data set data/held-out.jsonl does not exist"),
        ("RFT702", Severity.WARNING, "run.yaml", 4, "the evaluator gone.py does not exist"),
    ]


def test_a_function_that_is_not_there_is_told_where_it_is_named(project: Path) -> None:
    text = "dataset: data/train.jsonl\nevaluator:\n  entry: judge.py:evalaute\n"
    (finding,) = check(project, text)
    assert told((finding,)) == [
        ("RFT702", Severity.ERROR, "run.yaml", 5, "judge.py: the evaluator has no function `evalaute`")
    ]
    assert finding.help == "did you mean `evaluate`?"
    assert finding.parameter == "evaluator.entry"


def test_a_mistake_inside_the_evaluator_is_told_in_its_own_line(project: Path) -> None:
    (project / "judge.py").write_text(
        "import os\n\ndef evaluate(completion, record:\n    pass\n", encoding="utf-8"
    )
    (finding,) = check(project, "dataset: data/train.jsonl\nevaluator: judge.py\n")
    assert (finding.code, finding.location.path, finding.location.line) == ("RFT702", "judge.py", 3)


@pytest.mark.parametrize(
    "text",
    [
        "backend: fireworks\ndataset: accounts/a/datasets/d\nevaluator: accounts/a/evaluators/e\n",
        "dataset: hf://datasets/d\nevaluator: judge.py\n",
        "backend: x-mine\ndataset: whatever\nevaluator: whatever\n",
    ],
)
def test_names_that_are_no_files_are_left_alone(project: Path, text: str) -> None:
    assert check(project, text) == ()


def test_nothing_of_the_evaluator_runs(project: Path) -> None:
    (project / "judge.py").write_text(f"open('ran', 'w')\n{JUDGE}", encoding="utf-8")
    assert check(project, "dataset: data/train.jsonl\nevaluator: judge.py\n") == ()
    assert not (project / "ran").exists()
