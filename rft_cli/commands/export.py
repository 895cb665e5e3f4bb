"""`rft export`: a run or a run config in a form that others can use."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rft_cli.commands.options import require_room
from rft_cli.commands.plan import Overrides
from rft_cli.diagnostics import Severity
from rft_cli.errors import ExitCode, UsageError
from rft_cli.render.terminal import Terminal, terminal
from rft_cli.runs.exported import export_record
from rft_cli.runs.lookup import find_run
from rft_cli.spec.run_yaml import comment
from rft_cli.worker import write_atomic
from rft_cli.workflow.project import Project, open_project

if TYPE_CHECKING:
    from rft_cli.diagnostics import Finding
    from rft_cli.workflow.exporting import Source


class Form(StrEnum):
    """What can be exported to."""

    RECORD = "record"
    REST = "rest"
    FIRECTL = "firectl"
    EP = "ep"
    TRL = "trl"


def command(
    target: Annotated[
        str,
        typer.Argument(metavar="RUN|CONFIG", help="A run id, a name for its latest run, or a run config."),
    ],
    *,
    form: Annotated[
        Form,
        typer.Option(
            "--to",
            help="record: one JSON file to commit, a reference that needs no ledger (of a run). rest: the body of the request "
            "to the managed service. firectl, ep: a command of that client. trl: a file for trl grpo --config.",
        ),
    ],
    overrides: Overrides = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Where to write it; default: standard output."),
    ] = None,
) -> int:
    """Write a run down for others, or translate a config into another tool's form. Nothing is sent, and no key is needed.

    A record can be named as experiment.reference, and by diff. What the other tool has no word for is said on standard error,
    or as a comment of the file where it has comments.
    """
    project, out = open_project(), terminal()
    if output is not None:
        require_room(output)
    if form is Form.RECORD:
        return _record(project, target, output, out)
    from rft_cli.workflow.exporting import source_of

    source = source_of(project, target, tuple(overrides or ()))
    if source.config is None:
        return _refused(source.findings, source, out)
    text, findings, notes = _translated(source, form, output)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return _refused(findings, source, out)
    for note in notes:
        out.talk(f"note: {note}")
    if output is None:
        out.answer(text)
    else:
        # What a command leaves out has to travel with it; JSON has no comments.
        remarks = comment(notes) if form in {Form.FIRECTL, Form.EP} else ""
        write_atomic(output, f"{remarks}{text}")
        out.talk(f"Wrote {output}.")
    return ExitCode.DONE


def _translated(
    source: Source, form: Form, output: Path | None
) -> tuple[str, tuple[Finding, ...], tuple[str, ...]]:
    """The text, what stands against it, and what it leaves out."""
    assert source.config is not None
    if form is Form.TRL:
        from rft_cli.render.trl_yaml import trl_yaml

        return trl_yaml(source.config), source.findings, ()
    from rft_cli.workflow.exporting import EP, FIRECTL, command_line, curl_line, service_request

    request = service_request(source)
    if form is Form.REST:
        text = f"{json.dumps(request.body, indent=2, ensure_ascii=False)}\n"
        sent = f"send it: {curl_line(source.config.name, str(output or 'FILE'))}"
        return text, request.findings, (*request.notes, sent)
    line = command_line(request.body, source.config.name, EP if form is Form.EP else FIRECTL)
    return line.text, request.findings, (*request.notes, *line.notes)


def _refused(findings: tuple[Finding, ...], source: Source, out: Terminal) -> int:
    from rft_cli.render.findings_text import full_text

    out.talk(full_text(findings, source.texts, color=out.talk_color, width=out.width, wrap=out.talk_wrap))
    return ExitCode.FINDINGS


def _record(project: Project, target: str, output: Path | None, out: Terminal) -> int:
    if Path(target).is_file():
        raise UsageError(f"{target} is a file, and a record is made of a run", hint="name a run: rft runs")
    with project.ledger() as ledger:
        found = find_run(ledger, target)
        text = export_record(found, ledger.points(found.id), project.root)
    if output is None:
        out.answer(text)
        return ExitCode.DONE
    write_atomic(output, text)
    out.talk(f"Wrote {output}. Name it as a reference: experiment.reference: {output.as_posix()}")
    if found.state.live:
        out.talk(f"note: {found.id} is {found.state}; export it again when it is over")
    return ExitCode.DONE
