"""What a rule is, what it is told, and the few questions that several rules ask of a config. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.diagnostics import Finding
from rft_cli.spec.codes import CODES
from rft_cli.spec.parameter import Number, Parameter, show
from rft_cli.spec.parameters import is_parameter, parameter

if TYPE_CHECKING:
    from rft_cli.config import Config


class DataFacts(NamedTuple):
    """What is known of the training data where somebody has read it; `lint` has not."""

    rows: int
    """Usable rows."""
    longest_prompt_tokens: int | None
    """None where the model's tokenizer is not at hand."""


def facts_of(rows: int) -> DataFacts | None:
    """What is known of data with so many usable rows; 0: nothing."""
    return DataFacts(rows, longest_prompt_tokens=None) if rows else None


Check = Callable[["Config", DataFacts | None, "Config | None"], Iterator[Finding]]
"""``check(config, facts, against)``: pure. ``against`` is the reference; None: compare with the defaults."""


class Rule(NamedTuple):
    """A check and the code that stands for its opinion; the code's entry in `rft_cli.spec.codes` has all the words."""

    code: str
    check: Check


RulesOf = Callable[[str], Sequence[Rule]]
"""Name of a backend → its own rules; none for one that is not known. A backend's rules are asked of its own configs only."""


def _no_rules(_backend: str) -> Sequence[Rule]:
    return ()


NO_BACKEND: RulesOf = _no_rules
"""For those who know no backend."""

_SEVERITY = {entry.code: entry.severity for entry in CODES}


def found(code: str, config: Config, path: str, message: str, help_: str = "") -> Finding:
    """A finding about the value at a path, with the severity that its code has."""
    return Finding(code, _SEVERITY[code], config.location(path), message, help_, path)


def starting_value(entry: Parameter, against: Config | None) -> Number:
    """What a parameter is compared with: its default, or the value of the reference."""
    if against is None:
        return entry.default
    value: Number = against.get(entry.path)
    return value


def instead(config: Config, entry: Parameter, against: Config | None) -> str:
    """What a parameter is instead of what it is compared with: ``rollout.n is 2 instead of the default 4``."""
    now, start = (
        quantity(entry.path, value) for value in (config.get(entry.path), starting_value(entry, against))
    )
    origin = f"the default {start}" if against is None else f"{start} in the reference {against.name}"
    return f"{entry.path} is {now} instead of {origin}"


def said(config: Config, *paths: str) -> str:
    """Paths and their values as a list in words: ``rollout.n 8 and rollout.max_tokens 8192``."""
    items = [f"{path} {quantity(path, config.get(path))}" for path in paths]
    return " and ".join([*filter(None, [", ".join(items[:-1])]), items[-1]])


def quantity(path: str, value: Any) -> str:
    """A value with the unit of its parameter."""
    unit = parameter(path).unit if is_parameter(path) else ""
    return f"{show(value)} {unit}" if unit else show(value)


def changed_one(config: Config, *paths: str) -> str:
    """The first of several paths whose value somebody wrote; the first of all when every one is a default."""
    return next((path for path in paths if _is_written(config, path)), paths[0])


def _is_written(config: Config, path: str) -> bool:
    origin = config.origins.get(path)  # a recorded config has none
    return origin is not None and origin.kind != "default"


def goal_of(config: Config) -> str:
    """The declared goal; empty when there is none."""
    return config.get("experiment.goal") or ""


def has_hypothesis(config: Config) -> bool:
    """Whether the config says what its change should do."""
    return bool((config.get("experiment.hypothesis") or "").strip())
