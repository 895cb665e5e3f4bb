"""The settings table: what is read, where it comes from, and what is refused at which place."""

from __future__ import annotations

from pathlib import Path

import pytest

from rft_cli.config.root import root_of
from rft_cli.config.settings import SETTINGS, Given, read_settings
from rft_cli.errors import UsageError


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(text: str, name: str = "pyproject.toml") -> dict[str, Given]:
    Path(name).write_text(text, encoding="utf-8")
    return read_settings(str(Path.cwd()))


def test_without_a_file_nothing_is_set() -> None:
    assert read_settings(str(Path.cwd())) == {}
    assert settings("[tool.ruff]\nselect = []\n") == {}


PYPROJECT = """\
[project]
name = "x"

[tool.rft]
select = ["RFT3", "many-epochs"]
include = [
    "runs/**/*.yaml",
]
fail-on = "warning"
per-file-ignores = { "configs/old/**" = ["RFT6"] }

[tool.rft.prices.rehearsal]
"""


def test_every_key_is_read_with_its_place() -> None:
    assert settings(PYPROJECT) == {
        "select": (("RFT3", "many-epochs"), "pyproject.toml:5"),
        "include": (("runs/**/*.yaml",), "pyproject.toml:6"),
        "fail-on": ("warning", "pyproject.toml:9"),
        "per-file-ignores": ({"configs/old/**": ("RFT6",)}, "pyproject.toml:10"),
        "prices": ({"rehearsal": {}}, "pyproject.toml:12"),
    }


def test_a_file_of_its_own_has_the_keys_at_its_top() -> None:
    text = "ignore = ['RFT601']\n[per-file-ignores]\n'*.yaml' = ['RFT2']\n"
    assert settings(text, ".rft.toml") == {
        "ignore": (("RFT601",), ".rft.toml:1"),
        "per-file-ignores": ({"*.yaml": ("RFT2",)}, ".rft.toml:2"),
    }


def test_a_file_of_its_own_marks_the_root(project: Path) -> None:
    settings("", ".rft.toml")
    (project / "deep/er").mkdir(parents=True)
    assert root_of("deep/er") == str(project)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('selekt = ["RFT3"]', "pyproject.toml:2:1: unknown setting selekt", "did you mean select? known are"),
        ("\n\n  fail_on = 'error'", "pyproject.toml:4:3: unknown setting fail_on", "did you mean fail-on?"),
        ("zebra = 1", "pyproject.toml:2:1: unknown setting zebra", "known are select, ignore,"),
        ("[tool.rft.includes]", "pyproject.toml:2:2: unknown setting includes", "did you mean include?"),
        ("select = 'RFT3'", "pyproject.toml:2:1: select is not a list of texts", 'write select = ["…"]'),
        ("select = ['']", "pyproject.toml:2:1: select is not a list of texts", 'write select = ["…"]'),
        ("ignore = [1]", "pyproject.toml:2:1: ignore is not a list of texts", 'write ignore = ["…"]'),
        (
            "fail-on = 'fatal'",
            "pyproject.toml:2:1: fail-on is not one of error, warning, advice",
            "write fail-on",
        ),
        ("fail-on = 1", "pyproject.toml:2:1: fail-on is not one of error, warning, advice", "write fail-on"),
        (
            "per-file-ignores = []",
            "pyproject.toml:2:1: per-file-ignores is not a table",
            "write [tool.rft.per-f",
        ),
        (
            "[tool.rft.per-file-ignores]\n'*.yaml' = 'RFT3'",
            'pyproject.toml:3:1: per-file-ignores."*.yaml" is not a list of texts',
            'write "*.yaml" = ["…"]',
        ),
        ("prices = 2", "pyproject.toml:2:1: prices is not a table", "write [tool.rft.prices]"),
        ("'sel\"ect' = []", 'pyproject.toml:2:1: unknown setting sel"ect', "did you mean select?"),
    ],
)
def test_a_wrong_setting_is_told_at_its_place(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        settings(f"[tool.rft]\n{text}\n")
    assert caught.value.message == message
    assert caught.value.hint.startswith(hint)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.rft]\nselect = [\n", "pyproject.toml: this is no TOML: "),
        ("[tool.rft]\nselect = x\n", "pyproject.toml:2:10: this is no TOML: invalid value"),
        ("[tool]\nrft = 1\n[tool.rft]\n", "pyproject.toml:3:10: this is no TOML: "),
        ("# [tool.rft]\n", None),
    ],
)
def test_what_is_no_toml_is_told(text: str, message: str | None) -> None:
    if message is None:
        assert settings(text) == {}
        return
    with pytest.raises(UsageError) as caught:
        settings(text)
    assert caught.value.message.startswith(message)


def test_two_places_for_settings_are_one_too_many() -> None:
    settings("[tool.rft]\n")
    with pytest.raises(
        UsageError, match=r"settings stand in \.rft\.toml and in \[tool\.rft\] of pyproject\.toml"
    ):
        settings("", ".rft.toml")


def test_a_file_in_another_encoding_is_told() -> None:
    Path(".rft.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=r"\.rft\.toml is not UTF-8"):
        read_settings(str(Path.cwd()))
    Path(".rft.toml").write_bytes(b"\xef\xbb\xbfselect = []\r\n")
    assert read_settings(str(Path.cwd())) == {"select": ((), ".rft.toml:1")}


def test_every_setting_says_what_it_is() -> None:
    assert all(setting.summary.endswith(".") for setting in SETTINGS)
