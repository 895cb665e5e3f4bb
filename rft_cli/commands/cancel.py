"""`rft cancel`: end runs."""

from __future__ import annotations

from typing import Annotated

import typer

from rft_cli.commands.options import AsJson
from rft_cli.errors import ExitCode
from rft_cli.render.control_text import cancellation_text, cancellations_json
from rft_cli.render.terminal import terminal
from rft_cli.workflow import control
from rft_cli.workflow.project import open_project


def command(
    runs: Annotated[
        list[str], typer.Argument(metavar="RUN...", help="Run ids, or names for their latest runs.")
    ],
    *,
    as_json: AsJson = False,
) -> int:
    """End runs. What they have trained is saved; on local, rft resume goes on from there.

    A run that is over stays as it is, and is no error.
    """
    project, out = open_project(), terminal()
    done = []
    for cancellation in control.cancel(project, runs):
        done.append(cancellation)
        if not as_json:
            out.answer(cancellation_text(cancellation, color=out.color, wrap=out.wrap))
    if as_json:
        out.answer(cancellations_json(done))
    return ExitCode.DONE
