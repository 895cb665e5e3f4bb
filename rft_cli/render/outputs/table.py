"""Which command prints what with `--json`: the table that schemas and docs are made from. Not imported to print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, get_args

from rft_cli.render.outputs import (
    analysis,
    checkup,
    event,
    exchange,
    explanation,
    finding,
    plan,
    rehearsal,
    run,
)
from rft_cli.render.outputs.failure import ErrorOutput


class Output(NamedTuple):
    """One published schema."""

    name: str
    """Of the file: `schemas/output/<name>.schema.json`."""
    title: str
    shapes: tuple[Any, ...]
    """Typed dictionaries, one of which the document, or the line of a stream, is."""
    is_stream: bool = False
    """Whether there is one object a line."""


def _of(name: str, *shapes: Any) -> Output:
    return Output(name, f"Output of rft {name} --json", (*shapes, ErrorOutput))


OUTPUTS: tuple[Output, ...] = (
    _of("lint", finding.LintOutput, finding.LintFilesOutput, finding.LintSettingsOutput),
    _of("explain", explanation.TopicOutput, explanation.TopicsOutput),
    _of("rules", explanation.RulesOutput),
    _of("plan", plan.PlanOutput, plan.RefusedPlanOutput),
    _of("rehearse", rehearsal.RehearsalOutput),
    Output(
        "event",
        "A line of rft launch, watch, resume and logs --json",
        (*get_args(event.EventObject), ErrorOutput),
        is_stream=True,
    ),
    _of("runs", run.RemoteOutput, run.RunsOutput),
    _of("show", run.ShowOutput),
    _of("rollouts", run.RolloutsOutput),
    _of("diff", analysis.DiffOutput),
    _of("advise", analysis.AdviceOutput, analysis.AdvicesOutput),
    _of("compare", analysis.CompareOutput),
    _of("baseline", run.BaselineOutput, run.MoveOutput),
    _of("cancel", run.CancelOutput),
    _of("sync", run.SyncOutput, run.RebuildOutput),
    _of("note", run.NoteOutput),
    Output("record", "The file of rft export --to record", (exchange.RecordFile,)),
    _of("init", exchange.InitOutput),
    _of("import", exchange.ImportOutput),
    _of("prune", run.PruneOutput),
    _of("doctor", checkup.DoctorOutput),
)

STREAMS = ("launch", "watch", "resume", "logs")

_BY_NAME: Mapping[str, Output] = {output.name: output for output in OUTPUTS}


def output_of(command: str) -> Output | None:
    """What a command prints with `--json`; None where it has no such option."""
    return _BY_NAME.get("event" if command in STREAMS else command)
