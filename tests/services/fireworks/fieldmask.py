"""`readMask`: which fields of a resource an answer has."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from .refusals import invalid


def camel(path: str) -> str:
    """``training_config.base_model`` → ``trainingConfig.baseModel``; what is camel case already stays."""
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), path)


def parsed(mask: str) -> tuple[tuple[str, ...], ...]:
    """Paths of a comma list; none for a mask that asks for everything."""
    if mask.strip() in {"", "*"}:
        return ()
    return tuple(tuple(camel(path.strip()).split(".")) for path in mask.split(","))


def wanted(mask: str, known: frozenset[str]) -> frozenset[str]:
    """The top-level fields that a mask asks for.

    Raises:
        RefusedError: a field that no resource of the kind has.
    """
    paths = parsed(mask)
    for path in paths:
        if path[0] not in known:
            raise invalid(f"invalid read_mask: unknown field {path[0]!r}")
    return frozenset(path[0] for path in paths) or known


def masked(body: Mapping[str, Any], mask: str, *, empties: bool) -> dict[str, Any]:
    """What is left of a resource.

    Args:
        body: the resource.
        mask: comma list of paths; empty or `*`: everything.
        empties: keep the other fields, with the empty value of their type.
    """
    paths = parsed(mask)
    if not paths:
        return dict(body)
    kept: dict[str, Any] = {key: empty(value) for key, value in body.items()} if empties else {}
    for path in paths:
        _copy(body, kept, path)
    return kept


def _copy(source: Mapping[str, Any], into: dict[str, Any], path: tuple[str, ...]) -> None:
    head, *rest = path
    if head not in source:
        return
    if rest and isinstance(source[head], Mapping):
        inside = into[head] if isinstance(into.get(head), dict) else {}
        into[head] = inside
        _copy(source[head], inside, tuple(rest))
    else:
        into[head] = copy.deepcopy(source[head])


def empty(value: Any) -> Any:
    """The unset value of a field's type, as proto3 JSON writes it: messages are null."""
    match value:
        case bool():
            return False
        case int() | float():
            return 0
        case str():
            return ""
        case list():
            return []
        case _:
            return None
