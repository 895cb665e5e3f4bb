"""`rft rehearse`: try a config's data and evaluator here, before a run is paid for."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rft_cli.commands.options import AsJson
from rft_cli.commands.plan import Overrides
from rft_cli.diagnostics import Severity, worst
from rft_cli.errors import ExitCode
from rft_cli.render.findings_text import full_text
from rft_cli.render.rehearsal_json import rehearsal_json
from rft_cli.render.rehearsal_text import rehearsal_text
from rft_cli.render.terminal import terminal
from rft_cli.workflow.project import open_project
from rft_cli.workflow.rehearse import rehearse


class FailOn(StrEnum):
    """The mildest finding that makes the exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


def command(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="The run config, of any backend.")],
    *,
    overrides: Overrides = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="The mildest finding that makes the exit code 1.")
    ] = FailOn.ERROR,
    as_json: AsJson = False,
) -> int:
    """Try the data and the evaluator of a config on this machine, before a run that is paid for.

    Reads every row, scores prepared answers twice each, and takes a few steps on the rehearsal engine. Nothing is sent anywhere
    but by the evaluator itself, and nothing is recorded: a rehearsal is never a baseline.
    """
    out = terminal()
    rehearsal = rehearse(open_project(), config, tuple(overrides or ()), out.talk if not as_json else _silent)
    if as_json:
        out.answer(rehearsal_json(rehearsal))
    else:
        if rehearsal.findings:
            out.talk(
                full_text(
                    rehearsal.findings,
                    rehearsal.sources,
                    color=out.talk_color,
                    width=out.width,
                    wrap=out.talk_wrap,
                )
            )
        if rehearsal.config is not None:
            out.answer(rehearsal_text(rehearsal, color=out.color, wrap=out.wrap))
    gravest = worst(rehearsal.findings)
    return ExitCode.FINDINGS if gravest and gravest.at_least(Severity(fail_on)) else ExitCode.DONE


def _silent(line: str) -> None:
    del line
