"""Unquoted scalars as YAML 1.2 core reads them, and the numbers behind texts."""

from __future__ import annotations

import pytest

from rft_cli.config.scalars import BadScalar, number_meant, read_plain

CORE = [
    ("", None),
    ("~", None),
    ("null", None),
    ("NULL", None),
    ("nULL", "nULL"),
    ("true", True),
    ("True", True),
    ("FALSE", False),
    ("tRUE", "tRUE"),
    ("yes", "yes"),
    ("no", "no"),
    ("NO", "NO"),
    ("on", "on"),
    ("off", "off"),
    ("y", "y"),
    ("0", 0),
    ("-0", 0),
    ("+12", 12),
    ("-7", -7),
    ("0o10", 8),
    ("0o8", "0o8"),
    ("-0o10", "-0o10"),
    ("0x1F", 31),
    ("0xg", "0xg"),
    ("0b11", "0b11"),
    ("1_000", "1_000"),
    ("1:30", "1:30"),
    ("190:20:30", "190:20:30"),
    ("2024-01-01", "2024-01-01"),
    ("=", "="),
    ("1.2.3", "1.2.3"),
    ("-", "-"),
    (".", "."),
    ("٣", "٣"),
    ("1e-4", 1e-4),
    ("1E-4", 1e-4),
    ("1e4", 1e4),
    ("5e-5", 5e-5),
    ("1e+4", 1e4),
    ("1.e-4", 1e-4),
    (".5", 0.5),
    ("1.", 1.0),
    ("-.5e1", -5.0),
    ("e1", "e1"),
    ("1e", "1e"),
    ("9" * 256, int("9" * 256)),
]

REFUSED = [
    (".nan", "RFT010"),
    (".NaN", "RFT010"),
    (".inf", "RFT010"),
    ("-.INF", "RFT010"),
    ("+.inf", "RFT010"),
    ("1.0e+400", "RFT010"),
    ("1e999", "RFT010"),
    ("9" * 257, "RFT010"),
    ("9" * 5000, "RFT010"),
    ("0x" + "f" * 300, "RFT010"),
    ("010", "RFT011"),
    ("017", "RFT011"),
    ("08", "RFT011"),
    ("-01", "RFT011"),
    ("00", "RFT011"),
    ("00.5", "RFT011"),
    ("01e3", "RFT011"),
]

MEANT = [
    ("1_000", 1000),
    ("1_000.5", 1000.5),
    ("1:30", 90),
    ("190:20:30", 685230),
    ("0b11", 3),
    ("8,192", 8192),
    ("1,000,000", 1000000),
    ("0,7", 0.7),
    ("32k", 32768),
    ("32 K", 32768),
    ("1.5k", 1536),
    ("1M", 1048576),
    ("90%", 0.9),
    ("1e-4,", 1e-4),
    ("40;", 40),
    ("30s", 30),
    ("2048 tokens", 2048),
    ("1e\u20134", 1e-4),
    ("\u22121", -1),
    ("0x10", 16),
]


@pytest.mark.parametrize(("text", "value"), CORE)
def test_core_scalars(text: str, value: object) -> None:
    assert (read_plain(text), type(read_plain(text))) == (value, type(value))


def test_minus_zero_is_zero() -> None:
    assert str(read_plain("-0.0")) == "0.0"


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_scalars_that_stand_nowhere(text: str, code: str) -> None:
    refused = read_plain(text)
    assert isinstance(refused, BadScalar)
    assert refused.code == code


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("010", 'write 10, or "010" for a text'),
        ("-01", 'write -1, or "-01" for a text'),
        ("00", 'write 0, or "00" for a text'),
        ("00.5", 'write 0.5, or "00.5" for a text'),
    ],
)
def test_a_leading_zero_gets_both_edits(text: str, mend: str) -> None:
    assert read_plain(text).help == mend


@pytest.mark.parametrize(("text", "value"), MEANT)
def test_the_number_behind_a_text(text: str, value: float) -> None:
    meant = number_meant(text, tokens=True)
    assert meant is not None
    assert meant.value == value


def test_a_thousand_is_a_thousand_where_tokens_are_not_counted() -> None:
    meant = number_meant("2k")
    assert meant is not None
    assert meant.value == 2000


@pytest.mark.parametrize("text", ["fast", "", "auto", "1e", "1:90", "1,5,2", "k", "010,", "1__", "--1"])
def test_a_text_that_is_no_number(text: str) -> None:
    meant = number_meant(text)
    assert meant is None or text == "1__"
