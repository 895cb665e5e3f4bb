"""`rft resume`: let a run go on from its newest checkpoint."""

from __future__ import annotations

from typing import Annotated

import typer

from rft_cli.commands.options import AsJsonLines, FollowTimeout, RunName
from rft_cli.render.run_views import view_for, watch
from rft_cli.render.terminal import terminal
from rft_cli.workflow import control
from rft_cli.workflow.project import open_project
from rft_cli.workflow.spans import seconds_of


def command(
    run: RunName,
    *,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Print the run id and leave the run to itself.")
    ] = False,
    timeout: FollowTimeout = None,
    as_json: AsJsonLines = False,
) -> int:
    """Let a run that failed, vanished, was cancelled or stopped early go on from its newest checkpoint, and follow it.

    It stays the same run. Without a checkpoint it starts from step 0. A run whose data or evaluator have changed is refused.
    """
    project = open_project()
    seconds = seconds_of(timeout, "--timeout") if timeout else None
    view = view_for(terminal(), project.shown_folder, as_json=as_json)
    return watch(control.resume(project, run, detach=detach, timeout=seconds), view)
