from __future__ import annotations

import pytest

from rft_cli.errors import UsageError
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.lookup import find_run


@pytest.fixture
def ledger(place, draft):
    with Ledger(place, create=True) as opened:
        for number, name in enumerate(["sums", "sums", "words", *["many"] * 10]):
            opened.admit(draft(name, fingerprint=str(number)))
        yield opened


@pytest.mark.parametrize(
    ("text", "run"),
    [
        ("sums.1", "sums.1"),
        ("sums", "sums.2"),
        ("words", "words.1"),
        ("many", "many.10"),
        ("many.9", "many.9"),
    ],
)
def test_an_id_names_a_run_and_a_name_its_latest(ledger, text, run) -> None:
    assert find_run(ledger, text).id == run


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("summs", "did you mean sums? `rft runs` lists them all"),
        ("words.2", "did you mean words.1? `rft runs` lists them all"),
        ("zzz", "`rft runs` lists them all"),
    ],
)
def test_an_unknown_run_gets_a_suggestion(ledger, text, hint) -> None:
    with pytest.raises(UsageError) as caught:
        find_run(ledger, text)
    assert (caught.value.message, caught.value.hint) == (f"there is no run {text}", hint)


def test_without_runs_the_hint_says_how_to_start(place) -> None:
    with Ledger(place) as ledger, pytest.raises(UsageError) as caught:
        find_run(ledger, "sums")
    assert caught.value.hint == "no runs in .rft yet; start one: rft launch CONFIG"
