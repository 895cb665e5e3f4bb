"""What fixing did, or would do: a unified diff, and the lines below the summary of `lint`. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from rft_cli.config.secrets import masked
from rft_cli.diagnostics import Finding
from rft_cli.render.ansi import Style, paint
from rft_cli.rules.fixes import Change, Fixed, fixable

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
"""Lines with their ends; only a line feed ends one, as in git and patch."""

_STYLES: dict[str, Style] = {"-": "red", "+": "green", "@": "cyan"}


def diff_text(changes: Sequence[Change], *, color: bool) -> str:
    """The changes as `git apply -p0` and `patch -p0` take them; a secret is masked, also where it does not change."""
    return "".join(_file(change, color=color) for change in changes)


def _file(change: Change, *, color: bool) -> str:
    before, after = (_LINES.findall(masked(text.decode())) for text in (change.before, change.after))
    lines = difflib.unified_diff(before, after, change.path, change.path)
    return "".join(_line(line, number, color=color) for number, line in enumerate(lines))


def _line(line: str, number: int, *, color: bool) -> str:
    end = "\n" if line.endswith("\n") else "\n\\ No newline at end of file\n"
    style: Style | None = "bold" if number < 2 else _STYLES.get(line[0])
    return (paint(line.removesuffix("\n"), style, color=color) if style else line.removesuffix("\n")) + end


def left_text(findings: Sequence[Finding], suppressed: int, *, unsafe: bool) -> str:
    """What can be done about the findings that are left, in whole lines; empty when there is nothing to say.

    Args:
        findings: what was reported.
        suppressed: how many comments took responsibility for.
        unsafe: whether fixes that are guesses were asked for already.
    """
    safe = sum(fixable(finding, unsafe=False) is not None for finding in findings)
    guesses = sum(fixable(finding, unsafe=True) is not None for finding in findings) - safe
    told = []
    if safe:
        told.append(f"{_count(safe, 'finding')} can be fixed with --fix")
    if guesses and not unsafe:
        told.append(
            f"{_count(guesses, 'finding')} can be fixed by guessing what was meant: --fix --unsafe-fixes"
        )
    if suppressed:
        told.append(f"{_count(suppressed, 'finding')} ignored by comments")
    return "".join(f"{line}\n" for line in told)


def done_text(done: Fixed, verb: str) -> str:
    """How many findings were dealt with, and where; ``fixed 3 findings in 2 files``. Empty when nothing changed."""
    if not done.changes:
        return ""
    return f"{verb} {_count(len(done.fixed), 'finding')} in {_count(len(done.changes), 'file')}\n"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
