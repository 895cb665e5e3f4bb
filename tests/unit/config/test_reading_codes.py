"""Each code about reading shows its pattern: as a fragment `bad` gives it alone, and `good` gives nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from rft_cli.config import load
from rft_cli.spec.code import Code
from rft_cli.spec.codes.ranges import RANGE_CODES
from rft_cli.spec.codes.reading import READING_CODES

SHOWN = [entry for entry in (*READING_CODES, *RANGE_CODES) if entry.bad]


def codes(text: str, folder: Path) -> list[str]:
    path = folder / "_fragment.yaml"
    path.write_text(text, "utf-8")
    return [finding.code for finding in load(path, root=folder, fragment=True).findings]


@pytest.mark.parametrize("entry", SHOWN, ids=lambda entry: entry.code)
def test_bad_gives_this_code_alone_and_good_gives_nothing(entry: Code, tmp_path: Path) -> None:
    assert codes(entry.bad, tmp_path) == [entry.code]
    assert codes(entry.good, tmp_path) == []


def test_the_codes_are_sorted_and_belong_here() -> None:
    numbers = [entry.code for entry in READING_CODES]
    assert numbers == sorted(set(numbers))
    assert all(number.startswith("RFT0") for number in numbers)


def test_every_code_of_the_golden_files_is_described() -> None:
    cases = Path(__file__).parents[2] / "cases" / "reading" / "err"
    text = "".join(path.read_text("utf-8") for path in cases.glob("*.out"))
    shown = {entry.code for entry in READING_CODES if entry.code in text}
    # Unreadable files, endless chains, overrides and launched fragments are no files to drop into a folder.
    assert {entry.code for entry in READING_CODES} - shown == {"RFT001", "RFT032", "RFT033", "RFT034"}
