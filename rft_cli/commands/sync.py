"""`rft sync`: bring the ledger up to date with the runs."""

from __future__ import annotations

from typing import Annotated

import typer

from rft_cli.commands.options import AsJson
from rft_cli.errors import ExitCode
from rft_cli.render.control_text import looks_json, looks_text, problem_text
from rft_cli.render.terminal import terminal
from rft_cli.workflow import control
from rft_cli.workflow.project import open_project


def command(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="[RUN]", help="A run id, or a name for its latest run; its whole history is read again."
        ),
    ] = None,
    *,
    as_json: AsJson = False,
) -> int:
    """Bring the ledger up to date with what the runs themselves have written, and say what changed.

    Every command that reads runs does this by itself; a worker that vanished becomes a failed run.
    """
    project, out = open_project(), terminal()
    looks = control.sync(project, run)
    problems = [look.problem for look in looks if look.problem]
    out.answer(looks_json(looks) if as_json else looks_text(looks))
    for problem in problems:
        out.talk(problem_text(problem, wrap=out.talk_wrap))
    return max((problem.exit_code for problem in problems), default=ExitCode.DONE)
