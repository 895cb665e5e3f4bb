"""`rft launch`: check, record, submit, follow; with --dry-run only what would happen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from rft_cli.commands.options import AsJsonLines, StopOn
from rft_cli.commands.plan import (
    AllowMultiple,
    AsBaseline,
    Baseline,
    Force,
    MaxCost,
    Overrides,
    reason,
    show_plan,
)
from rft_cli.errors import UsageError
from rft_cli.limit import read_limit
from rft_cli.render.plan_words import cost_lines
from rft_cli.render.run_views import view_for, watch
from rft_cli.render.terminal import Terminal, terminal
from rft_cli.workflow.assess import Assessment
from rft_cli.workflow.launch import Ask, launch
from rft_cli.workflow.lookout import alarms_named
from rft_cli.workflow.project import open_project
from rft_cli.workflow.request import Request
from rft_cli.workflow.spans import seconds_of


def command(
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG", help="The run config, or a plan that was made of one.")
    ],
    *,
    overrides: Overrides = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan and start nothing; the same as rft plan.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Agree to pay for it without being asked.")
    ] = False,
    baseline: Baseline = False,
    as_baseline: AsBaseline = None,
    allow_multiple: AllowMultiple = None,
    max_cost: MaxCost = None,
    new_attempt: Annotated[
        bool, typer.Option("--new-attempt", help="Train again although these settings have run.")
    ] = False,
    force: Force = False,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Leave the run to itself once it is submitted.")
    ] = False,
    timeout: Annotated[
        str | None,
        typer.Option(
            metavar="SPAN",
            help="Wait no longer than 90s, 30m or 2h; a run that was started goes on (exit 7).",
        ),
    ] = None,
    stop_on: StopOn = None,
    as_json: AsJsonLines = False,
) -> int:
    """Train: check the config and its files, ask the guards, record the run, submit it, and follow it to its end.

    It ends with what the run shows and the command for the next step; a collapse is told while it trains. Ctrl-C lets go of the
    run, which goes on by itself. Settings that have run already are shown and not trained again. On the local backend a baseline
    that is missing is launched first, by itself.

    Where files have to be sent first, Ctrl-C or a timeout before the run is asked for starts nothing, and the next launch goes on
    from there.
    """
    request = Request(
        config,
        tuple(overrides or ()),
        new_attempt=new_attempt,
        force=force,
        detach=detach,
        timeout=None if timeout is None else seconds_of(timeout, "--timeout"),
        stop_on=alarms_named(stop_on),
        baseline=baseline,
        as_baseline=reason(as_baseline, "--as-baseline"),
        allow_multiple=reason(allow_multiple, "--allow-multiple"),
        max_cost=None if max_cost is None else read_limit(max_cost),
        confirmed=yes,
    )
    if baseline and as_baseline:
        raise UsageError(
            "--baseline and --as-baseline exclude each other",
            hint="--baseline launches the same config at the defaults, --as-baseline this config as it is",
        )
    if detach and request.stop_on:
        raise UsageError(
            "--stop-on and --detach exclude each other: what ends a run is who watches it",
            hint="leave --detach out, or launch and then: rft watch RUN --stop-on "
            + ",".join(sorted(request.stop_on)),
        )
    out = terminal()
    if dry_run:
        return show_plan(request, out, as_json=as_json)
    project = open_project()
    view = view_for(out, project.shown_folder, as_json=as_json)
    return watch(launch(project, request, _ask(out, as_json=as_json)), view)


def _ask(out: Terminal, *, as_json: bool) -> Ask | None:
    """How somebody at a terminal is asked to agree to a price; None without one."""
    if as_json or not (out.interactive and sys.stdin.isatty()):
        return None

    def agree(assessment: Assessment) -> bool:
        config = assessment.plan.config
        what = f"{config.get('model')} on {config.get('backend')}"
        out.talk("\n".join(f"  {line}" for line in (what, *cost_lines(assessment.estimate))))
        return typer.confirm(f"Launch {config.name}?", err=True)

    return agree
