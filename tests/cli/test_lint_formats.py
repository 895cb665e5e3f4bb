"""`rft lint` as it looks, narrow, wide and in colour, and its formats: several at once, into files, and by itself in Actions."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from rft_cli.__main__ import run
from rft_cli.render.findings_formats import FORMATS

LOOK = Path(__file__).parents[1] / "cases" / "look"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two configs with mistakes, opinions, wide characters and a suppressed finding."""
    monkeypatch.chdir(tmp_path)
    for folder in ("data", "evaluators", ".git"):
        (tmp_path / folder).mkdir()
    (tmp_path / "data/train.jsonl").write_text('{"messages": []}\n', encoding="utf-8")
    judge = "def evaluate(completion, record):\n    return 1.0\n"
    (tmp_path / "evaluators/judge.py").write_text(judge, encoding="utf-8")
    for config in LOOK.glob("*.yaml"):
        shutil.copy(config, tmp_path)
    return tmp_path


def lint(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["lint", "opinions.yaml", "run.yaml", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize(
    ("name", "columns", "arguments"),
    [
        ("narrow", "44", ()),
        ("wide", "160", ()),
        ("concise", "44", ("--output-format", "concise")),
        ("github", "44", ("--output-format", "github")),
    ],
)
@pytest.mark.parametrize("color", [False, True], ids=["plain", "color"])
def test_the_look_is_the_one_that_was_looked_at(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    name: str,
    columns: str,
    arguments: tuple[str, ...],
    color: bool,
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    if color:
        monkeypatch.setenv("FORCE_COLOR", "1")
    code, out, err = lint(capsys, *arguments)
    shown = "".join(f"{part}" for part in (out, "--- standard error\n", err) if part)
    # The control character is spelled out, so that a reader of the file sees it.
    assert shown.replace("\x1b", "␛") == (LOOK / f"{name}-{'color' if color else 'plain'}.txt").read_text(
        "utf-8"
    )
    assert code == 1


def test_several_formats_at_once_into_files_and_to_the_terminal(
    capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    files = [name for name in FORMATS if name != "full"]
    wanted = [word for name in files for word in ("-f", f"{name}:out.{name}")]
    assert lint(capsys, *wanted, "-f", "full") == lint(capsys)
    assert len(json.loads(Path("out.json").read_text())["findings"]) == 9
    assert len(json.loads(Path("out.gitlab").read_text())) == 9
    (run_,) = json.loads(Path("out.sarif").read_text())["runs"]
    assert [len(result["suppressions"]) for result in run_["results"]].count(1) == 1
    assert ET.parse("out.junit").getroot().attrib["failures"] == "5"
    assert Path("out.github").read_text(encoding="utf-8").count("\n") == 9
    assert Path("out.concise").read_text(encoding="utf-8") == lint(capsys, "-f", "concise")[1]


def test_a_file_alone_leaves_the_summary_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = lint(capsys, "-f", "sarif:out.sarif")
    assert (code, out) == (1, "")
    assert err.startswith("2 files checked: 5 errors, 2 warnings, 2 pieces of advice\n")


def test_inside_actions_findings_are_annotations_unless_a_format_was_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    by_itself = lint(capsys)
    assert by_itself == lint(capsys, "-f", "github")
    assert by_itself[1].startswith(
        "::warning title=RFT701 unusable-dataset,file=opinions.yaml,line=4,col=10,"
    )
    assert lint(capsys, "-f", "concise")[1].startswith("opinions.yaml:4:10: warning RFT701 ")


def test_a_suppressed_finding_keeps_its_fingerprint_when_lines_move(
    capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    def fingerprints() -> list[str]:
        lint(capsys, "-f", "sarif:out.sarif")
        (run_,) = json.loads(Path("out.sarif").read_text())["runs"]
        return [str(result["partialFingerprints"]) for result in run_["results"]]

    before = fingerprints()
    text = (project / "opinions.yaml").read_text(encoding="utf-8")
    (project / "opinions.yaml").write_text(f"# Two\n# lines.\n{text}".replace("1.5", "1.6"), encoding="utf-8")
    assert fingerprints() == before
