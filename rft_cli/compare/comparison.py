"""Two subjects compared: the difference, what the guide says of it, what it costs, and what could not be known."""

from __future__ import annotations

from typing import NamedTuple

from rft_cli.compare.difference import Change, Difference, difference
from rft_cli.compare.guide import Guidance, guidance
from rft_cli.compare.subject import Subject, file_of, pair
from rft_cli.estimate import relative_cost
from rft_cli.spec.parameters import NOT_FROM_GUIDE, PARAMETERS

DEFAULTS_LABEL = "the guide's defaults"


class Comparison(NamedTuple):
    """What a reader wants to know of two subjects."""

    old: Subject
    new: Subject
    difference: Difference
    guide: tuple[tuple[Change, Guidance | None], ...]
    """Each change with the guide's view of it."""
    cost: float
    """Upper bound of the new run's cost, in units of the old one's."""
    notes: tuple[str, ...]
    """What was not compared, one line each."""


def compare(old: Subject, new: Subject, *notes: str) -> Comparison:
    """Compare two subjects; reads files only where their content decides.

    Args:
        old: what changes are told from.
        new: what they lead to.
        notes: what the reader should know besides.
    """
    sides = pair(old, new)
    found = difference(sides.old, sides.new)
    told = tuple((change, guidance(change)) for change in found.changes)
    unknown = tuple(
        f"{file_of(new.values, name)} could not be read on both sides: its name was compared, not its content"
        for name in sides.unknown
    )
    return Comparison(old, new, found, told, relative_cost(old.values, new.values), (*notes, *unknown))


def defaults_of(subject: Subject) -> Subject:
    """The same run with the guide's nine parameters at their defaults; context length, backend and seed stay."""
    values = dict(subject.values)
    for entry in PARAMETERS:
        if entry.path not in NOT_FROM_GUIDE:
            values[entry.section] = {**values.get(entry.section, {}), entry.key: entry.default}
    return subject._replace(kind="defaults", label=DEFAULTS_LABEL, values=values)
