"""Which topic a word of `rft explain` means, what could have been meant, and the list of everything there is. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rft_cli.config.suggest import suggest_path
from rft_cli.errors import ExitCode
from rft_cli.render.topic import (
    Topic,
    code_topic,
    exit_topic,
    goal_topic,
    key_topic,
    parameter_topic,
    state_topic,
    statement_topic,
    symptom_topic,
)
from rft_cli.spec.codes import CODES, find_code
from rft_cli.spec.coverage import STATEMENT_IDS, STATEMENTS, statement
from rft_cli.spec.document import field_at, leaf_paths
from rft_cli.spec.goals import GOAL_NAMES, GOALS, goal
from rft_cli.spec.parameters import PARAMETERS
from rft_cli.spec.symptoms import SYMPTOM_IDS, SYMPTOMS, symptom_kind
from rft_cli.worker import State

MOST_SUGGESTIONS = 3


class Group(NamedTuple):
    """Topics of one kind, for the list."""

    title: str
    rows: tuple[tuple[str, str], ...]
    """Name and summary."""
    word: str
    """What one of its topics is called."""


def find_topic(words: str) -> Topic | None:
    """The topic that some words mean, in any case; None when there is none."""
    text = " ".join(words.split())
    return next((topic for look in _LOOK_UPS if (topic := look(text)) is not None), None)


def close_topics(words: str) -> tuple[str, ...]:
    """What some words may mean: a key by another tool's name or misspelt, or names that are spelt alike, best first."""
    import difflib

    if key := suggest_path(words):
        return (key.path,)
    known = {name.lower(): name for name in _names()}
    inside = [name for name in known if len(words) >= 3 and words.lower() in name]
    close = difflib.get_close_matches(words.lower(), known, MOST_SUGGESTIONS, cutoff=0.6)
    return tuple(known[name] for name in list(dict.fromkeys((*close, *inside)))[:MOST_SUGGESTIONS])


def topic_groups() -> tuple[Group, ...]:
    """Everything that can be explained; codes have a list of their own in `rft rules`."""
    return (
        Group("Parameters", tuple((entry.path, entry.summary) for entry in PARAMETERS), "parameter"),
        Group("Goals", tuple((entry.name, entry.summary) for entry in GOALS), "goal"),
        Group(
            "Codes",
            (("RFT301", f"and {len(CODES) - 1} more, by code or name: `rft rules` lists them"),),
            "code",
        ),
        Group("Symptoms", tuple((entry.id, entry.summary) for entry in SYMPTOMS), "symptom"),
        Group("States of a run", tuple((state.value, state.meaning) for state in State), "state"),
        Group("Exit codes", tuple((f"exit {code.value}", code.meaning) for code in ExitCode), "exit"),
        Group(
            "The guide",
            ((STATEMENTS[0].id, f"and {len(STATEMENTS) - 1} more statements, which the other topics quote"),),
            "statement",
        ),
        Group("Keys", (("experiment.goal", "and every other key of a run config, by its path"),), "key"),
    )


def find_group(words: str) -> Group | None:
    """The topics of one kind, by its word, its plural or its title; None when there is no such kind."""
    text = " ".join(words.lower().split())
    for group in topic_groups():
        title = group.title.lower()
        if text in {group.word, f"{group.word}s", title, title.removesuffix("s")}:
            return group
    return None


def _parameter(text: str) -> Topic | None:
    for entry in PARAMETERS:
        if text.lower() in {
            entry.path,
            entry.key,
            entry.title.lower(),
            entry.title.lower().replace(" ", "-"),
        }:
            return parameter_topic(entry)
    return None


def _foreign_parameter(text: str) -> Topic | None:
    return next((parameter_topic(entry) for entry in PARAMETERS if text in entry.other_names), None)


def _code(text: str) -> Topic | None:
    entry = find_code(text) or (find_code(f"RFT{text}") if len(text) == 3 and text.isdigit() else None)
    return code_topic(entry) if entry else None


def _goal(text: str) -> Topic | None:
    name = text.lower().replace(" ", "-")
    return goal_topic(goal(name)) if name in GOAL_NAMES else None


def _symptom(text: str) -> Topic | None:
    name = text.lower().replace(" ", "_").replace("-", "_")
    return symptom_topic(symptom_kind(name)) if name in SYMPTOM_IDS else None


def _state(text: str) -> Topic | None:
    name = text.lower().replace(" ", "_").replace("-", "_")
    return state_topic(State(name)) if name in set(State) else None


def _exit(text: str) -> Topic | None:
    number = text.lower().removeprefix("exit").removeprefix(" code").strip(" -")
    known = {str(code.value): code for code in ExitCode}
    return exit_topic(known[number]) if number in known else None


def _statement(text: str) -> Topic | None:
    return statement_topic(statement(text.upper())) if text.upper() in STATEMENT_IDS else None


def _key(text: str) -> Topic | None:
    field = field_at(text) if text else None
    return key_topic(field, text) if field is not None and field.parameter is None else None


_LOOK_UPS: tuple[Callable[[str], Topic | None], ...] = (
    _parameter,
    _code,
    _goal,
    _symptom,
    _state,
    _exit,
    _statement,
    _key,
    _foreign_parameter,
)
"""The first that knows the words has them."""


def _names() -> tuple[str, ...]:
    return (
        *(name for entry in PARAMETERS for name in (entry.path, entry.key)),
        *(name for entry in CODES for name in (entry.code, entry.name)),
        *GOAL_NAMES,
        *SYMPTOM_IDS,
        *State,
        *(f"exit {code.value}" for code in ExitCode),
        *STATEMENT_IDS,
        *leaf_paths(),
    )
