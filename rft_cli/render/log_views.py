"""What a user sees of a log: the text as it is, or JSON lines."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from rft_cli.render.ansi import printable
from rft_cli.render.event_json import event_json
from rft_cli.render.run_json import SCHEMA_VERSION
from rft_cli.render.run_words import headline
from rft_cli.workflow.events import Detached, Ended
from rft_cli.workflow.printed import Printed, Silent

if TYPE_CHECKING:
    from rft_cli.render.outputs.event import LogEvent as LogEventLine
    from rft_cli.render.run_views import View
    from rft_cli.render.terminal import Terminal


LogEvent = Printed | Silent | Ended | Detached


def log_view_for(terminal: Terminal, *, as_json: bool) -> View[LogEvent]:
    """The view that fits the reader."""
    return JsonLogView(terminal) if as_json else TextLogView(terminal)


class TextLogView:
    """The log on standard output, unchanged; how the run ended on standard error."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def show(self, event: LogEvent) -> None:
        """Write a part of the log, or say why there is no more of it."""
        match event:
            case Printed():
                # Not through `answer`: a part may end in the middle of a line.
                sys.stdout.write(event.text)
                sys.stdout.flush()
            case Silent():
                why = f": {printable(event.reason)}" if event.reason else "."
                self._terminal.talk(f"There is nothing in the log of {event.run}{why}")
            case Ended():
                self._terminal.talk(headline(event.run))
            case Detached():
                self._terminal.talk(f"\n{event.run} goes on by itself: rft watch {event.run}")

    def close(self) -> None:
        """Nothing is left open."""


class JsonLogView:
    """One object a line of the log, then one that says how the run ended."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._half = ""

    def show(self, event: LogEvent) -> None:
        """Write the complete lines of a part; what is left waits for its end."""
        if isinstance(event, Printed):
            *lines, self._half = (self._half + event.text).split("\n")
            for line in lines:
                self._line(event.run, line)
        elif not isinstance(event, Silent):
            run = event.run.id if isinstance(event, Ended) else event.run
            self._rest(run)
            self._terminal.answer(event_json(event, folder=""))
        sys.stdout.flush()

    def close(self) -> None:
        """Nothing is left open."""

    def _rest(self, run: str) -> None:
        if self._half:
            self._line(run, self._half)
            self._half = ""

    def _line(self, run: str, line: str) -> None:
        entry: LogEventLine = {
            "schema_version": SCHEMA_VERSION,
            "event": "log",
            "run": run,
            "line": line,
        }
        self._terminal.answer(json.dumps(entry, ensure_ascii=False))
