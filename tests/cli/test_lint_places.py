"""A finding stands at the exact token that supplied the value, however it got into the config."""

from __future__ import annotations

from pathlib import Path

import pytest

from rft_cli.diagnostics import Finding
from rft_cli.rules.lint import lint_files
from rft_cli.spec.parameter import show
from rft_cli.spec.parameters import PARAMETERS, TEMPERATURE

HEAD = "version: 1\nmodel: m\ndataset: accounts/a/datasets/d\nevaluator: accounts/a/evaluators/e\n"
BUSY = "x-é: {名前: '…'}\n"

WAYS: dict[str, dict[str, str]] = {
    "in block style": {"run.yaml": "HEAD SECTION:\n  # why\n  KEY:   >VALUE<  # why\n"},
    "in flow style": {"run.yaml": "HEAD SECTION: {x: 1, 'KEY': >VALUE<}\n".replace("x: 1, ", "")},
    "behind an anchor": {"run.yaml": "HEAD SECTION: {KEY: &a  >VALUE<}\n"},
    "through an alias": {"run.yaml": "x-a: &a >VALUE<\nHEAD SECTION: {KEY: *a}\n"},
    "through a merge": {"run.yaml": "x-a: &a\n  KEY: >VALUE<\nHEAD SECTION:\n  <<: *a\n"},
    "from a base": {
        "run.yaml": "extends: bases/_base.yaml\nHEAD",
        "bases/_base.yaml": "# base\nSECTION:\n  KEY: >VALUE<\n",
    },
    "from the base of a base": {
        "run.yaml": "extends: bases/a.yaml\nHEAD",
        "bases/a.yaml": "extends: _b.yaml\nHEAD",
        "bases/_b.yaml": "SECTION: {KEY: >VALUE<}\n",
    },
    "from the later of two bases": {
        "run.yaml": "extends: [_a.yaml, _b.yaml]\nHEAD",
        "_a.yaml": "SECTION: {KEY: DEFAULT}\n",
        "_b.yaml": "SECTION: {KEY: >VALUE<}\n",
    },
    "over a base": {
        "run.yaml": "extends: _a.yaml\nHEAD SECTION: {KEY: >VALUE<}\n",
        "_a.yaml": "SECTION: {KEY: DEFAULT}\n",
    },
    "through a merge in a base": {
        "run.yaml": "extends: _a.yaml\nHEAD",
        "_a.yaml": "x-a: &a {KEY: >VALUE<}\nSECTION: {<<: *a}\n",
    },
}


def found(way: str, path: str, value: str, default: str) -> tuple[list[Finding], str, int, int]:
    """The findings, and path, line and column of the marked token."""
    section, key = path.split(".")
    place = ("", 0, 0)
    for name, pattern in WAYS[way].items():
        text = BUSY + pattern.replace("HEAD ", HEAD).replace("HEAD", HEAD)
        for word, meant in (("SECTION", section), ("KEY", key), ("VALUE", value), ("DEFAULT", default)):
            text = text.replace(word, meant)
        for number, line in enumerate(text.splitlines(), 1):
            if f">{value}<" in line:
                place = (name, number, line.index(f">{value}<") + 1)
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text.replace(f">{value}<", value), encoding="utf-8")
    return list(lint_files(("run.yaml",), ".").findings), *place


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("entry", PARAMETERS, ids=lambda entry: entry.key)
def test_an_illegal_value_is_told_at_its_token(entry: object, way: str) -> None:
    findings, name, line, column = found(way, entry.path, "many", show(entry.default))
    (finding,) = [item for item in findings if item.code == entry.code]
    assert finding.location == (name, line, column, column + len("many"))


@pytest.mark.parametrize("way", WAYS)
def test_an_opinion_is_told_at_the_token_of_its_value(way: str) -> None:
    findings, name, line, column = found(way, TEMPERATURE.path, "1.75", "0.7")
    (finding,) = [item for item in findings if item.code == "RFT303"]
    assert finding.location == (name, line, column, column + len("1.75"))


@pytest.mark.parametrize("way", [way for way in WAYS if "alias" not in way])
def test_a_misspelt_key_is_told_at_its_token(way: str) -> None:
    findings, name, line, _ = found(way, "rollout.temprature", "0.7", "0.7")
    told = [item.location for item in findings if item.code == "RFT020"]
    text = Path(name).read_text("utf-8").splitlines()[line - 1]
    for place in told:
        written = Path(place.path).read_text("utf-8").splitlines()[place.line - 1]
        assert written[place.column - 1 : place.end_column - 1].strip("'") == "temprature"
    assert "temprature" in text
    assert (name, line) in [(place.path, place.line) for place in told]
