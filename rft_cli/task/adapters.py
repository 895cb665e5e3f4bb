"""Makes one kind of call out of the three forms of evaluator: an answer and a row in, whatever the user returns out.

Every call gets copies: what the function does to its record or messages, no later call sees.
"""

from __future__ import annotations

import inspect
import marshal
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.task.form import Form, Parameters, Unsupported, form_of
from rft_cli.task.verdict import row_score, score_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rft_cli.task.row import Row
    from rft_cli.task.verdict import Score, Unusable

SINGLE_TURN = frozenset(
    {
        "SingleTurnRolloutProcessor",
        "NoOpRolloutProcessor",
        "default_single_turn_rollout_processor",
        "default_no_op_rollout_processor",
        "NoneType",
    }
)
"""Rollout processors that leave one answer to one prompt. Source: the processors that eval-protocol ships."""


class Call(NamedTuple):
    """An evaluator, ready to be called."""

    invoke: Callable[[str, Row], Any]
    """Returns what the user's function returns: a coroutine when ``awaits``."""
    awaits: bool
    read: Callable[[Any], Score | Unusable]
    """The score in what came back."""


def adapt(name: str, function: Any) -> Call | Unsupported:
    """The call that a user's function wants, or why it cannot be given.

    Args:
        name: what the config calls the function.
        function: what the module holds under that name.
    """
    settings = _settings(function)
    if settings is not None and (refusal := _refused(name, settings)):
        return refusal
    # The installed package wraps the function so that pytest can run it; the original is what scores a row.
    function = getattr(function, "_origin_func", function)
    form = form_of(name, _parameters(function, row_decorated=settings is not None))
    if isinstance(form, Unsupported):
        return form
    awaits = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)
    if form is Form.MESSAGES:
        return Call(_with_messages(function), awaits, score_of)
    if form is Form.ROW:
        row_type = _row_type()
        if row_type is None:
            return Unsupported(
                f"`{name}` takes a row and its file imports no EvaluationRow",
                "from eval_protocol.models import EvaluationRow, EvaluateResult",
            )
        return Call(_with_row(function, row_type, settings or {}), awaits, row_score)
    return Call(_with_record(function), awaits, score_of)


def _with_record(function: Callable[..., Any]) -> Callable[[str, Row], Any]:
    def invoke(completion: str, row: Row) -> Any:
        return function(completion, _copied(row.record))

    return invoke


def _with_messages(function: Callable[..., Any]) -> Callable[[str, Row], Any]:
    parameters = inspect.signature(function).parameters.values()
    takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    names = {parameter.name for parameter in parameters if parameter.kind is not parameter.VAR_KEYWORD}

    def invoke(completion: str, row: Row) -> Any:
        fields = _copied(row.record)
        messages = _copied(row.messages)
        if "original_messages" in names:
            fields["original_messages"] = _copied(row.messages)
        messages.append({"role": "assistant", "content": completion})
        del fields["messages"]
        if not takes_all:
            fields = {name: value for name, value in fields.items() if name in names}
        return function(messages, **fields)

    return invoke


def _with_row(
    function: Callable[..., Any], row_type: Any, settings: dict[str, Any]
) -> Callable[[str, Row], Any]:
    keyword_sets = settings.get("evaluation_test_kwargs") or [None]
    keywords = dict(keyword_sets[0] or {})

    def invoke(completion: str, row: Row) -> Any:
        fields = _copied(row.record)
        fields["messages"] = [*_copied(row.messages), {"role": "assistant", "content": completion}]
        fields.pop("evaluation_result", None)
        return function(row=row_type(**fields), **keywords)

    return invoke


def _copied(value: Any) -> Any:
    """A deep copy of JSON values; a third of the time of ``copy.deepcopy``'s nearest rival, and it keeps key order."""
    return marshal.loads(marshal.dumps(value))  # noqa: S302  our own bytes


def _row_type() -> Any:
    models = sys.modules.get("eval_protocol.models") or sys.modules.get("reward_kit.models")
    return getattr(models, "EvaluationRow", None)


def _settings(function: Any) -> dict[str, Any] | None:
    """The settings of ``@evaluation_test``; None for a function without it."""
    settings = getattr(function, "__ep_params__", None)
    if settings is None or isinstance(settings, dict):
        return settings
    return dict(vars(settings))


def _refused(name: str, settings: dict[str, Any]) -> Unsupported | None:
    mode = settings.get("mode", "pointwise")
    if mode != "pointwise":
        return Unsupported(
            f"`{name}` scores in the mode {mode!r}, which needs many answers at once",
            'use mode="pointwise" and one `row`',
        )
    processor = settings.get("rollout_processor")
    kind = getattr(processor, "__name__", type(processor).__name__)
    if kind not in SINGLE_TURN:
        return Unsupported(
            f"`{name}` scores what {kind} rolls out; here a model gives one answer to a prompt",
            "score a single answer (SingleTurnRolloutProcessor), or run this task on the managed service",
        )
    return None


def _parameters(function: Any, *, row_decorated: bool) -> Parameters:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # written in C and silent about its parameters
        return Parameters(("completion", "record"), 2, takes_more=False)
    kinds = list(signature.parameters.values())
    positional = [one for one in kinds if one.kind in {one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD}]
    return Parameters(
        tuple(one.name for one in positional),
        sum(one.default is one.empty for one in positional),
        takes_more=any(one.kind is one.VAR_POSITIONAL for one in kinds),
        keyword_only_required=tuple(
            one.name for one in kinds if one.kind is one.KEYWORD_ONLY and one.default is one.empty
        ),
        row_decorated=row_decorated,
    )
