"""Whatever a run shows and however it is set: advice is legal, bounded and one change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from support.strategies import goals, parameter_values

from rft_cli.advice.advise import advise
from rft_cli.advice.case import Facts
from rft_cli.advice.history import Tried
from rft_cli.compare.difference import Side, difference
from rft_cli.curves.symptom import Context, Symptom
from rft_cli.spec.parameter import Number
from rft_cli.spec.parameters import LEARNING_RATE, PARAMETERS, parameter
from rft_cli.spec.symptoms import SYMPTOM_IDS


def symptoms() -> SearchStrategy[list[Symptom]]:
    one = st.builds(
        Symptom,
        st.sampled_from(SYMPTOM_IDS),
        st.integers(0, 500),
        st.floats(0, 1),
        st.sampled_from([{}, {"points_needed": 9}, {"explained_by": "spike_then_collapse"}]),
    )
    return st.lists(one, max_size=5, unique_by=lambda symptom: symptom.id)


def histories() -> SearchStrategy[list[Tried]]:
    paths = st.sampled_from([entry.path for entry in PARAMETERS])
    one = st.builds(
        Tried,
        paths,
        st.sampled_from(["up", "down"]),
        st.just(0.5),
        st.just("a.1"),
        st.sampled_from(["better", "no better", "failed"]),
        st.just("words"),
    )
    return st.lists(one, max_size=6)


def config(values: dict[str, Number]) -> dict[str, Any]:
    nested: dict[str, Any] = {
        "backend": "local",
        "model": "m",
        "dataset": "d",
        "evaluator": "e.py:f",
    }
    for path, value in values.items():
        section, _, key = path.partition(".")
        nested.setdefault(section, {})[key] = value
    return nested


@pytest.mark.covers("LR4", "EP1", "RK1", "NR1")
@given(symptoms(), parameter_values(), goals(), histories(), st.none() | st.floats(0, 20000))
def test_advice_gives_a_legal_config_that_differs_in_one_change(
    shown: list[Symptom],
    values: dict[str, Number],
    goal: str,
    history: list[Tried],
    longest: float | None,
) -> None:
    found = advise(
        shown, Context(parameters=values), goal=goal, history=history, facts=Facts(longest_answer=longest)
    )
    assert (found.change is not None) == (found.verdict == "change")
    assert found.why
    change = found.change
    if change is None:
        return
    assert change.new is not None
    entry = parameter(change.parameter)
    assert entry.accepts(change.new)
    assert (entry.order(change.new) > entry.order(values[entry.path])) == (change.direction == "up")
    for each in history:
        if each.outcome != "better" and (each.parameter, each.direction) == (
            change.parameter,
            change.direction,
        ):
            further = entry.order(change.new) > entry.order(each.new)
            assert further == (change.direction == "down")
    assert change.parameter not in {each.parameter for each in found.rejected}
    after = values | {change.parameter: change.new}
    if change.companion is not None:
        assert parameter(change.companion.parameter).accepts(change.companion.new)
        after[change.companion.parameter] = change.companion.new
    changed = difference(Side("old", config(values)), Side("new", config(after)))
    assert [each.path for each in changed.counted] == [change.parameter]
    if entry is LEARNING_RATE:
        low, high = entry.usual[0].low, entry.usual[0].high
        assert low <= change.new <= high
        if low <= values[entry.path] <= high:
            assert 0.499 <= change.new / values[entry.path] <= 2.001


@given(
    symptoms(),
    st.dictionaries(st.sampled_from([entry.path for entry in PARAMETERS]), st.floats(0, 1e6)),
    goals(),
)
def test_a_run_of_another_tool_never_breaks_it_and_gets_legal_values_only(
    shown: list[Symptom], values: dict[str, float], goal: str
) -> None:
    change = advise(shown, Context(parameters=values), goal=goal).change
    if change is not None and change.new is not None:
        assert parameter(change.parameter).accepts(change.new)
