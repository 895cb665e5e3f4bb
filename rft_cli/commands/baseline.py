"""`rft baseline`: what the runs of a scope are compared with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rft_cli.commands.options import AsJson
from rft_cli.errors import ExitCode, UsageError
from rft_cli.render.baseline_views import move_json, move_text, standings_json, standings_text
from rft_cli.render.control_text import no_runs_text
from rft_cli.render.terminal import terminal
from rft_cli.runs.folders import kept_rows
from rft_cli.workflow.baseline import move_reference, standings
from rft_cli.workflow.project import open_project


def command(
    run: Annotated[
        str | None,
        typer.Argument(metavar="[RUN]", help="The run that later ones are compared with from now on."),
    ] = None,
    *,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Only the scope of this run config.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Show each scope's baseline and reference, or move the reference of a run's scope to that run.

    A scope is what makes runs comparable: engine, model, data, evaluator and evaluation. Its baseline is the run at the defaults
    and stays; its reference is what the next run is one change away from, and is moved when a change has proved itself.
    """
    if run is not None and config is not None:
        raise UsageError(
            "RUN and --config exclude each other", hint="RUN moves a reference, --config shows one"
        )
    project, out = open_project(), terminal()
    if run is not None:
        move = move_reference(project, run)
        out.answer(move_json(move) if as_json else move_text(move))
        return ExitCode.DONE
    found = standings(project, config)
    if as_json:
        out.answer(standings_json(found))
    elif found:
        out.answer(standings_text(found, color=out.color, wrap=out.wrap))
    else:
        out.talk(no_runs_text(project.root, has_folders=bool(kept_rows(project.place)[0])))
    return ExitCode.DONE
