from __future__ import annotations

import pytest

from rft_cli.diagnostics import Severity
from rft_cli.errors import UsageError
from rft_cli.rules.selection import left_out_codes
from rft_cli.spec.codes import CODES

ALL = {entry.code for entry in CODES}
LEGALITY = {entry.code for entry in CODES if entry.code < "RFT200" and entry.severity is Severity.ERROR}


@pytest.mark.parametrize(
    ("select", "ignore", "reported"),
    [
        ((), (), ALL),
        (("RFT302",), (), LEGALITY | {"RFT302"}),
        (("rft302",), (), LEGALITY | {"RFT302"}),
        (("near-greedy-temperature",), (), LEGALITY | {"RFT302"}),
        (("RFT5", "RFT601,RFT602"), (), LEGALITY | {"RFT501", "RFT601", "RFT602"}),
        (("RFT",), (), ALL),
        ((), ("RFT302", "greedy-top-k"), ALL - {"RFT302", "RFT307"}),
        (("RFT3",), ("RFT30",), LEGALITY | {"RFT310", "RFT311"}),
        ((), ("RFT1",), {code for code in ALL if not code.startswith("RFT1")}),
        ((), ("RFT",), {"RFT099"}),
    ],
)
def test_codes_prefixes_and_names_select(
    select: tuple[str, ...], ignore: tuple[str, ...], reported: set[str]
) -> None:
    assert ALL - left_out_codes(select, ignore) == reported


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("RTF302", "did you mean RFT302? "),
        ("302", "did you mean RFT302? "),
        ("near-gredy-temperature", "did you mean near-greedy-temperature? "),
        ("E501", "did you mean RFT501? "),
        ("E999", "`rft rules` lists"),
        ("", "`rft rules` lists"),
        ("RFT30x", "did you mean RFT30? "),
    ],
)
def test_a_word_that_stands_for_no_code_is_wrong_usage(word: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"unknown code '{word}'") as caught:
        left_out_codes((word,), ())
    assert caught.value.hint.startswith(hint)
