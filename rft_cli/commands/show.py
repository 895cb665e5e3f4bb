"""`rft show`: one run."""

from __future__ import annotations

from rft_cli.commands.options import AsJson, RunName
from rft_cli.errors import ExitCode
from rft_cli.render.run_json import show_json
from rft_cli.render.run_text import show_text
from rft_cli.render.terminal import terminal
from rft_cli.runs.lookup import find_run
from rft_cli.workflow.ending import can_resume
from rft_cli.workflow.project import open_project


def command(
    run: RunName,
    *,
    as_json: AsJson = False,
) -> int:
    """Show one run: what was asked, the reward curve, the held-out evaluation before and after, how it ended."""
    project, out = open_project(), terminal()
    with project.ledger() as ledger:
        found = find_run(ledger, run)
        points, baseline = ledger.points(found.id), ledger.baseline(found.summary.scope)
    folder = project.shown_folder(found.id)
    if as_json:
        out.answer(show_json(found, points, folder=folder, baseline=baseline))
    else:
        out.answer(
            show_text(
                found,
                points,
                folder=folder,
                baseline=baseline,
                color=out.color,
                width=out.width,
                wrap=out.wrap,
                can_resume=can_resume(project, found),
            )
        )
    return ExitCode.DONE
