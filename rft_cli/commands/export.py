"""`rft export`: a run in a form that others can use."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rft_cli.commands.options import RunName
from rft_cli.errors import ExitCode, UsageError
from rft_cli.render.terminal import terminal
from rft_cli.runs.exported import export_record
from rft_cli.runs.lookup import find_run
from rft_cli.worker import write_atomic
from rft_cli.workflow.project import open_project


class Form(StrEnum):
    """What a run can be exported to."""

    RECORD = "record"


def command(
    run: RunName,
    *,
    form: Annotated[
        Form, typer.Option("--to", help="record: one JSON file to commit, a reference that needs no ledger.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Where to write it; default: standard output."),
    ] = None,
) -> int:
    """Write a run down for others. A record can be named as experiment.reference, and by diff."""
    del form
    project, out = open_project(), terminal()
    with project.ledger() as ledger:
        found = find_run(ledger, run)
        text = export_record(found, ledger.points(found.id), project.root)
    if output is None:
        out.answer(text)
        return ExitCode.DONE
    if not output.parent.is_dir():
        raise UsageError(f"there is no folder {output.parent}", hint=f"mkdir -p {output.parent}")
    if output.is_dir():
        raise UsageError(f"{output} is a folder", hint=f"name a file in it: -o {output / f'{found.id}.json'}")
    write_atomic(output, text)
    out.talk(f"Wrote {output}. Name it as a reference: experiment.reference: {output.as_posix()}")
    if found.state.live:
        out.talk(f"note: {found.id} is {found.state}; export it again when it is over")
    return ExitCode.DONE
