"""Codes 1xx: one for each parameter, derived from its table."""

from __future__ import annotations

from rft_cli.diagnostics import Severity
from rft_cli.spec.code import Code
from rft_cli.spec.parameter import Number, Parameter, show
from rft_cli.spec.parameters import PARAMETERS


def _illegal(entry: Parameter) -> Number:
    """A value that nobody can mistake for a legal one."""
    if entry.choices:
        return entry.choices[1] + 4
    if entry.high is None:
        return entry.low - 1
    return entry.high * 4


def _yaml(entry: Parameter, value: Number) -> str:
    return f"{entry.section}:\n  {entry.key}: {show(value)}\n"


def _code(entry: Parameter) -> Code:
    return Code(
        code=entry.code,
        name=f"{entry.key.replace('_', '-') if entry.key != 'n' else 'rollouts'}-out-of-range",
        severity=Severity.ERROR,
        summary=f"{entry.path} is not {entry.limits()}.",
        why=f"{entry.why_limits[0].upper()}{entry.why_limits[1:]}.",
        fine_when="Never: a run with this value is not submitted.",
        bad=_yaml(entry, _illegal(entry)),
        good=_yaml(entry, entry.default),
        sources=entry.sources[:1],
        parameters=(entry.path,),
    )


RANGE_CODES: tuple[Code, ...] = tuple(_code(entry) for entry in PARAMETERS)
