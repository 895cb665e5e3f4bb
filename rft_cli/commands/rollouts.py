"""`rft rollouts`: read the answers that a run sampled."""

from __future__ import annotations

from typing import Annotated

import typer

from rft_cli.commands.options import AsJson, RunName
from rft_cli.errors import ExitCode, UsageError
from rft_cli.render.run_json import rollouts_json
from rft_cli.render.run_text import rollouts_text
from rft_cli.render.terminal import terminal
from rft_cli.runs.lookup import find_run
from rft_cli.workflow.project import open_project
from rft_cli.workflow.samples import Order, choose_rollouts


def command(
    run: RunName,
    *,
    best: Annotated[bool, typer.Option("--best", help="Highest reward first.")] = False,
    worst: Annotated[bool, typer.Option("--worst", help="Lowest reward first.")] = False,
    truncated: Annotated[
        bool, typer.Option("--truncated", help="Only answers that were cut at rollout.max_tokens.")
    ] = False,
    step: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only this step; default: all of them.")
    ] = None,
    count: Annotated[int, typer.Option("-n", "--count", metavar="N", min=1, help="How many.")] = 5,
    as_json: AsJson = False,
) -> int:
    """Read the answers that a run sampled while it trained, the newest first unless --best or --worst says otherwise."""
    if best and worst:
        raise UsageError("--best and --worst exclude each other", hint="give one of them")
    order = Order.BEST if best else Order.WORST if worst else Order.NEWEST
    project, out = open_project(), terminal()
    with project.ledger() as ledger:
        found = find_run(ledger, run)
        chosen = choose_rollouts(
            project, ledger, found, order=order, truncated=truncated, step=step, count=count
        )
    if as_json:
        out.answer(rollouts_json(found.id, chosen))
    elif chosen:
        out.answer(rollouts_text(chosen, color=out.color))
    else:
        out.talk(f"No answer of {found.id} fits.")
    return ExitCode.DONE
