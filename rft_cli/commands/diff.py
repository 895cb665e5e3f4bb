"""`rft diff`: what differs between two runs, or what would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rft_cli.commands.options import AsJson, AsMarkdown
from rft_cli.compare.comparison import Comparison, compare
from rft_cli.compare.subject import Unusable
from rft_cli.config.root import root_of
from rft_cli.errors import ExitCode, UsageError
from rft_cli.render.terminal import Terminal, terminal
from rft_cli.runs.subject import find_subject

if TYPE_CHECKING:
    from rft_cli.runs.ledger import Ledger


def command(
    subjects: Annotated[
        list[str],
        typer.Argument(
            metavar="[BASE] NEW",
            help="Each a run config, run id, run name, plan, exported record, or REV:path. BASE defaults to NEW's reference.",
        ),
    ],
    *,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Compare with the baseline of NEW's scope.")
    ] = False,
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="End with 0 also where something differs.")
    ] = False,
    git_driver: Annotated[
        bool,
        typer.Option(
            "--git-driver",
            help='For git alone, which adds the words: git config diff.rft.command "rft diff --git-driver --"',
        ),
    ] = False,
) -> int:
    """Say what differs, by value and not by spelling, and what the guide says of each change.

    Ends with 0 (no difference), 1 (a difference) or 2 (there is no such thing, or its config is not valid).
    """
    out = terminal()
    if git_driver:
        return _for_git(subjects, out)
    if as_json and as_markdown:
        raise UsageError("--json and --md exclude each other", hint="choose one")
    comparison = _compare(subjects, out, baseline=baseline)
    _show(comparison, out, as_json=as_json, as_markdown=as_markdown)
    return ExitCode.DONE if exit_zero or comparison.difference.is_empty else ExitCode.FINDINGS


def _compare(words: list[str], out: Terminal, *, baseline: bool) -> Comparison:
    """The two things compared.

    Raises:
        UsageError: there is no such thing, or one is not valid.
    """
    if len(words) > 2 or (baseline and len(words) == 2):
        raise UsageError(
            "--baseline takes the place of BASE"
            if baseline
            else f"diff compares two things, not {len(words)}",
            hint="rft diff [BASE] NEW",
        )
    root = Path(root_of("."))
    new = find_subject(words[-1], root, _ledger)
    note = ""
    if len(words) == 2:
        old = find_subject(words[0], root, _ledger)
    elif isinstance(new, Unusable):
        old = new
    else:
        from rft_cli.workflow.diff_base import base_of
        from rft_cli.workflow.project import open_project

        old, why = base_of(open_project(), new, baseline=baseline)
        note = f"compared with {old.label}: {why}"
    for each in (new,) if old is new else (old, new):
        if isinstance(each, Unusable):
            _show_findings(each, out)
    for each in (old, new):
        if isinstance(each, Unusable):
            raise UsageError(f"{each.label} is not a valid run config, so there is nothing to compare")
    assert not isinstance(old, Unusable)
    assert not isinstance(new, Unusable)
    return compare(old, new, *filter(None, [note]))


@contextmanager
def _ledger() -> Iterator[Ledger]:
    from rft_cli.workflow.project import open_project

    with open_project().ledger() as ledger:
        yield ledger


def _show(comparison: Comparison, out: Terminal, *, as_json: bool, as_markdown: bool) -> None:
    if as_json:
        from rft_cli.render.diff_json import diff_json

        out.answer(diff_json(comparison))
    elif as_markdown:
        from rft_cli.render.diff_markdown import diff_markdown

        out.answer(diff_markdown(comparison))
    else:
        from rft_cli.render.diff_text import diff_text

        out.answer(diff_text(comparison, color=out.color, width=out.wrap))


def _show_findings(unusable: Unusable, out: Terminal) -> None:
    from rft_cli.render.findings_text import full_text

    out.talk(
        full_text(
            unusable.findings, unusable.sources, color=out.talk_color, width=out.width, wrap=out.talk_wrap
        )
    )


def _for_git(words: list[str], out: Terminal) -> int:
    """Answer git, which takes any exit code but 0 for a crash; what is no run config is shown as text."""
    from rft_cli.render.diff_text import lines_text
    from rft_cli.runs.git_driver import read_arguments, subjects_of

    handed = read_arguments(words)
    if handed is None:
        out.answer(f"{words[0]}: unmerged")
        return ExitCode.DONE
    pair = subjects_of(handed, Path(root_of(str(Path(handed.new.name).parent))))
    if pair is None:
        out.answer(
            lines_text(
                handed.old.name, handed.new.name, handed.old.text(), handed.new.text(), color=out.color
            )
        )
    else:
        _show(compare(*pair), out, as_json=False, as_markdown=False)
    return ExitCode.DONE
