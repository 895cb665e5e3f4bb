"""What every difference between two run configs keeps to, whatever their values."""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.strategies import legal_values

from rft_cli.compare.difference import Side, difference, is_raised
from rft_cli.compare.guide import guidance
from rft_cli.spec.parameters import PARAMETERS


@st.composite
def values(draw: st.DrawFn) -> dict[str, Any]:
    """The nested values of a config, any of the ten parameters written out or left to its default."""
    found: dict[str, Any] = {"training": {}, "rollout": {}, "evaluator": "e.py"}
    for entry in draw(st.permutations(PARAMETERS)):
        if draw(st.booleans()):
            found[entry.section][entry.key] = draw(legal_values(entry))
    return found


def side(config: dict[str, Any]) -> Side:
    return Side("x", config)


def effective(config: dict[str, Any]) -> dict[str, Any]:
    return {entry.path: config[entry.section].get(entry.key, entry.default) for entry in PARAMETERS}


@given(values())
def test_nothing_differs_from_itself(config: dict[str, Any]) -> None:
    assert difference(side(config), side(config)).is_empty


@given(values())
def test_an_explicit_default_and_another_spelling_differ_in_nothing(config: dict[str, Any]) -> None:
    spelled = {**config, "training": {}, "rollout": {}}
    for entry in reversed(PARAMETERS):
        value = effective(config)[entry.path]
        spelled[entry.section][entry.key] = float(value)
    spelled = json.loads(json.dumps(dict(reversed(spelled.items()))))
    assert difference(side(config), side(spelled)).is_empty


@given(values(), values())
def test_applying_the_changes_gives_the_new_values(old: dict[str, Any], new: dict[str, Any]) -> None:
    changes = difference(side(old), side(new)).changes
    applied = effective(old) | {change.path: change.new for change in changes}
    assert applied == effective(new)
    assert all(effective(old)[change.path] == change.old for change in changes)


@given(values(), values())
def test_the_way_back_has_the_same_changes_the_other_way_round(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    there, back = difference(side(old), side(new)), difference(side(new), side(old))
    assert [(change.path, change.old, change.new) for change in there.changes] == [
        (change.path, change.new, change.old) for change in back.changes
    ]
    for forth, again in zip(there.changes, back.changes, strict=True):
        assert (forth.ratio is None) == (again.ratio is None)
        assert forth.ratio is None or math.isclose(forth.ratio * again.ratio, 1, rel_tol=1e-9)  # type: ignore[operator]
        assert is_raised(forth) != is_raised(again)


@given(values(), values())
def test_at_most_one_change_is_needed_by_another_and_the_guide_knows_each(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    found = difference(side(old), side(new))
    assert len(found.changes) - len(found.counted) in {0, 1}
    assert all(guidance(change) is not None for change in found.changes)
    assert found.comparable
