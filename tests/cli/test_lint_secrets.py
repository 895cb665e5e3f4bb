"""A secret in a config is an error in every format, and no format shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rft_cli.__main__ import run
from rft_cli.commands.lint_options import OPTIONS

SECRET = "sk-notreal-notreal-notreal-notreal-notreal-0"
FORMATS = next(option.choices for option in OPTIONS if option.name == "output_format")

HEAD = "version: 1\nmodel: rehearsal\ndataset: data/train.jsonl\nevaluator: evaluators/judge.py:evaluate\n"
LEGAL = f"{HEAD}x-judge: {{api_key: {SECRET}}}  # or {SECRET}\n"
ILLEGAL = f"{HEAD}training:\n  learning_rate: {SECRET}\n  {SECRET}: 1\nwandb_api_key: {SECRET}\nname: 'A {SECRET}'\n"
BROKEN = f"{HEAD}x-judge: [{SECRET}\n"

FILES = {
    "run.yaml": LEGAL,
    "illegal.yaml": ILLEGAL,
    "broken.yaml": BROKEN,
    "_base.yaml": f"x-judge: {SECRET}\n",
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".rft").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize("name", FILES)
def test_no_format_shows_the_secret(
    name: str, output_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["lint", name, "--output-format", output_format]) == 1
    shown = "".join(capsys.readouterr())
    assert "RFT604" in shown
    assert SECRET[:8] not in shown


def test_an_excerpt_shows_where_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lint", "run.yaml", "--select", "RFT604", "--quiet"]) == 1
    stars = "*" * len(SECRET)
    first, second, *_ = capsys.readouterr().out.split("\n\n")
    assert first.splitlines()[1] == f" 5 | x-judge: {{api_key: {stars}}}  # or {stars[:23]}…"
    assert first.splitlines()[2].index("^") == first.splitlines()[1].index("*")
    assert second.startswith(f"run.yaml:5:{LEGAL.splitlines()[4].rindex(SECRET) + 1}: error RFT604")
