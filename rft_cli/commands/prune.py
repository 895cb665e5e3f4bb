"""`rft prune`: remove the folders of runs that are no longer needed."""

from __future__ import annotations

from typing import Annotated

import typer

from rft_cli.commands.options import AsJson
from rft_cli.errors import ExitCode
from rft_cli.render.control_text import folders_json, folders_text
from rft_cli.render.terminal import terminal
from rft_cli.worker import State
from rft_cli.workflow.project import open_project
from rft_cli.workflow.prune import Criteria, prunable, prune


def command(
    *,
    older_than: Annotated[
        str | None,
        typer.Option("--older-than", metavar="SPAN", help="Runs without a sign of life for 30d, 12h, …."),
    ] = None,
    keep: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="All but the newest N runs of each name.")
    ] = None,
    states: Annotated[
        list[State] | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help="Runs that ended so, as in failed or cancelled; repeatable.",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove them; without it they are only listed.")] = False,
    as_json: AsJson = False,
) -> int:
    """Remove the folders - rollouts, checkpoints, adapter, log - of runs that fit all that is given.

    The ledger keeps what it knows of them. A live run, a baseline and a reference always keep their folders.
    """
    project, out = open_project(), terminal()
    with project.ledger() as ledger:
        chosen = prunable(ledger, Criteria(older_than, keep, tuple(states or ())))
        removed = tuple(prune(ledger, chosen)) if yes else ()
    shown = removed if yes else chosen
    if as_json:
        out.answer(folders_json(shown, removed=yes))
    elif shown:
        out.answer(folders_text(shown, removed=yes))
        if not yes:
            out.talk("Nothing was removed. Add --yes to remove them.")
    else:
        out.talk("No run folder fits.")
    return ExitCode.DONE
