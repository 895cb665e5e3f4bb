"""`rft watch`: follow a run that was launched before."""

from __future__ import annotations

from typing import Annotated

import typer

from rft_cli.commands.options import AsJsonLines, RunName, StopOn
from rft_cli.render.run_views import view_for, watch
from rft_cli.render.terminal import terminal
from rft_cli.workflow import control
from rft_cli.workflow.lookout import alarms_named
from rft_cli.workflow.project import open_project
from rft_cli.workflow.spans import seconds_of


def command(
    run: RunName,
    *,
    timeout: Annotated[
        str | None,
        typer.Option(
            metavar="SPAN", help="Wait no longer than 90s, 30m, 2h, …: exit code 7, and the run goes on."
        ),
    ] = None,
    stop_on: StopOn = None,
    as_json: AsJsonLines = False,
) -> int:
    """Follow a run from its first step to its end, with the live curve that launch shows. Ctrl-C lets go of it.

    Ends as launch does, with what the run shows and the command for the next step: 0 when the run completed, 5 when it failed,
    was cancelled or stopped early.
    """
    alarms = alarms_named(stop_on)
    project = open_project()
    seconds = seconds_of(timeout, "--timeout") if timeout else None
    view = view_for(terminal(), project.shown_folder, as_json=as_json)
    return watch(control.watch(project, run, timeout=seconds, stop_on=alarms), view)
