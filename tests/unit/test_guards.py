"""The guards as tables: what is looked at, and whether the launch may go on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.strategies import legal_values

from rft_cli.compare.difference import Difference, Side, difference
from rft_cli.errors import UsageError
from rft_cli.estimate import Estimate
from rft_cli.guards import Situation, Verdict, check, refusals
from rft_cli.limit import Limit, read_limit
from rft_cli.spec.parameters import MAX_CONTEXT_LENGTH, MAX_TOKENS, NOT_FROM_GUIDE, PARAMETERS

COST = Estimate(256, 256, 64, 1024, 2_097_152, 4, 2.0, "base.1", None, ())


def between(old: dict[str, Any], new: dict[str, Any]) -> Difference:
    return difference(Side("base.1", nested(old)), Side("new", nested(new)))


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"training": {}, "rollout": {}}
    for path, value in flat.items():
        section, _, key = path.partition(".")
        found[section][key] = value
    return found


def situation(**given: Any) -> Situation:
    """A config with the defaults on a local backend, a baseline in its scope, nothing asked for."""
    usual: dict[str, Any] = {
        "command": "rft launch run.yaml",
        "tuned": {},
        "baseline": "base.1",
        "baseline_by_itself": True,
        "reference": "base.1",
        "unusable": "",
        "launch_first": "",
        "difference": between({}, {}),
        "replicates": "",
        "estimate": COST,
        "model": "rehearsal",
        "limit": None,
        "is_paid": False,
        "is_confirmed": False,
    }
    return Situation(**{**usual, **given})


def verdict(guard: str, **given: Any) -> Verdict:
    (found,) = (each for each in check(situation(**given)) if each.guard == guard)
    return found


TUNED = {"rollout.n": (4, 8)}
ONE = between({}, {"rollout.n": 8})
TWO = between({}, {"rollout.n": 8, "training.learning_rate": 2e-4})
CARRIED = between({}, {"rollout.max_tokens": 16384, "training.max_context_length": 32768})


def test_a_run_at_the_defaults_needs_nothing() -> None:
    assert refusals(check(situation())) == ()
    assert refusals(check(situation(baseline="", reference="", difference=None))) == ()


@pytest.mark.covers("ST1")
@pytest.mark.parametrize(
    ("given", "allowed", "first"),
    [
        ({}, True, False),
        ({"tuned": TUNED}, True, False),
        ({"baseline": ""}, True, False),
        ({"baseline": "", "tuned": TUNED}, True, True),
        ({"baseline": "", "tuned": TUNED, "baseline_by_itself": False}, False, False),
        ({"baseline": "", "tuned": TUNED, "as_baseline": "a recipe"}, True, False),
        (
            {"baseline": "", "tuned": TUNED, "as_baseline": "a recipe", "baseline_by_itself": False},
            True,
            False,
        ),
        ({"as_baseline": "a recipe"}, False, False),
        ({"baseline": "", "tuned": TUNED, "record": "records/a.json"}, True, False),
        ({"baseline": "", "tuned": TUNED, "record": "a.json", "baseline_by_itself": False}, True, False),
    ],
)
def test_a_baseline_comes_before_any_change(given, allowed, first) -> None:
    assert verdict("baseline", **given).allowed is allowed
    assert situation(**given).baseline_comes_first is first


def test_a_missing_baseline_is_refused_with_the_command_that_makes_it() -> None:
    assert verdict("baseline", baseline="", tuned=TUNED, baseline_by_itself=False) == Verdict(
        "baseline",
        allowed=False,
        message="no run with the defaults to compare with yet, and rollout.n 8",
        help='launch the baseline first: rft launch run.yaml --baseline; or --as-baseline "WHY"',
    )


def test_a_baseline_that_is_launched_by_itself_is_said() -> None:
    assert verdict("baseline", baseline="", tuned=TUNED) == Verdict(
        "baseline",
        allowed=True,
        message="no baseline yet, and rollout.n 8: the same config at the defaults is launched first, by itself",
        help='--as-baseline "WHY" launches this run as the baseline instead',
    )


@pytest.mark.parametrize(
    ("given", "help_"),
    [
        (
            {"launch_first": "baseline.yaml"},
            "launch it first: rft launch baseline.yaml; or correct experiment.reference, or leave it out to compare "
            "with the scope's own",
        ),
        (
            {},
            "name a run of `rft runs`; or correct experiment.reference, or leave it out to compare with the scope's own",
        ),
    ],
)
def test_a_reference_that_cannot_be_one_is_refused_with_what_to_launch_first(given, help_) -> None:
    assert verdict("reference", unusable="there is no run baseline", reference="", **given) == Verdict(
        "reference",
        allowed=False,
        message="the reference cannot be compared with: there is no run baseline",
        help=help_,
    )


@pytest.mark.covers("ST3")
@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        ({"difference": None}, True),
        ({"difference": between({}, {})}, True),
        ({"difference": ONE}, True),
        ({"difference": TWO}, False),
        ({"difference": TWO, "allow_multiple": "a recipe"}, True),
        ({"difference": TWO, "replicates": "tried.1"}, True),
        ({"difference": CARRIED}, True),
        ({"difference": between({}, {"training.max_context_length": 32768, "rollout.n": 8})}, False),
    ],
)
def test_one_change_at_a_time(given, allowed) -> None:
    assert verdict("one-change", **given).allowed is allowed


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"difference": None}, "no reference, so no change to count"),
        ({}, "the same values as base.1"),
        ({"difference": ONE}, "one change against base.1: rollout.n 4 → 8"),
        (
            {"difference": TWO},
            "2 changes against base.1: training.learning_rate 1e-4 → 2e-4 and rollout.n 4 → 8",
        ),
        (
            {"difference": TWO, "allow_multiple": "a recipe"},
            "2 changes against base.1: training.learning_rate 1e-4 → 2e-4 and rollout.n 4 → 8; allowed: a recipe",
        ),
        (
            {"difference": CARRIED},
            "one change against base.1: rollout.max_tokens 2048 → 16384 "
            "(and training.max_context_length because of it)",
        ),
    ],
)
def test_changes_are_named(given, message) -> None:
    assert verdict("one-change", **given).message == message


@pytest.mark.parametrize(
    ("limit", "allowed", "message"),
    [
        (None, True, "no --max-cost given"),
        (Limit(2, "x"), True, "up to 2× of base.1, within 2×"),
        (Limit(1.5, "x"), False, "up to 2× of base.1, over --max-cost 1.5×"),
        (Limit(3e6, "tokens"), True, "up to 2,097,152 tokens, within 3,000,000 tokens"),
        (Limit(2e6, "tokens"), False, "up to 2,097,152 tokens, over --max-cost 2,000,000 tokens"),
        (Limit(1024, "rollouts"), True, "up to 1,024 rollouts, within 1,024 rollouts"),
        (Limit(1023, "rollouts"), False, "up to 1,024 rollouts, over --max-cost 1,023 rollouts"),
        (Limit(40, "usd"), False, "the price of rehearsal is not known, so 40 USD cannot be held"),
    ],
)
def test_no_more_is_spent_than_allowed(limit, allowed, message) -> None:
    found = verdict("max-cost", limit=limit)
    assert (found.allowed, found.message) == (allowed, message)


def test_a_price_is_held_against_the_limit() -> None:
    priced = COST._replace(usd=41.5)
    found = verdict("max-cost", limit=Limit(40, "usd"), estimate=priced)
    assert (found.allowed, found.message) == (False, "up to 41.5 USD, over --max-cost 40 USD")


@pytest.mark.parametrize(
    ("paid", "confirmed", "allowed"), [(False, False, True), (True, True, True), (True, False, False)]
)
def test_somebody_has_to_agree_to_pay(paid, confirmed, allowed) -> None:
    found = verdict("confirmation", is_paid=paid, is_confirmed=confirmed)
    assert found.allowed is allowed
    assert ("rft launch run.yaml --yes" in found.help) is not allowed


CHANGED = st.sampled_from(PARAMETERS).flatmap(
    lambda entry: st.tuples(st.just(entry.path), legal_values(entry))
)


@given(st.lists(CHANGED, max_size=5))
def test_a_set_of_changes_is_refused_when_more_than_one_is_counted(changed) -> None:
    new = dict(changed)
    found = between({}, new)
    expected = {
        entry.path
        for entry in PARAMETERS
        if entry.order(new.get(entry.path, entry.default)) != entry.order(entry.default)
    }
    carried = (
        {MAX_CONTEXT_LENGTH.path, MAX_TOKENS.path} <= expected
        and new[MAX_TOKENS.path] > MAX_TOKENS.default
        and new[MAX_CONTEXT_LENGTH.path] > MAX_CONTEXT_LENGTH.default
        and new[MAX_TOKENS.path] + 1 > MAX_CONTEXT_LENGTH.default
    )
    count = len(expected) - carried
    assert verdict("one-change", difference=found).allowed is (count <= 1)
    assert all(path in verdict("one-change", difference=found).message for path in expected)


@given(st.lists(CHANGED, max_size=5), st.text(min_size=1), st.booleans())
def test_a_reason_opens_its_own_guard_and_no_other(changed, why, by_itself) -> None:
    new = dict(changed)
    tuned = {path: (0, value) for path, value in new.items() if path not in NOT_FROM_GUIDE}
    given_ = {"difference": between({}, new), "tuned": tuned, "baseline": "", "baseline_by_itself": by_itself}
    before = {each.guard for each in refusals(check(situation(**given_)))}
    assert {each.guard for each in refusals(check(situation(**given_, allow_multiple=why)))} == before - {
        "one-change"
    }
    assert {each.guard for each in refusals(check(situation(**given_, as_baseline=why)))} == before - {
        "baseline"
    }


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("2x", Limit(2, "x")),
        ("1.5X", Limit(1.5, "x")),
        ("12Mtok", Limit(12e6, "tokens")),
        ("12mtok", Limit(12e6, "tokens")),
        ("500ktok", Limit(5e5, "tokens")),
        ("900 tok", Limit(900, "tokens")),
        ("500rollouts", Limit(500, "rollouts")),
        ("1rollout", Limit(1, "rollouts")),
        ("40usd", Limit(40, "usd")),
        (" 0.5USD ", Limit(0.5, "usd")),
    ],
)
def test_a_limit_is_a_number_and_a_unit(text, limit) -> None:
    assert read_limit(text) == limit


@pytest.mark.parametrize(
    "text", ["", "2", "x", "0x", "-1x", "12M", "40$", "40eur", "1e3tok", "2x2", "nan usd", "２x"]
)
def test_what_is_no_limit_is_wrong_usage(text) -> None:
    with pytest.raises(UsageError) as caught:
        read_limit(text)
    assert caught.value.message == f"--max-cost {text} is not an amount"
    assert caught.value.hint.startswith("write a number above 0 and a unit: 2x")
