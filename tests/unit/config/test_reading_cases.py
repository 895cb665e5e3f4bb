"""Drop a file into tests/cases/reading: `ok/` stays silent, `err/` says what its `.out` says, one finding a line.

A line of an `.out` between slashes is a regular expression. Files are read as fragments; a first line `# launched` asks for
everything that a launch asks for.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rft_cli.config import load

CASES = Path(__file__).parents[2] / "cases" / "reading"


def findings(case: Path) -> list[str]:
    loaded = load(
        case,
        root=CASES,
        shown=case.relative_to(CASES).as_posix(),
        fragment=not case.read_bytes().startswith(b"# launched"),
    )
    own = f"{case.parent.name}/{case.name}"
    return [
        f"{'' if place.path == own else f'{place.path}:'}{place.line}:{place.column}: {code} {message}"
        for code, _severity, place, message, *_ in loaded.findings
    ]


def says(expected: str, actual: str) -> bool:
    if expected.startswith("/") and expected.endswith("/"):
        return re.fullmatch(expected[1:-1], actual) is not None
    return expected == actual


@pytest.mark.parametrize("case", sorted(CASES.glob("ok/*.yaml")), ids=lambda case: case.stem)
def test_a_sound_file_is_silent(case: Path) -> None:
    assert findings(case) == []


@pytest.mark.parametrize("case", sorted(CASES.glob("err/*.yaml")), ids=lambda case: case.stem)
def test_a_mistake_is_named_where_it_stands(case: Path) -> None:
    expected = case.with_suffix(".out").read_text("utf-8").splitlines()
    actual = findings(case)
    assert actual
    assert len(expected) == len(actual), actual
    assert [line for line, said in zip(expected, actual, strict=True) if not says(line, said)] == []
