"""A stand-in for the ``eval_protocol`` package, so that evaluators of the managed service load where it is not installed.

It has the names that a single-turn evaluator uses and nothing that rolls out, logs or uploads. Whatever else a file
imports from the package fails with Python's own ImportError. ``reward_kit`` is the package's former name.

Source: the public models and decorators of eval-protocol (``EvaluationRow``, ``EvaluateResult``, ``evaluation_test``).
"""

from __future__ import annotations

import functools
import importlib.util
import inspect
import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, get_args, get_origin

if TYPE_CHECKING:
    from collections.abc import Callable

    Defaults = dict[str, Callable[[], Any]]

PACKAGES = ("eval_protocol", "reward_kit")

NO_FETCHING = "LITELLM_LOCAL_MODEL_COST_MAP"
"""Variable that keeps a library of the package from fetching a table of prices when it is imported. It fetches it in a thread
that imports modules of its own, so that the import fails now and then where there is no network, and takes seconds."""


class Fields(dict[str, Any]):
    """An object whose fields can be read as attributes and as items, as the package's models can.

    ``DEFAULTS`` are the fields that exist without being given; ``REQUIRED`` those that must be.
    """

    DEFAULTS: ClassVar[Defaults] = {}
    REQUIRED: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **fields: Any) -> None:
        for name in self.REQUIRED:
            if name not in fields:
                raise TypeError(f"{type(self).__name__} needs `{name}`")
        super().__init__({name: make() for name, make in self.DEFAULTS.items()} | fields)

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no field `{name}`") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def model_dump(self, **_options: Any) -> dict[str, Any]:
        """The fields as a plain dict."""
        return dict(self)


def _nothing() -> None:
    return None


class Message(Fields):
    """One turn of a conversation."""

    REQUIRED = ("role",)
    DEFAULTS: ClassVar[Defaults] = {
        "content": str,
        **dict.fromkeys(
            ("name", "reasoning_content", "tool_calls", "tool_call_id", "function_call"), _nothing
        ),
    }


class MetricResult(Fields):
    """The score of one named part."""

    REQUIRED = ("score",)
    DEFAULTS: ClassVar[Defaults] = {"is_score_valid": lambda: True, "reason": str, "data": dict}


class EvaluateResult(Fields):
    """The score of one answer."""

    REQUIRED = ("score",)
    DEFAULTS: ClassVar[Defaults] = {
        "is_score_valid": lambda: True,
        "metrics": dict,
        **dict.fromkeys(("reason", "error", "step_outputs"), _nothing),
    }


class InputMetadata(Fields):
    """Where a row comes from."""

    DEFAULTS: ClassVar[Defaults] = {
        "completion_params": dict,
        **dict.fromkeys(("row_id", "dataset_info", "session_data"), _nothing),
    }


class ExecutionMetadata(Fields):
    """Identifiers that the service gives a rollout; there are none here."""

    DEFAULTS: ClassVar[Defaults] = dict.fromkeys(
        ("invocation_id", "experiment_id", "rollout_id", "run_id", "usage", "finish_reason", "extra"),
        _nothing,
    )


class EvaluationRow(Fields):
    """A conversation with what is known about it and, in the end, its score."""

    DEFAULTS: ClassVar[Defaults] = {
        "messages": list,
        "input_metadata": InputMetadata,
        "execution_metadata": ExecutionMetadata,
        **dict.fromkeys(
            (
                "tools",
                "ground_truth",
                "evaluation_result",
                "rollout_status",
                "eval_metadata",
                "created_at",
                "pid",
            ),
            _nothing,
        ),
    }

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self["messages"] = [_as(Message, message) for message in self["messages"]]
        self["input_metadata"] = _as(InputMetadata, self["input_metadata"] or {})

    def get_user_messages(self) -> list[Message]:
        """The user's turns."""
        return self._turns("user")

    def get_assistant_messages(self) -> list[Message]:
        """The assistant's turns."""
        return self._turns("assistant")

    def last_assistant_message(self) -> Message | None:
        """The assistant's last turn: the answer that is scored."""
        return next(reversed(self._turns("assistant")), None)

    def get_first_user_message(self) -> Message | None:
        """The user's first turn."""
        return next(iter(self._turns("user")), None)

    def get_system_message(self) -> Message:
        """The system's turn; an empty one when there is none."""
        return next(iter(self._turns("system")), Message(role="system"))

    def _turns(self, role: str) -> list[Message]:
        return [message for message in self["messages"] if message["role"] == role]


def _as(kind: type[Fields], value: Any) -> Any:
    return kind(**value) if isinstance(value, dict) and not isinstance(value, Fields) else value


class _RolloutProcessor:
    """Takes any settings; it is the trainer that rolls out."""

    def __init__(self, *_settings: Any, **_named: Any) -> None:
        pass


class SingleTurnRolloutProcessor(_RolloutProcessor):
    """One answer to each prompt."""


class NoOpRolloutProcessor(_RolloutProcessor):
    """The rows hold their answers already."""


def evaluation_test(**settings: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a function as an evaluator of rows; its settings stay readable and the function stays as it is."""

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        function.__ep_params__ = settings  # type: ignore[attr-defined]
        return function

    return mark


def reward_function(function: Callable[..., Any] | None = None, **_settings: Any) -> Callable[..., Any]:
    """Mark a function as an evaluator of messages, with or without settings.

    It gets the turns as `Message` where it is annotated so, and as dicts where it is not, as the package does.
    """
    if function is None:
        return reward_function
    if not _takes_messages(function):
        return function

    def typed(messages: list[Any]) -> list[Any]:
        return [_as(Message, message) for message in messages]

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaited(messages: list[Any], **fields: Any) -> Any:
            return await function(typed(messages), **fields)

        return awaited

    @functools.wraps(function)
    def called(messages: list[Any], **fields: Any) -> Any:
        return function(typed(messages), **fields)

    return called


def _takes_messages(function: Callable[..., Any]) -> bool:
    parameter = inspect.signature(function).parameters.get("messages")
    if parameter is None:
        return False
    forms = (
        parameter.annotation,
        *get_args(parameter.annotation),
    )  # of `Optional[List[Message]]` the inner one counts
    return any(get_origin(form) is list and get_args(form)[:1] == (Message,) for form in forms)


_MODELS = (Message, MetricResult, EvaluateResult, InputMetadata, ExecutionMetadata, EvaluationRow)
_TESTING = (evaluation_test, SingleTurnRolloutProcessor, NoOpRolloutProcessor)


def stand_in() -> None:
    """Make each package importable that is not installed; an installed one is left to itself, but for the prices it fetches."""
    os.environ.setdefault(NO_FETCHING, "True")
    for package in PACKAGES:
        if package in sys.modules or importlib.util.find_spec(package) is not None:
            continue
        top = _module(package, (*_MODELS, *_TESTING, reward_function))
        top.__path__ = []  # a package: `import eval_protocol.rewards` then names the missing part
        for name, members in (("models", _MODELS), ("pytest", _TESTING)):
            setattr(top, name, _module(f"{package}.{name}", members))


def _module(name: str, members: tuple[Any, ...]) -> ModuleType:
    module = ModuleType(name, __doc__)
    for member in members:
        setattr(module, member.__name__, member)
    sys.modules[name] = module
    return module
