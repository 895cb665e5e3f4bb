"""A plan as text. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rft_cli.guards import Verdict
from rft_cli.render.ansi import paint, printable
from rft_cli.render.diff_words import other_words, value_words
from rft_cli.render.plan_words import change_lines, cost_lines, standing_of_plan
from rft_cli.render.run_words import columns, schedule_line
from rft_cli.render.wrap import columns_of
from rft_cli.render.wrap import wrap as wrap_text
from rft_cli.runs.frozen import DEFAULT, digest_of, values_of
from rft_cli.spec.parameter import show
from rft_cli.spec.parameters import is_parameter, parameter
from rft_cli.workflow.assess import Assessment
from rft_cli.workflow.planning import Planning

SHORT = 12
"""Digits of a digest that tell two apart by eye. Chosen."""

TUNED = "*"
"""Marks a value that is not its default."""


def plan_text(planning: Planning, assessment: Assessment, *, command: str, color: bool, wrap: int) -> str:
    """Every part of a plan under its head, the payload last.

    Args:
        planning: what is shown.
        assessment: of its plan.
        command: what launches it.
        color: whether to use ANSI colours.
        wrap: columns at which sentences are broken; 0: never.
    """
    plan = assessment.plan
    config = planning.config
    assert config is not None
    schedule = plan.schedule
    head = [
        ("config", config.path),
        ("backend", f"{config.get('backend')}, model {config.get('model')}"),
        ("scope", f"{plan.scope[:SHORT]}, fingerprint {plan.fingerprint[:SHORT]}"),
        ("", standing_of_plan(assessment)),
    ]
    steps = [
        ("", schedule_line(schedule, config.get("rollout.n"), config.get("training.epochs"))),
        *((f"{path}", f"{show(value)} in effect") for path, value in schedule["effective"].items()),
        *(("note", note) for note in schedule["notes"]),
    ]
    against = assessment.situation.reference
    parts = [
        (printable(config.name), columns([pair for pair in head if pair[1]], wrap=wrap)),
        (f"values  ({TUNED} not the default)", "".join(_values(planning, wrap))),
        ("schedule", columns(steps, wrap=wrap)),
        (f"against {against}" if against else "changes", wrap_text("".join(_changes(assessment)), wrap)),
        ("cost", wrap_text("".join(f"  {line}\n" for line in cost_lines(assessment.estimate)), wrap)),
        ("guards", columns(list(_guards(assessment.verdicts)), wrap=wrap)),
        (f"payload  sha256 {digest_of(plan.payload)[:SHORT]}", _payload(assessment)),
        ("next", f"  {_next(assessment, command)}\n"),
    ]
    return "\n".join(f"{paint(title, 'bold', color=color)}\n{body}" for title, body in parts)


def _values(planning: Planning, wrap: int) -> Iterator[str]:
    """A line a value; on a terminal too narrow for it the origin and the default go below."""
    assert planning.config is not None
    values = values_of(planning.config)
    section = ""
    width = max(len(path.rpartition(".")[2]) for path in values)
    for path, entry in values.items():
        above, _, name = path.rpartition(".")
        if above and above != section:
            yield f"  {above}\n"
        section = above
        value = value_words(path, entry["value"])
        mark = TUNED if _is_tuned(path, entry["value"]) else " "
        told = "" if entry["origin"] == DEFAULT else entry["origin"]
        default = f"default {show(parameter(path).default)}" if mark == TUNED else ""
        notes = "  ".join(note for note in (told or DEFAULT, default) if note)
        line = printable(f"{'    ' if above else '  '}{name:<{width}} {mark} {value:<24}")
        if wrap and columns_of(line) + 2 + columns_of(notes) > wrap:
            # That a value is the default says the missing mark.
            notes = "" if notes == DEFAULT else notes
            below = f"\n{'':<8}{printable(notes)}" if notes else ""
            yield wrap_text(f"{line.rstrip()}{below}", wrap) + "\n"
        else:
            yield f"{line}  {printable(notes)}\n"


def _is_tuned(path: str, value: float) -> bool:
    if not is_parameter(path):
        return False
    entry = parameter(path)
    return entry.order(value) != entry.order(entry.default)


def _changes(assessment: Assessment) -> Iterator[str]:
    difference = assessment.difference
    if difference is None:
        yield "  nothing to compare with\n"
        return
    if not difference.changes:
        yield "  no change\n"
    for line in change_lines(difference):
        yield f"  {printable(line)}\n"
    for entry in difference.other:
        path, old, new = other_words(entry)
        yield printable(f"  not counted: {path} {old} → {new}") + "\n"


def _guards(verdicts: tuple[Verdict, ...]) -> Iterator[tuple[str, str]]:
    for verdict in verdicts:
        answer = "ok" if verdict.allowed else "refuses"
        yield f"{answer:<7} {verdict.guard}", printable(verdict.message)
        if verdict.help and not verdict.allowed:
            yield "", f"help: {printable(verdict.help)}"


def _payload(assessment: Assessment) -> str:
    text = json.dumps(assessment.plan.payload, indent=2, ensure_ascii=False)
    return "".join(f"  {line}\n" for line in text.split("\n"))


def _next(assessment: Assessment, command: str) -> str:
    refused = [verdict for verdict in assessment.verdicts if not verdict.allowed]
    if refused and assessment.known is None:
        return f"launch would refuse: {', '.join(verdict.guard for verdict in refused)}"
    return command
