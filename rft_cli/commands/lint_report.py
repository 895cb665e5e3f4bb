"""Where the words of `rft lint` go: findings in their formats to standard output and files, the talk to standard error."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.diagnostics import Severity
from rft_cli.errors import UsageError
from rft_cli.render.findings_formats import format_by_itself, render_format

if TYPE_CHECKING:
    from rft_cli.render.terminal import Terminal
    from rft_cli.rules.lint import Linted


class Wanted(NamedTuple):
    """What the command line asks of a report."""

    formats: tuple[str, ...]
    """``NAME`` or ``NAME:FILE``; empty: the one that fits the surroundings."""
    fail_on: Severity
    quiet: bool
    unsafe: bool
    """Whether fixes that are guesses were asked for already."""
    turned: bool = False
    """Whether standard output belongs to something else, so that all goes to standard error."""


def report(out: Terminal, linted: Linted, wanted: Wanted, note: str = "") -> None:
    """Say what was found.

    Args:
        out: the terminal.
        linted: what was found.
        wanted: in which forms.
        note: whole lines about what was done besides.

    Raises:
        UsageError: a file of a format cannot be written (exit 2).
    """
    shown = ""
    for entry in wanted.formats or (format_by_itself(os.environ),):
        name, _, file = entry.partition(":")
        if file:
            _write(file, render_format(name, linted, fail_on=wanted.fail_on))
        else:
            shown = name
    color = out.talk_color if wanted.turned else out.color
    answer = out.talk if wanted.turned else out.answer
    wrap = out.talk_wrap if wanted.turned else out.wrap
    text = ""
    if shown:
        text = render_format(shown, linted, color=color, width=out.width, wrap=wrap, fail_on=wanted.fail_on)
    if wanted.quiet or shown == "json":
        if text:
            answer(text)
    elif shown == "full":
        below = _summary(linted, wanted, note, color=color)
        if wrap:
            from rft_cli.render.wrap import wrap as wrapped

            below = wrapped(below, wrap)
        answer(f"{text}\n{below}" if text else below)
    else:
        if text:
            answer(text)
        out.talk(_summary(linted, wanted, note, color=out.talk_color))


def _summary(linted: Linted, wanted: Wanted, note: str, *, color: bool) -> str:
    from rft_cli.render.findings_text import summary_text

    below = ""
    if linted.suppressed or any(finding.fix for finding in linted.findings):
        from rft_cli.render.fixes_text import left_text

        below = left_text(linted.findings, len(linted.suppressed), unsafe=wanted.unsafe)
    return f"{summary_text(linted.files_checked, linted.findings, color=color)}\n{note}{below}"


def _write(file: str, text: str) -> None:
    try:
        # `lint` starts without pathlib.
        with open(file, "w", encoding="utf-8", newline="") as target:  # noqa: PTH123
            target.write(text)
    except OSError as error:
        raise UsageError(
            f"{file} cannot be written: {error.strerror}", hint="name a file in a folder that exists"
        ) from error
