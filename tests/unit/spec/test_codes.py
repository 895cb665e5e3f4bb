from __future__ import annotations

import re

import pytest

from rft_cli.spec.codes import CODES, find_code
from rft_cli.spec.document import FIELDS, leaf_paths
from rft_cli.spec.parameters import PARAMETERS

VAGUE = ("no-", "use-", "avoid-", "bad-", "invalid-")
"""Beginnings that make "allow <name>" say the opposite, or nothing."""


def test_codes_are_sorted_and_used_once() -> None:
    codes = [entry.code for entry in CODES]
    assert codes == sorted(set(codes))


def test_names_are_used_once_and_name_the_pattern() -> None:
    names = [entry.name for entry in CODES]
    assert len(names) == len(set(names))
    assert [
        name for name in names if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) or name.startswith(VAGUE)
    ] == []


def test_codes_have_a_family_of_ours() -> None:
    assert [entry.code for entry in CODES if not re.fullmatch(r"RFT[0-7]\d\d", entry.code)] == []


def test_each_code_says_what_why_and_when_it_is_fine() -> None:
    texts = [(entry.code, text) for entry in CODES for text in (entry.summary, entry.why, entry.fine_when)]
    assert [code for code, text in texts if not text.endswith((".", ")"))] == []


def test_codes_name_keys_that_exist() -> None:
    known = {*leaf_paths(), *(field.name for field in FIELDS)}
    assert [(entry.code, path) for entry in CODES for path in entry.parameters if path not in known] == []


def test_a_bad_example_comes_with_a_good_one() -> None:
    assert [entry.code for entry in CODES if bool(entry.bad) != bool(entry.good)] == []


def test_each_parameter_has_a_code_for_its_range() -> None:
    assert [entry.code for entry in PARAMETERS] == [f"RFT{number}" for number in range(101, 111)]
    assert [path for entry in PARAMETERS for path in find_code(entry.code).parameters] == [  # type: ignore[union-attr]
        entry.path for entry in PARAMETERS
    ]


@pytest.mark.parametrize(
    "text", ["RFT101", "rft101", "learning-rate-out-of-range", "Learning-Rate-Out-Of-Range"]
)
def test_a_code_is_found_by_number_or_name_in_any_case(text: str) -> None:
    found = find_code(text)
    assert found is not None
    assert found.code == "RFT101"


def test_an_unknown_code_is_not_found() -> None:
    assert find_code("RFT999") is None


def test_the_range_codes_text_for_one_parameter() -> None:
    found = find_code("RFT106")
    assert found is not None
    assert found.summary == "rollout.temperature is not a number from 0.1 to 2.0."
    assert (found.bad, found.good) == ("rollout:\n  temperature: 8.0\n", "rollout:\n  temperature: 0.7\n")
