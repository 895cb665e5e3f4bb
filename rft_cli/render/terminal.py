"""Where text goes: the answer to standard output, the talk to standard error. Knows colour and width; imports no Rich."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple, TextIO

DEFAULT_WIDTH = 100
"""Columns when the output is no terminal: wide enough for a path and a sentence (chosen)."""


class Terminal(NamedTuple):
    """The two streams of a command, and what the reader's end can show."""

    color: bool
    """Whether standard output takes ANSI colours."""
    talk_color: bool
    """Whether standard error takes ANSI colours."""
    width: int
    """Columns of the reader's terminal."""
    interactive: bool
    """Whether a person watches standard error, so that a line may be redrawn."""
    wrap: int = 0
    """Columns at which sentences of the answer are broken; 0: no terminal reads them, so they stay whole for other programs."""
    talk_wrap: int = 0
    """The same of standard error."""

    def measured(self) -> Terminal:
        """The same terminal with the columns that it has now: a window may have been resized."""
        width = _width()
        return self._replace(
            width=width, wrap=width if self.wrap else 0, talk_wrap=width if self.talk_wrap else 0
        )

    def answer(self, text: str) -> None:
        """Write a line, or several, of what was asked for."""
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")

    def talk(self, text: str) -> None:
        """Write a line, or several, about the work; on a terminal broken between words."""
        if self.talk_wrap:
            from rft_cli.render.wrap import wrap

            text = wrap(text, self.talk_wrap)
        sys.stdout.flush()
        sys.stderr.write(text if text.endswith("\n") else f"{text}\n")


def terminal() -> Terminal:
    """The present terminal, as the environment and the streams describe it."""
    width = _width()
    return Terminal(
        color=_takes_color(sys.stdout),
        talk_color=_takes_color(sys.stderr),
        width=width,
        wrap=width if sys.stdout.isatty() else 0,
        talk_wrap=width if sys.stderr.isatty() else 0,
        interactive=sys.stderr.isatty() and os.environ.get("TERM") != "dumb",
    )


def _takes_color(stream: TextIO) -> bool:
    """Source: no-color.org, and the FORCE_COLOR convention."""
    environment = os.environ
    if environment.get("NO_COLOR") or environment.get("RFT_NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


def _width() -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns) > 0:
        return int(columns)
    for stream in (sys.stdout, sys.stderr):
        try:
            return os.get_terminal_size(stream.fileno()).columns or DEFAULT_WIDTH
        except (OSError, ValueError):
            continue
    return DEFAULT_WIDTH
