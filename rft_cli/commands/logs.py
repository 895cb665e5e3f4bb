"""`rft logs`: what a run's worker printed."""

from __future__ import annotations

from typing import Annotated

import typer

from rft_cli.commands.options import AsJsonLines, FollowTimeout, RunName
from rft_cli.errors import ExitCode
from rft_cli.render.log_views import log_view_for
from rft_cli.render.run_views import watch
from rft_cli.render.terminal import terminal
from rft_cli.workflow.printed import printed
from rft_cli.workflow.project import open_project
from rft_cli.workflow.spans import seconds_of


def command(
    run: RunName,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the run is over; exit codes as of rft watch.")
    ] = False,
    lines: Annotated[
        int | None, typer.Option("-n", "--lines", metavar="N", min=0, help="Only the last N lines.")
    ] = None,
    timeout: FollowTimeout = None,
    as_json: AsJsonLines = False,
) -> int:
    """Show what the worker of a run printed, the evaluator's prints among it."""
    project = open_project()
    seconds = seconds_of(timeout, "--timeout") if timeout else None
    parts = printed(project, run, follow=follow, lines=lines, timeout=seconds)
    return ExitCode(watch(parts, log_view_for(terminal(), as_json=as_json)))
