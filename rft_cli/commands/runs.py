"""`rft runs`: list the runs of this project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rft_cli.commands.options import AsJson
from rft_cli.errors import ExitCode, UsageError
from rft_cli.render.control_text import no_runs_text, problem_text
from rft_cli.render.run_json import runs_json
from rft_cli.render.runs_table import runs_text, tree_text
from rft_cli.render.terminal import terminal
from rft_cli.runs.folders import kept_rows
from rft_cli.runs.ledger import Ledger
from rft_cli.worker import State
from rft_cli.workflow.project import open_project
from rft_cli.workflow.selection import Selection, select

if TYPE_CHECKING:
    from rft_cli.render.terminal import Terminal
    from rft_cli.workflow.project import Project


def command(
    *,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only runs of this name; * and ? stand for others.")
    ] = None,
    states: Annotated[
        list[State] | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help="Only runs in this state, as in running or failed; repeatable.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="SPAN|DATE", help="Only runs launched in the last 12h, 7d, …, or since 2025-01-31."
        ),
    ] = None,
    scope: Annotated[
        str | None, typer.Option(metavar="RUN", help="Only runs that may be compared with this one.")
    ] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Only the newest N.")] = None,
    tree: Annotated[
        bool, typer.Option("--tree", help="Each run below the one that it was launched against.")
    ] = False,
    remote: Annotated[
        bool,
        typer.Option(
            "--remote",
            help="Runs of the managed service, whoever started them; those that are new are taken into the ledger. "
            "--name looks at what the service calls them too.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --remote: list them, and take none into the ledger.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """List the runs of this project, the newest last: state, steps, training reward, held-out evaluation, what was changed."""
    project, out = open_project(), terminal()
    asked = Selection(name, tuple(states or ()), since, scope, limit)
    if remote:
        if scope:
            raise UsageError(
                "--scope and --remote exclude each other: what a run can be compared with is known once it is in the ledger",
                hint="rft runs --remote, then rft runs --scope RUN",
            )
        return _remote(project, asked, out, dry_run=dry_run, tree=tree, as_json=as_json)
    if dry_run:
        raise UsageError("--dry-run goes with --remote", hint="rft runs changes nothing")
    with project.ledger() as ledger:
        summaries = ledger.summaries()
        chosen = select(ledger, summaries, asked)
        references = ledger.references()
    if as_json:
        out.answer(runs_json(chosen, references))
    elif chosen:
        text = tree_text if tree else runs_text
        out.answer(text(chosen, references, color=out.color, wrap=out.wrap))
    elif summaries:
        out.talk(f"None of {len(summaries)} runs fits.")
    else:
        out.talk(no_runs_text(project.root, has_folders=bool(kept_rows(project.place)[0])))
    return ExitCode.DONE


def _remote(
    project: Project, asked: Selection, out: Terminal, *, dry_run: bool, tree: bool, as_json: bool
) -> int:
    from rft_cli.render.remote_views import outcome_lines, remote_json, seen_text
    from rft_cli.workflow.remote import adopt, look

    outcome = look(project, asked) if dry_run else adopt(project, asked, out.talk)
    # What has just been adopted has just been looked at.
    with Ledger(project.place) if outcome.adopted else project.ledger() as ledger:
        known = {each.run for each in outcome.seen}
        runs = [summary for summary in ledger.summaries() if summary.id in known]
        references = ledger.references()
    if as_json:
        out.answer(remote_json(outcome, runs, references))
    elif dry_run and outcome.seen:
        out.answer(seen_text(outcome.seen, wrap=out.wrap))
    elif runs:
        text = tree_text if tree else runs_text
        out.answer(text(runs, references, color=out.color, wrap=out.wrap))
    for line in outcome_lines(outcome, is_dry=dry_run):
        out.talk(line)
    for problem in outcome.problems:
        out.talk(problem_text(problem, wrap=out.talk_wrap))
    return max((problem.exit_code for problem in outcome.problems), default=ExitCode.DONE)
