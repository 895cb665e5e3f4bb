"""`rft plan`: what a launch would do, without doing any of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rft_cli.commands.options import AsJson, AsMarkdown, require_room
from rft_cli.errors import ExitCode, UsageError
from rft_cli.limit import read_limit
from rft_cli.render.terminal import Terminal, terminal
from rft_cli.worker import write_atomic
from rft_cli.workflow.assess import Assessment
from rft_cli.workflow.planning import Planning, plan
from rft_cli.workflow.project import open_project
from rft_cli.workflow.request import Request

Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Override a value, as in training.learning_rate=2e-4; repeatable.",
    ),
]
Baseline = Annotated[
    bool,
    typer.Option(
        "--baseline",
        help="The same config with the guide's parameters at their defaults, as NAME-baseline.",
    ),
]
AsBaseline = Annotated[
    str | None,
    typer.Option(metavar="WHY", help="Make this run the baseline although its values are not the defaults."),
]
AllowMultiple = Annotated[
    str | None, typer.Option(metavar="WHY", help="Change more than one thing against the reference.")
]
MaxCost = Annotated[
    str | None, typer.Option(metavar="LIMIT", help="Refuse more than 2x, 12Mtok, 500rollouts or 40usd.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Train although the evaluator cannot tell answers apart.")
]


def command(
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG", help="The run config, or a plan that was made of one.")
    ],
    *,
    overrides: Overrides = None,
    baseline: Baseline = False,
    as_baseline: AsBaseline = None,
    allow_multiple: AllowMultiple = None,
    max_cost: MaxCost = None,
    force: Force = False,
    out_file: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Freeze the plan; rft launch FILE submits exactly it."
        ),
    ] = None,
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
) -> int:
    """Show what a launch would do, and do none of it: no key, no network, nothing is written.

    Every value with its origin, the schedule, the difference to the reference, the cost, what the guards say, and the exact
    payload. Ends with 0 also where a guard would refuse the launch.
    """
    if as_json and as_markdown:
        raise UsageError("--json and --md exclude each other", hint="choose one")
    if out_file is not None:
        require_room(out_file)
    request = Request(
        config,
        tuple(overrides or ()),
        force=force,
        baseline=baseline,
        as_baseline=reason(as_baseline, "--as-baseline"),
        allow_multiple=reason(allow_multiple, "--allow-multiple"),
        max_cost=None if max_cost is None else read_limit(max_cost),
    )
    return show_plan(request, terminal(), as_json=as_json, as_markdown=as_markdown, out_file=out_file)


def show_plan(
    request: Request,
    out: Terminal,
    *,
    as_json: bool = False,
    as_markdown: bool = False,
    out_file: Path | None = None,
) -> int:
    """Show the plan of a launch, and freeze it where that is asked for."""
    planned = plan(open_project(), request)
    if not as_json and planned.findings:
        from rft_cli.render.findings_text import full_text

        out.talk(
            full_text(
                planned.findings, planned.sources, color=out.talk_color, width=out.width, wrap=out.talk_wrap
            )
        )
    if planned.assessment is None:
        if as_json:
            from rft_cli.render.plan_json import json_text, refused_document

            out.answer(json_text(refused_document(planned.recorded_findings)))
        else:
            out.talk("There is no plan: mend the errors above; rft explain CODE says more.")
        return ExitCode.FINDINGS
    if out_file is not None:
        write_atomic(out_file, f"{_document(planned, planned.assessment)}\n")
        out.talk(f"Wrote {out_file}; rft launch {out_file} submits exactly this plan.")
    if as_json:
        out.answer(_document(planned, planned.assessment))
    elif as_markdown:
        from rft_cli.render.plan_markdown import plan_markdown

        out.answer(plan_markdown(planned, planned.assessment))
    else:
        from rft_cli.render.plan_text import plan_text

        out.answer(
            plan_text(planned, planned.assessment, command=request.command, color=out.color, wrap=out.wrap)
        )
    return ExitCode.DONE


def _document(planned: Planning, assessment: Assessment) -> str:
    from rft_cli.render.plan_json import json_text, plan_document

    return json_text(plan_document(planned, assessment))


def reason(why: str | None, option: str) -> str:
    """A reason that an option asks for; empty where the option is not given.

    Raises:
        UsageError: the reason is blank.
    """
    if why is None:
        return ""
    if not why.strip():
        raise UsageError(
            f"{option} needs a reason", hint=f'{option} "what the run is for"; it is kept in the record'
        )
    return " ".join(why.split())
