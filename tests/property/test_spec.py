from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from support.strategies import (
    boundary_values,
    documents,
    field_values,
    goals,
    legal_values,
    parameter_values,
)

from rft_cli.spec.document import DOCUMENT, FIELDS, Field, field_at, leaf_paths
from rft_cli.spec.goals import GOALS, Step
from rft_cli.spec.parameter import Number, Parameter, show
from rft_cli.spec.parameters import PARAMETERS, parameter
from rft_cli.spec.schema import field_schema, run_config_schema, run_fragment_schema

RUN_CONFIG = Draft202012Validator(run_config_schema())
FRAGMENT = Draft202012Validator(run_fragment_schema())
SCHEMAS = {
    path: Draft202012Validator(field_schema(field)) for path in leaf_paths() if (field := field_at(path))
}

each_parameter = pytest.mark.parametrize("entry", PARAMETERS, ids=lambda entry: entry.key)
each_field = pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)


def nested(values: dict[str, Number]) -> dict[str, dict[str, Number]]:
    document: dict[str, dict[str, Number]] = {}
    for path, value in values.items():
        section, _, key = path.partition(".")
        document.setdefault(section, {})[key] = value
    return document


def test_both_schemas_are_schemas() -> None:
    Draft202012Validator.check_schema(run_config_schema())
    Draft202012Validator.check_schema(run_fragment_schema())


@given(parameter_values())
def test_any_legal_values_together_are_a_legal_fragment(values: dict[str, Number]) -> None:
    document = nested(values)
    assert DOCUMENT.accepts({"version": 1, "model": "m", "dataset": "d", "evaluator": "e", **document})
    assert list(FRAGMENT.iter_errors(document)) == []


@given(documents())
def test_a_document_drawn_from_the_table_of_keys_is_legal(document: dict[str, Any]) -> None:
    assert DOCUMENT.accepts(document)
    assert [error.message for error in RUN_CONFIG.iter_errors(document)] == []


@each_parameter
def test_table_and_schema_agree_at_the_boundaries(entry: Parameter) -> None:
    schema = SCHEMAS[entry.path]
    for value in boundary_values(entry):
        assert entry.accepts(value) == schema.is_valid(value), value


@each_parameter
@given(data=st.data())
def test_table_and_schema_agree_on_any_scalar(entry: Parameter, data: st.DataObject) -> None:
    value = data.draw(
        st.one_of(
            legal_values(entry),
            st.integers(),
            st.floats(allow_nan=False, allow_infinity=False),
            st.booleans(),
        )
    )
    assert entry.accepts(value) == SCHEMAS[entry.path].is_valid(value)


@each_field
@given(data=st.data())
def test_table_and_schema_agree_on_values_meant_for_another_key(field: Field, data: st.DataObject) -> None:
    other = data.draw(st.sampled_from(FIELDS))
    value = data.draw(field_values(other))
    assert field.accepts(value) == Draft202012Validator(field_schema(field)).is_valid(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@each_parameter
def test_what_is_not_finite_is_never_legal(entry: Parameter, value: float) -> None:
    assert not entry.accepts(value)


@each_parameter
@given(data=st.data())
def test_a_legal_value_survives_its_spelling(entry: Parameter, data: st.DataObject) -> None:
    value = data.draw(legal_values(entry))
    assert entry.normal(float(show(value))) == value


@each_parameter
@given(data=st.data())
def test_order_is_total_and_a_goal_only_widens_what_is_usual(entry: Parameter, data: st.DataObject) -> None:
    one, other = data.draw(legal_values(entry)), data.draw(legal_values(entry))
    assert (entry.order(one) == entry.order(other)) == (one == other)
    goal = data.draw(goals())
    assert entry.is_usual(one, goal) >= entry.is_usual(one)
    assert entry.is_usual(one, goal) == (entry.is_usual(one) or goal in entry.goals_for(one))


EACH_STEP = [(goal.name, step) for goal in GOALS for step in goal.steps]


@pytest.mark.parametrize(
    "step", [step for _, step in EACH_STEP], ids=[f"{name}-{step.path}" for name, step in EACH_STEP]
)
@given(data=st.data())
def test_a_step_is_legal_goes_its_way_and_comes_to_rest(step: Step, data: st.DataObject) -> None:
    entry = parameter(step.path)
    present = data.draw(legal_values(entry))
    value = step.next_value(present)
    if value is None:
        return
    assert entry.accepts(value)
    assert (entry.order(value) > entry.order(present)) == (step.direction == "up")
    if step.move == "to":
        assert step.next_value(value) is None
