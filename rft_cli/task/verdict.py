"""What an evaluator may return, and the score that it means. Pure; knows numpy's scalars by their shape, not by import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

PROTOCOL_KEYS = frozenset({"score", "is_score_valid", "reason", "metrics", "error", "step_outputs"})
"""Keys of a result that are not named parts. Source: the result type of the managed service's evaluation protocol."""


class Score(NamedTuple):
    """The reward of one answer."""

    value: float
    parts: dict[str, float]
    """Named parts of it, for the metrics; nothing is computed from them."""


class Unusable(NamedTuple):
    """Why a returned value is no score, and the edit."""

    message: str
    help: str


def score_of(value: Any) -> Score | Unusable:
    """The score in a returned value: a finite number, ``{"score": …, parts}``, or the protocol's result objects."""
    if type(value) is float and value - value == 0:
        return Score(value, {})
    if isinstance(value, Mapping) or hasattr(value, "score"):
        return _from_result(value)
    number = _number(value)
    if isinstance(number, float):
        return Score(number, {})
    return Unusable(f"returned {number}, not a number", _EDITS.get(type(value).__name__, _EDIT))


def row_score(row: Any) -> Score | Unusable:
    """The score in a row that an ``@evaluation_test`` function returned."""
    if row is None:
        return Unusable("returned None, not the row", "end with `return row`")
    if not hasattr(row, "evaluation_result"):
        return Unusable(f"returned {_described(row)}, not the row", "end with `return row`")
    if row.evaluation_result is None:
        return Unusable(
            "returned a row without a result",
            "set row.evaluation_result = EvaluateResult(score=…) on every path",
        )
    return score_of(row.evaluation_result)


def _from_result(result: Any) -> Score | Unusable:
    fields = result if isinstance(result, Mapping) else _attributes(result)
    if "score" not in fields:
        return Unusable(
            "returned a dict without `score`", 'return {"score": …} and the named parts beside it'
        )
    if fields.get("is_score_valid", True) is False:
        reason = fields.get("reason") or fields.get("error") or "no reason given"
        return Unusable(f"marked its score as invalid: {reason}", "score the answer, or set `on_error: zero`")
    score = _number(fields["score"])
    if not isinstance(score, float):
        return Unusable(
            f"returned {score} as `score`, not a number", _EDITS.get(type(fields["score"]).__name__, _EDIT)
        )
    parts = {}
    for name, value in _named_parts(fields):
        part = _number(value)
        if not isinstance(part, float):
            return Unusable(f"returned {part} as the part `{name}`, not a number", _EDIT)
        parts[str(name)] = part
    return Score(score, parts)


def _named_parts(fields: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    parts = [(name, value) for name, value in fields.items() if name not in PROTOCOL_KEYS]
    metrics = fields.get("metrics") or {}
    if isinstance(metrics, Mapping):
        for name, metric in metrics.items():
            nested = metric.get("score") if isinstance(metric, Mapping) else getattr(metric, "score", metric)
            parts.append((name, nested))
    return parts


def _attributes(result: Any) -> dict[str, Any]:
    return {name: getattr(result, name) for name in PROTOCOL_KEYS if hasattr(result, name)}


def _number(value: Any) -> float | str:
    """A finite float, or what the value is instead."""
    if hasattr(value, "dtype") and getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _described(value)
    try:
        number = float(value)
    except OverflowError:
        return "an integer too large for a float"
    return number if number - number == 0 else repr(number)


def _described(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, str):
        return f"the text {value!r}" if len(value) <= 30 else f"the text {value[:29] + '…'!r}"
    return f"a {type(value).__name__}"


_EDIT = "return a finite float"
_EDITS = {
    "NoneType": "return a number on every path: one without `return` gives None",
    "bool": "return float(…): a bool is more often a mistake than a score",
    "str": "return float(…)",
    "float": "return a finite float: guard the division or the logarithm",
}
"""Type that was returned → the edit."""
