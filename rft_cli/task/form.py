"""The three ways to write an evaluator, told apart by the parameters of the function. Pure.

The same table serves the reader of source code (``locate``) and the loader of the living function (``evaluator``).
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Form(StrEnum):
    """How an evaluator is called."""

    PLAIN = "plain"
    """``evaluate(completion, record) -> float | dict``."""
    MESSAGES = "messages"
    """``evaluate(messages, **fields of the record) -> {"score": …}``, the managed service's inline evaluators."""
    ROW = "row"
    """``evaluate(row) -> row`` with ``row.evaluation_result.score``, as ``@evaluation_test`` wants it."""


class Parameters(NamedTuple):
    """What a function takes, whether read from source or from the living object."""

    positional: tuple[str, ...]
    required: int
    """How many of the positional ones have no default."""
    takes_more: bool
    """``*args``."""
    keyword_only_required: tuple[str, ...] = ()
    row_decorated: bool = False
    """Decorated with ``@evaluation_test``."""


class Unsupported(NamedTuple):
    """Why a function cannot be an evaluator here, and the edit."""

    message: str
    help: str


PLAIN_SIGNATURE = "def {function}(completion, record)"

BATCH_NAMES = ("completions", "prompts", "responses", "solutions", "data_sources")
"""First parameters of reward functions that score a batch. Source: the reward function interfaces of TRL and verl."""


def form_of(function: str, parameters: Parameters) -> Form | Unsupported:
    """The form of a function with these parameters."""
    names = parameters.positional
    first = names[0] if names else ""
    wanted = PLAIN_SIGNATURE.format(function=function)
    if first == "rows" or (parameters.row_decorated and "row" not in names):
        return Unsupported(
            f"`{function}` scores many rows at once, which a single answer cannot be given to",
            'score one row: @evaluation_test(mode="pointwise", …) over `def '
            f"{function}(row: EvaluationRow) -> EvaluationRow`",
        )
    if parameters.row_decorated or (first == "row" and parameters.required == 1):
        return Form.ROW
    if first == "messages":
        return Form.MESSAGES
    if first in BATCH_NAMES:
        return Unsupported(
            f"`{function}` takes a batch (`{first}`); an evaluator scores one answer", f"write `{wanted}`"
        )
    if parameters.keyword_only_required:
        name = parameters.keyword_only_required[0]
        return Unsupported(
            f"`{function}` requires the keyword argument `{name}`, which nobody passes", f"write `{wanted}`"
        )
    if parameters.required > 2 or (len(names) < 2 and not parameters.takes_more):
        takes = ", ".join(names) or "nothing"
        return Unsupported(
            f"`{function}` takes ({takes}); an evaluator takes (completion, record)", f"write `{wanted}`"
        )
    return Form.PLAIN
