"""What a config says about its evaluator, as a value. Cheap to import: lint does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_FUNCTION = "evaluate"
"""Looked for when the entry names none. Chosen: the name that the managed service's inline evaluators use."""


class EvaluatorSpec(NamedTuple):
    """Which function scores, and under which limits."""

    path: str
    """The Python file, relative to the project root."""
    function: str = DEFAULT_FUNCTION
    env: tuple[str, ...] = ()
    """Environment variables that the function needs: names, never values."""
    timeout_s: float = 30.0
    """Seconds that one call may take. Chosen: a call of a judge model fits, a loop that never ends is noticed."""
    concurrency: int = 1
    """Calls under way at once."""
    on_error: str = "fail"
    """``fail``: the first call that goes wrong ends the run. ``zero``: it scores 0 and is counted."""

    @classmethod
    def from_config(cls, value: str | Mapping[str, Any]) -> EvaluatorSpec:
        """The spec of ``evaluator`` in a valid run config.

        Args:
            value: ``file.py:function``, ``file.py::function`` (the managed service's spelling), ``file.py``, or the
                mapping form with ``entry`` and the other fields.
        """
        if isinstance(value, str):
            return cls(*split_entry(value))
        path, function = split_entry(value["entry"])
        return cls(
            path,
            function,
            env=tuple(value.get("env", ())),
            timeout_s=float(value.get("timeout_s", cls._field_defaults["timeout_s"])),
            concurrency=int(value.get("concurrency", cls._field_defaults["concurrency"])),
            on_error=str(value.get("on_error", cls._field_defaults["on_error"])),
        )


def split_entry(entry: str) -> tuple[str, str]:
    """The path and the function of an entry; a colon that no function name follows belongs to the path.

    >>> split_entry("evaluators/judge.py:grade")
    ('evaluators/judge.py', 'grade')
    >>> split_entry("evaluators/judge.py")
    ('evaluators/judge.py', 'evaluate')
    """
    path, colon, function = entry.rpartition(":")
    if not colon or not function.isidentifier():
        return entry, DEFAULT_FUNCTION
    return path.removesuffix(":"), function
