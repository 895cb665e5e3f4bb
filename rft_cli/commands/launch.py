"""`rft launch`: check, record, submit, follow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rft_cli.render.run_live import view_for, watch
from rft_cli.render.terminal import terminal
from rft_cli.workflow.launch import Request, launch
from rft_cli.workflow.project import open_project


def command(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="The run config.")],
    *,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PATH=VALUE",
            help="Override a value, as in training.learning_rate=2e-4; repeatable.",
        ),
    ] = None,
    new_attempt: Annotated[
        bool, typer.Option("--new-attempt", help="Train again although these settings have run.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Train although the evaluator cannot tell answers apart.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line on standard output.")
    ] = False,
) -> int:
    """Train: check the config and its files, record the run, submit it, and follow it to its end.

    Ctrl-C lets go of the run, which goes on by itself. Settings that have run already are shown and not trained again.
    """
    project = open_project()
    view = view_for(
        terminal(), lambda run: project.place.shown(project.place.run_folder(run)), as_json=as_json
    )
    request = Request(config, tuple(overrides or ()), new_attempt=new_attempt, force=force)
    return watch(launch(project, request), view)
