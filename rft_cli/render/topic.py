"""What `rft explain` shows: one topic as titled parts, made from the tables of the spec. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from rft_cli.advice.playbook import PLAYBOOK, Row
from rft_cli.errors import ExitCode
from rft_cli.spec.code import Code
from rft_cli.spec.codes import CODES
from rft_cli.spec.coverage import Statement, citations, statement
from rft_cli.spec.document import Field
from rft_cli.spec.goals import GOALS, Goal
from rft_cli.spec.guide_text import usual_words
from rft_cli.spec.parameter import Move, Parameter, show
from rft_cli.spec.parameters import parameter
from rft_cli.spec.symptoms import SymptomKind
from rft_cli.worker import State

Kind = Literal["parameter", "key", "code", "goal", "symptom", "state", "exit code", "guide statement"]


class Part(NamedTuple):
    """A titled piece of a topic."""

    title: str
    rows: tuple[tuple[str, str], ...] = ()
    """Label and text of each row; an empty label makes a plain paragraph."""
    yaml: str = ""


class Topic(NamedTuple):
    """Something that can be explained."""

    kind: Kind
    name: str
    """What one writes to ask for it."""
    title: str
    summary: str
    parts: tuple[Part, ...]
    data: dict[str, Any]
    """The row of the table behind it, for machines."""


def parameter_topic(entry: Parameter) -> Topic:
    """One of the ten parameters."""
    unit = f" {entry.unit}" if entry.unit else ""
    facts = (
        ("default", f"{show(entry.default)}{unit}"),
        ("valid", entry.limits()),
        ("usual", usual_words(entry)),
        ("otherwise", entry.why_limits),
    )
    others = ", ".join(entry.other_names)
    return Topic(
        "parameter",
        entry.path,
        entry.title,
        entry.summary,
        (
            Part("Values", facts),
            Part("What it does", tuple((effect.when, effect.what) for effect in entry.effects)),
            Part("Raise when", _moves(entry.raise_when)),
            Part("Lower when", _moves(entry.lower_when)),
            Part("Keep when", (("", entry.keep_when),)),
            Part("Together with", tuple(("", interaction) for interaction in entry.interactions)),
            Part("Goals that move it", _goals_moving(entry)),
            Part("Codes about it", _codes_about(entry.path)),
            Part("In other tools", (("", others),) if others else ()),
            _guide(entry.sources),
        ),
        plain(entry),
    )


def key_topic(field: Field, path: str) -> Topic:
    """A key of the run config that is no parameter."""
    facts = (
        ("default", show(field.default) if field.default is not None else ""),
        ("required", "yes, once all layers are resolved" if field.required else ""),
        ("one of", ", ".join(map(str, field.choices))),
        ("path", "relative to the file that writes it" if field.is_path else ""),
        ("extends", "" if field.inherited else "not inherited"),
    )
    forms = (field, *field.alternatives)
    children = tuple((child.name, child.summary) for form in forms for child in form.fields)
    data = {"path": path, "kind": field.kind, "required": field.required, "default": field.default}
    return Topic(
        "key",
        path,
        "key of the run config",
        field.summary,
        (
            Part("Values", tuple(row for row in facts if row[1])),
            Part("Keys in it", children),
            Part("Codes about it", _codes_about(path)),
        ),
        {**data, "choices": list(field.choices), "keys": [name for name, _ in children]},
    )


def code_topic(entry: Code) -> Topic:
    """A kind of finding."""
    return Topic(
        "code",
        entry.code,
        f"{entry.name} ({entry.severity})",
        entry.summary,
        (
            Part("Why it matters", (("", entry.why),)),
            Part("When it is fine", (("", entry.fine_when),)),
            Part("Bad", yaml=entry.bad),
            Part("Good", yaml=entry.good),
            Part("About", tuple(("", path) for path in entry.parameters)),
            _guide(entry.sources),
        ),
        plain(entry),
    )


def goal_topic(goal: Goal) -> Topic:
    """One of the seven patterns, as the changes that a run at the defaults would see."""
    present = {step.path: parameter(step.path).default for step in goal.steps}
    rows = []
    for step in goal.steps:
        value = step.next_value(present[step.path])
        if value is None:
            rows.append((step.path, f"{show(present[step.path])} already: {step.why}"))
        else:
            rows.append((step.path, f"{show(present[step.path])} → {show(value)}: {step.why}"))
            present[step.path] = value
    return Topic(
        "goal",
        goal.name,
        goal.title,
        goal.summary,
        (
            Part("Steps from the defaults, one run each", tuple(rows)),
            Part("Watch", (("", goal.watch),)),
            Part("In a config", yaml=f"experiment:\n  goal: {goal.name}\n"),
            _guide((goal.source,)),
        ),
        plain(goal),
    )


def symptom_topic(entry: SymptomKind) -> Topic:
    """Something that a run can show, and what the playbook makes of it."""
    rows = tuple(row for row in PLAYBOOK if entry.id in row.symptoms)
    return Topic(
        "symptom",
        entry.id,
        "symptom of a run",
        entry.summary,
        (
            Part("What it means", (("", entry.meaning),)),
            Part("Read from", tuple(("", name) for name in entry.reads)),
            Part("What follows", tuple(("", f"{row.why} Answer: {_answer(row)}.") for row in rows)),
            _guide(tuple(dict.fromkeys(source for row in rows for source in row.sources))),
        ),
        plain(entry),
    )


def _answer(row: Row) -> str:
    """The changes that a row of the playbook tries, in its order, or its verdict."""
    if row.moves:
        return ", else ".join(f"{move.path} {move.direction}" for move in row.moves)
    return "the next step of the goal" if row.takes_goal else row.verdict


def state_topic(state: State) -> Topic:
    """A state of a run."""
    live = "The run may still change by itself." if state.live else "The run is over."
    return Topic(
        "state",
        state.value,
        "state of a run",
        state.meaning,
        (Part("", (("", live),)),),
        {"state": state.value, "meaning": state.meaning, "live": state.live},
    )


_NEXT = {
    ExitCode.DONE: "go on",
    ExitCode.FINDINGS: "show the findings; a person mends the file",
    ExitCode.USAGE: "mend the call: `--help` after the command has every option",
    ExitCode.SETUP: "mend the machine: `rft doctor` says what is missing",
    ExitCode.BACKEND: "look whether the run exists, with `rft runs`, before trying again",
    ExitCode.RUN_FAILED: "read why, with `rft show RUN`",
    ExitCode.GUARD: "do what the message names, or say in the config why not",
    ExitCode.TIMEOUT: "look later, with `rft show RUN`",
    ExitCode.BUG: "attach the report to an issue",
    ExitCode.INTERRUPTED: "find the run again with `rft runs`",
}


def exit_topic(code: ExitCode) -> Topic:
    """An exit code."""
    return Topic(
        "exit code",
        f"exit {code.value}",
        code.name.lower().replace("_", " "),
        code.meaning,
        (Part("What a script does next", (("", _NEXT[code]),)),),
        {"exit_code": code.value, "meaning": code.meaning},
    )


def statement_topic(entry: Statement) -> Topic:
    """A statement of the tuning guide."""
    waits = f"open: comes with {entry.opens_with}" if entry.is_open else f"acts since {entry.since}"
    cited = citations().get(entry.id, ())
    return Topic(
        "guide statement",
        entry.id,
        "statement of the tuning guide",
        entry.statement,
        (
            Part("Acts as", (("", f"{', '.join(entry.where)} ({waits})"),)),
            Part("Found in", tuple((citation.kind, citation.name) for citation in cited)),
        ),
        plain(entry),
    )


def plain(value: Any) -> Any:
    """A row of a table as what JSON knows: objects for named tuples, lists for the others."""
    if hasattr(value, "_asdict"):
        return {name: plain(item) for name, item in value._asdict().items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def _moves(moves: Sequence[Move]) -> tuple[tuple[str, str], ...]:
    return tuple(("", f"{move.reason} ({move.source})" if move.source else move.reason) for move in moves)


def _goals_moving(entry: Parameter) -> tuple[tuple[str, str], ...]:
    directions = {
        goal.name: step.direction for goal in GOALS for step in goal.steps if step.path == entry.path
    }
    return tuple((name, direction) for name, direction in directions.items())


def _codes_about(path: str) -> tuple[tuple[str, str], ...]:
    return tuple((entry.code, entry.summary) for entry in CODES if path in entry.parameters)


def _guide(sources: Sequence[str]) -> Part:
    return Part("The guide says", tuple((id_, statement(id_).statement) for id_ in sources))
