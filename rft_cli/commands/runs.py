"""`rft runs`: list the runs of this project."""

from __future__ import annotations

from typing import Annotated

import typer

from rft_cli.errors import ExitCode
from rft_cli.render.run_json import runs_json
from rft_cli.render.run_text import runs_text
from rft_cli.render.terminal import terminal
from rft_cli.workflow.project import open_project


def command(
    *, as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False
) -> int:
    """List the runs of this project, the newest last: state, steps, training reward and held-out evaluation."""
    project, out = open_project(), terminal()
    with project.ledger() as ledger:
        summaries = ledger.summaries()
    if as_json:
        out.answer(runs_json(summaries))
    elif summaries:
        out.answer(runs_text(summaries, color=out.color))
    else:
        out.talk(f"No runs in {project.root} yet.\n  help: start one with: rft launch CONFIG")
    return ExitCode.DONE
