"""`rft advise`: the one next change, or none with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rft_cli.compare.subject import Unusable
from rft_cli.errors import ExitCode, UsageError
from rft_cli.render.terminal import Terminal, terminal
from rft_cli.spec.goals import GOAL_NAMES
from rft_cli.workflow.project import open_project

if TYPE_CHECKING:
    from rft_cli.workflow.advising import Consulted
    from rft_cli.workflow.project import Project


def command(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="CONFIG|RUN|METRICS...",
            help="A run config (its latest run), run id, run name, exported record, or a file or folder of any tool's metrics.",
        ),
    ],
    *,
    goal: Annotated[
        str, typer.Option(metavar="GOAL", help=f"What is wanted besides: {', '.join(GOAL_NAMES)}.")
    ] = "",
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Run config with the values that metrics were made with."),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the next run's config: the present one with one change, a new name, reference and hypothesis.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object; of several sources, one with a list of results.")
    ] = False,
) -> int:
    """Say what a run shows, and the one change that the guide supports for the next: or none, with the reason.

    Advice needs no account and runs nothing. What earlier runs have tried without success is not advised again.
    """
    if goal and goal not in GOAL_NAMES:
        raise UsageError(f"there is no goal {goal!r}", hint=f"one of {', '.join(GOAL_NAMES)}")
    if write is not None and len(sources) > 1:
        raise UsageError("--write takes one source", hint=f"rft advise {sources[0]} --write {write}")
    project, out = open_project(), terminal()
    consulted = [
        found
        for source in sources
        if (found := _consult(project, source, out, config=config, goal=goal, alone=len(sources) == 1))
    ]
    if not consulted:
        raise UsageError("there is no source to advise on")
    # A failure to write is the one object on standard output.
    written = _write(project, consulted[0], write) if write is not None and as_json else ""
    _show(consulted, out, as_json=as_json)
    if len(consulted) < len(sources):
        return ExitCode.USAGE
    if write is not None:
        out.talk(written or _write(project, consulted[0], write))
    return ExitCode.DONE


def _consult(
    project: Project, source: str, out: Terminal, *, config: Path | None, goal: str, alone: bool
) -> Consulted | None:
    """One source with its advice; None when there is none, which has been said: the other sources still have theirs."""
    from rft_cli.workflow.advising import consult

    try:
        found = consult(project, source, config=config, goal=goal)
    except UsageError as error:
        if alone:
            raise
        out.talk(f"rft: {error.message}" + (f"\n  help: {error.hint}" if error.hint else ""))
        return None
    if isinstance(found, Unusable):
        _show_findings(found, out)
        told = f"{found.label} is not a valid run config, so there is nothing to advise on"
        if alone:
            raise UsageError(told)
        out.talk(f"rft: {told}")
        return None
    return found


def _show(consulted: list[Consulted], out: Terminal, *, as_json: bool) -> None:
    if as_json:
        from rft_cli.render.advice_json import advice_json

        out.answer(advice_json(consulted))
    else:
        from rft_cli.render.advice_text import advice_text

        out.answer("\n".join(advice_text(each, color=out.color, wrap=out.wrap) for each in consulted))


def _write(project: Project, consulted: Consulted, target: Path) -> str:
    """Write the next config, and say what came of it."""
    from rft_cli.workflow.next_run import write_next

    advice = consulted.advice
    if advice.change is None:
        return f"rft: {target} is not written, because no change is advised"
    if consulted.base is None:
        raise UsageError(
            f"{consulted.source} holds metrics only, so there is no config to change",
            hint=f"rft advise {consulted.source} --config FILE --write {target}",
        )
    if advice.change.new is None:
        raise UsageError(
            f"only the direction of {advice.change.parameter} is known, so there is no value to write",
            hint="write the change by hand",
        )
    goal = consulted.reading.goal if consulted.reading and advice.row in {"goal", "goal-alone"} else ""
    run = write_next(project, consulted.base, advice.change, target, hypothesis=advice.hypothesis, goal=goal)
    away = f"one change away from {consulted.base.run or 'its base'}"
    if run.reference != consulted.base.run:
        away += f", which has no result: it is compared with {run.reference or 'the reference of its scope'}"
    return f"rft: wrote {target}: {run.name}, {away}\n  next: rft launch {target}"


def _show_findings(unusable: Unusable, out: Terminal) -> None:
    from rft_cli.render.findings_text import full_text

    out.talk(
        full_text(
            unusable.findings, unusable.sources, color=out.talk_color, width=out.width, wrap=out.talk_wrap
        )
    )
