"""What differs between two resolved run configs: counted changes, other differences, and whether results are comparable.

Pure. Compares values, never their spelling: what `rft_cli.spec` calls equal is equal.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rft_cli.spec.comparison import SCOPE, ScopeKey, standing
from rft_cli.spec.document import defaults, field_at, leaf_paths
from rft_cli.spec.parameters import MAX_CONTEXT_LENGTH, MAX_TOKENS, PARAMETERS, parameter
from rft_cli.task.entry import EvaluatorSpec, split_entry

DIGESTS = "digests."
"""How the path of a digest begins."""

DOCUMENT_ORDER = leaf_paths()
"""Paths in the order in which a run config writes them."""


class Side(NamedTuple):
    """One of the two things that are compared."""

    label: str
    """As the user calls it."""
    values: Mapping[str, Any]
    """Resolved, nested as in YAML; what is missing has its default."""
    digests: Mapping[str, str] = {}
    """Known digests: ``dataset``, ``evaluator``, ``evaluation.dataset``."""
    scope: str = ""
    """Of a run that was made; what two scopes hold beyond the values and digests here is the engine's version."""


class Change(NamedTuple):
    """One of the things that are changed one at a time."""

    path: str
    old: Any
    new: Any
    ratio: float | None
    """New over old; None where a quotient says nothing."""
    because: str = ""
    """Path of the change that made this one necessary; such a change counts with that one as one."""


class Other(NamedTuple):
    """A difference that is not counted: data, evaluator, evaluation, backend, model, seed, throughput.

    A path that begins with `DIGESTS` is that of a file whose content differs.
    """

    path: str
    old: Any
    new: Any


class Difference(NamedTuple):
    """All that differs between two run configs."""

    changes: tuple[Change, ...]
    """Parameters in the order of the spec, then settings of the backend."""
    other: tuple[Other, ...]
    comparable: bool
    """Whether both lie in one scope, as far as the digests are known."""
    reasons: tuple[str, ...]
    """Each continues "not comparable because"."""

    @property
    def counted(self) -> tuple[Change, ...]:
        """The changes that count against "one change at a time"."""
        return tuple(change for change in self.changes if not change.because)

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not self.changes and not self.other


def difference(old: Side, new: Side, *, longest_prompt_tokens: int = 1) -> Difference:
    """What differs from one side to the other.

    Args:
        old: the side that changes are told from.
        new: the side that they lead to.
        longest_prompt_tokens: of the training data where it is known; any prompt has at least one.
    """
    before, after = _flat(old.values), _flat(new.values)
    backends = frozenset({before["backend"], after["backend"]})
    differing = [path for path in {**before, **after} if _differ(path, before.get(path), after.get(path))]
    changes = [
        Change(path, before.get(path), after.get(path), ratio(before.get(path), after.get(path)))
        for path in differing
        if standing(path, backends) == "change"
    ]
    other = [
        Other(path, before.get(path), after.get(path))
        for path in differing
        if standing(path, backends) == "other"
    ]
    other += [
        Other(f"{DIGESTS}{name}", old.digests[name], new.digests[name])
        for name in old.digests
        if name in new.digests and old.digests[name] != new.digests[name]
    ]
    reasons = tuple(_reasons(old, new)) or tuple(_other_engine(old, new))
    other.sort(key=_place)
    return Difference(tuple(_with_needs(changes, longest_prompt_tokens)), tuple(other), not reasons, reasons)


def ratio(old: Any, new: Any) -> float | None:
    """New over old; None unless both are numbers that a quotient means something of: 0 switches a limit off."""
    if not all(_is_number(value) and value for value in (old, new)):
        return None
    # A quotient of decimals such as 3e-4 / 1e-4 should read as the 3 that people mean.
    quotient, inverse = (float(f"{there / here:.12g}") for here, there in ((old, new), (new, old)))
    return quotient if math.isfinite(quotient) and math.isfinite(inverse) else None


def _place(entry: Other) -> tuple[int, bool]:
    """Where a reader of run configs expects a difference; that of a file's content comes after its name."""
    path = entry.path.removeprefix(DIGESTS)
    known = (DOCUMENT_ORDER.index(path), path != entry.path) if path in DOCUMENT_ORDER else None
    return known or (len(DOCUMENT_ORDER), False)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _differ(path: str, old: Any, new: Any) -> bool:
    field = field_at(path)
    if field is not None and field.parameter is not None:
        return field.parameter.order(old) != field.parameter.order(new)
    return bool(old != new)


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted path → value of every leaf, parameters first and in their order, defaults filled in."""
    found = {entry.path: entry.default for entry in PARAMETERS} | defaults()
    found |= _leaves({name: value for name, value in values.items() if name != "evaluator"})
    if values.get("evaluator") is not None:
        spec = EvaluatorSpec.from_config(values["evaluator"])
        found["evaluator.entry"] = f"{spec.path}:{spec.function}"
        found["evaluator.env"] = sorted(spec.env)
        found |= {
            f"evaluator.{name}": getattr(spec, name) for name in ("timeout_s", "concurrency", "on_error")
        }
    return found


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        elif value is not None:
            yield f"{prefix}{name}", value


def _with_needs(changes: list[Change], longest_prompt_tokens: int) -> Iterator[Change]:
    """The changes, a longer context marked where longer answers would not have fitted into the old one."""
    answers = next((change for change in changes if change.path == MAX_TOKENS.path), None)
    for change in changes:
        needed = (
            answers is not None
            and change.path == MAX_CONTEXT_LENGTH.path
            and change.new > change.old
            and answers.new > answers.old
            and answers.new + longest_prompt_tokens > change.old
        )
        yield change._replace(because=MAX_TOKENS.path) if needed else change


def _reasons(old: Side, new: Side) -> Iterator[str]:
    before, after = (_with_function(_flat(side.values)) for side in (old, new))
    for key in SCOPE:
        first, second = before.get(key.path), after.get(key.path)
        digests = _digests(key, (old, first), (new, second))
        if digests and digests[0] != digests[1]:
            names = f"{first}" if first == second else f"{first} and {second}"
            yield f"the {key.noun} differs: the content of {names}"
        elif not digests and first != second:
            yield f"the {key.noun} differs: {_said(key, first)} and {_said(key, second)}"


def _other_engine(old: Side, new: Side) -> Iterator[str]:
    if old.scope and new.scope and old.scope != new.scope:
        yield "the engine differs: one of them was made by another version of it"


def _with_function(flat: dict[str, Any]) -> dict[str, Any]:
    path, function = split_entry(flat.get("evaluator.entry", ""))
    return flat | {"evaluator.path": path, "evaluator.function": function}


def _digests(key: ScopeKey, old: tuple[Side, Any], new: tuple[Side, Any]) -> tuple[str, ...]:
    """Both digests of a key; empty unless both are known and both sides name a file."""
    sides = [(side.digests.get(key.digest, ""), value) for side, value in (old, new) if key.digest]
    return tuple(digest for digest, _ in sides) if sides and all(map(all, sides)) else ()


def _said(key: ScopeKey, value: Any) -> str:
    if value is None:
        return "a part of the training data" if key.path == "evaluation.dataset" else "none"
    return str(value)


def is_raised(change: Change) -> bool | None:
    """Whether a change of a parameter leads up in its order; None for settings of a backend."""
    field = field_at(change.path)
    if field is None or field.parameter is None:
        return None
    order = parameter(change.path).order
    return order(change.new) > order(change.old)
