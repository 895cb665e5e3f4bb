"""`rft sync`: bring the ledger up to date with the runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from rft_cli.commands.options import AsJson
from rft_cli.errors import ExitCode, RftError, UsageError
from rft_cli.render.control_text import (
    looks_json,
    looks_text,
    problem_text,
    rebuilt_json,
    rebuilt_text,
)
from rft_cli.render.terminal import Terminal, terminal
from rft_cli.workflow import control
from rft_cli.workflow.project import Project, open_project
from rft_cli.workflow.rebuild import rebuild as rebuild_ledger


def command(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="[RUN]", help="A run id, or a name for its latest run; its whole history is read again."
        ),
    ] = None,
    *,
    rebuild: Annotated[
        bool,
        typer.Option(
            "--rebuild",
            help="Put a damaged ledger aside, and take in every run folder that the ledger does not know.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Bring the ledger up to date with what the runs themselves have written, and say what changed.

    Every command that reads runs does this by itself; a worker that vanished becomes a failed run.
    """
    project, out = open_project(), terminal()
    if rebuild:
        if run is not None:
            raise UsageError("--rebuild is for the whole ledger", hint="leave RUN out")
        return _rebuild(project, out, as_json=as_json)
    looks = control.sync(project, run, out.talk)
    out.answer(looks_json(looks) if as_json else looks_text(looks))
    return _told(out, [look.problem for look in looks if look.problem])


def _rebuild(project: Project, out: Terminal, *, as_json: bool) -> int:
    rebuilt = rebuild_ledger(project)
    out.answer(rebuilt_json(rebuilt) if as_json else rebuilt_text(rebuilt, wrap=out.wrap))
    if rebuilt.aside:
        out.talk(
            f"The damaged ledger is {rebuilt.aside}. Remarks, references that were moved and runs whose folder is gone stood "
            "in it alone."
        )
    for folder, why in rebuilt.left:
        out.talk(f"{folder} was left: {why}")
    return _told(out, rebuilt.problems)


def _told(out: Terminal, problems: Sequence[RftError]) -> int:
    """Say once why runs could not be asked; returns the exit code."""
    for words in dict.fromkeys(problem_text(problem, wrap=out.talk_wrap) for problem in problems):
        out.talk(words)
    return max((problem.exit_code for problem in problems), default=ExitCode.DONE)
