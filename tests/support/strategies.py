"""Hypothesis strategies and boundary values, derived from the spec: a new parameter or key is drawn without a change here."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from rft_cli.spec.document import FIELDS, Field
from rft_cli.spec.goals import GOAL_NAMES
from rft_cli.spec.parameter import Number, Parameter
from rft_cli.spec.parameters import PARAMETERS

LARGEST = 10**7
"""Stands in for the upper end of a parameter that has none of its own."""

NOT_NUMBERS: tuple[object, ...] = (True, False, "1e-4", "8", "", [], [8], {}, {"value": 8})
"""What YAML can put where a number belongs; `null` is a finding of its own."""


def legal_values(entry: Parameter) -> SearchStrategy[Number]:
    """Values that the parameter accepts."""
    if entry.choices:
        return st.sampled_from(entry.choices)
    high = LARGEST if entry.high is None else entry.high
    if not entry.integral:
        return st.floats(entry.low, high, allow_nan=False)
    lowest, highest = math.ceil(entry.low / entry.multiple_of), math.floor(high / entry.multiple_of)
    return st.integers(lowest, highest).map(lambda value: value * entry.multiple_of)


def boundary_values(entry: Parameter) -> tuple[object, ...]:
    """The ends of the legal range, their next neighbours, whole floats, and what is no number."""
    ends = [entry.low, LARGEST if entry.high is None else entry.high, *entry.choices, entry.default]
    whole = [value + step for value in ends for step in (-16, -1, -0.5, 0, 0.5, 1, 16)]
    near = [math.nextafter(float(value), direction) for value in ends for direction in (-math.inf, math.inf)]
    extremes = [0, -0.0, -1, 10**400, 5e-324, 1.7976931348623157e308]
    return (*whole, *(float(value) for value in ends), *near, *extremes, *NOT_NUMBERS)


def parameter_values() -> SearchStrategy[dict[str, Number]]:
    """A legal value for each of the ten: dotted path → value."""
    return st.fixed_dictionaries({entry.path: legal_values(entry) for entry in PARAMETERS})


def field_values(field: Field) -> SearchStrategy[Any]:
    """Values that a key accepts, in any of its forms."""
    return st.one_of(*(_form(form) for form in (field, *field.alternatives)))


def documents() -> SearchStrategy[dict[str, Any]]:
    """Legal run configs as YAML reads them, with required keys there and the others there or not."""
    return _section(FIELDS)


def goals() -> SearchStrategy[str]:
    """A goal's name, or none."""
    return st.sampled_from(["", *GOAL_NAMES])


def _form(field: Field) -> SearchStrategy[Any]:
    if field.parameter is not None:
        return legal_values(field.parameter)
    if field.choices:
        return st.sampled_from(field.choices)
    if field.kind == "section":
        return _section(field.fields)
    if field.kind == "mapping":
        scalars = st.one_of(st.booleans(), st.integers(-100, 100), _text(Field("", "text", "")))
        return st.dictionaries(_text(Field("", "text", "")), scalars, max_size=3)
    if field.kind == "texts":
        return st.lists(_text(field), min_size=1, max_size=3)
    if field.kind == "numbers":
        number = st.floats(-1e6, 1e6)
        return st.lists(number, min_size=field.length or 1, max_size=field.length or 4)
    if field.kind == "truth":
        return st.booleans()
    if field.kind == "whole":
        return st.integers(int(field.low or 0), int(LARGEST if field.high is None else field.high))
    if field.kind == "real":
        return st.floats(field.low or 0, LARGEST if field.high is None else field.high)
    return _text(field)


def _text(field: Field) -> SearchStrategy[str]:
    if field.pattern:
        return st.from_regex(field.pattern, alphabet=st.characters(codec="ascii"))
    return st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=30)


def _section(fields: tuple[Field, ...]) -> SearchStrategy[dict[str, Any]]:
    required = {field.name: field_values(field) for field in fields if field.required}
    optional = {field.name: field_values(field) for field in fields if not field.required}
    return st.fixed_dictionaries(required, optional=optional)
