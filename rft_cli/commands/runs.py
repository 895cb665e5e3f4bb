"""`rft runs`: list the runs of this project."""

from __future__ import annotations

from typing import Annotated

import typer

from rft_cli.commands.options import AsJson
from rft_cli.errors import ExitCode
from rft_cli.render.run_json import runs_json
from rft_cli.render.runs_table import runs_text, tree_text
from rft_cli.render.terminal import terminal
from rft_cli.worker import State
from rft_cli.workflow.project import open_project
from rft_cli.workflow.selection import Selection, select


def command(
    *,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only runs of this name; * and ? stand for others.")
    ] = None,
    states: Annotated[
        list[State] | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help="Only runs in this state, as in running or failed; repeatable.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="SPAN|DATE", help="Only runs launched in the last 12h, 7d, …, or since 2025-01-31."
        ),
    ] = None,
    scope: Annotated[
        str | None, typer.Option(metavar="RUN", help="Only runs that may be compared with this one.")
    ] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Only the newest N.")] = None,
    tree: Annotated[
        bool, typer.Option("--tree", help="Each run below the one that it was launched against.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """List the runs of this project, the newest last: state, steps, training reward, held-out evaluation, what was changed."""
    project, out = open_project(), terminal()
    with project.ledger() as ledger:
        summaries = ledger.summaries()
        chosen = select(ledger, summaries, Selection(name, tuple(states or ()), since, scope, limit))
        references = ledger.references()
    if as_json:
        out.answer(runs_json(chosen, references))
    elif chosen:
        text = tree_text if tree else runs_text
        out.answer(text(chosen, references, color=out.color, wrap=out.wrap))
    elif summaries:
        out.talk(f"None of {len(summaries)} runs fits.")
    else:
        out.talk(f"No runs in {project.root} yet.\n  help: start one with: rft launch CONFIG")
    return ExitCode.DONE
