"""`rft compare`: what runs came to, with intervals, or why they cannot be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rft_cli.commands.options import AsJson, AsMarkdown
from rft_cli.errors import ExitCode, UsageError
from rft_cli.render.terminal import Terminal, terminal
from rft_cli.workflow.project import open_project

if TYPE_CHECKING:
    from rft_cli.compare.outcome_report import Report


def command(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN...",
            help="Run ids or names, exported records, or files of metrics; the first is what the others are compared with. "
            "One alone is compared with its reference.",
        ),
    ],
    *,
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
) -> int:
    """Compare what runs came to: held-out evaluation and, where prompts are shared, training reward step by step.

    Runs that differ in their seed alone count as one. Each difference has a 95 % interval and the smallest difference that
    could have been seen; what cannot be compared says why.
    """
    from rft_cli.workflow.comparing import compare_outcomes

    if as_json and as_markdown:
        raise UsageError("--json and --md exclude each other", hint="choose one")
    _show(compare_outcomes(open_project(), runs), terminal(), as_json=as_json, as_markdown=as_markdown)
    return ExitCode.DONE


def _show(report: Report, out: Terminal, *, as_json: bool, as_markdown: bool) -> None:
    if as_json:
        from rft_cli.render.compare_json import compare_json

        out.answer(compare_json(report))
    elif as_markdown:
        from rft_cli.render.compare_markdown import compare_markdown

        out.answer(compare_markdown(report))
    else:
        from rft_cli.render.compare_text import compare_text

        out.answer(compare_text(report, color=out.color, width=out.width, wrap=out.wrap))
