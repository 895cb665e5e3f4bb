"""Where PyYAML reads something else than YAML 1.2 says: the right value, or a finding, from both parsers."""

from __future__ import annotations

from typing import Any

import pytest

from rft_cli.config.source import parse

BOTH = pytest.mark.parametrize("pure", [False, True], ids=["fast", "pure"])


@BOTH
@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: 1\n\t\nb: 2\n", {"a": 1, "b": 2}),
        (" \t \na: 1\n", {"a": 1}),
        ("a: 1\n\t# a comment\nb: 2\n", {"a": 1, "b": 2}),
        ("a: ! 12\n", {"a": "12"}),
        ("a: ! x\n", {"a": "x"}),
        ("a: ! [1]\n", {"a": [1]}),
        ("a: &b 1\nc: *b\n", {"a": 1, "c": 1}),
        ("a: {? b : 1}\n", {"a": {"b": 1}}),
        ("? a\n: 1\n", {"a": 1}),
        ("%YAML 1.2\n---\na: 1\n", {"a": 1}),
    ],
)
def test_the_value_is_the_one_that_yaml_says(text: str, data: Any, pure: bool) -> None:
    document = parse(text.encode(), "run.yaml", pure=pure)
    assert (document.findings, document.data) == ((), data)


@BOTH
@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: {?b: 1}\n", 1, 5),
        ("a: [?b, 1]\n", 1, 5),
        ("a: [why?]\n", 1, 8),
        ("a: &b:c 1\n", 1, 6),
        ("a: &b 1\nc: *b:d\n", 2, 6),
        ("%YAML 1.2#\n---\na: 1\n", 1, 10),
    ],
)
def test_what_the_parser_would_misread_is_refused(text: str, line: int, column: int, pure: bool) -> None:
    document = parse(text.encode(), "run.yaml", pure=pure)
    assert [(found.code, *found.location[1:3]) for found in document.findings] == [("RFT003", line, column)]


@pytest.mark.parametrize(
    "text", ["%YAML 1.1#\n---\n", "a: &b:c\n", "%TAG ! x\n---\na: 1\n", "a: *\n", "a: &\n"]
)
def test_both_parsers_say_the_same(text: str) -> None:
    fast, pure = (parse(text.encode(), "run.yaml", pure=choice) for choice in (False, True))
    assert (fast.data, fast.findings) == (pure.data, pure.findings)
