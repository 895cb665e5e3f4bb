"""What happens to a run as JSON lines."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rft_cli.render.event_json import event_json
from rft_cli.render.pace import Pace, Patience
from rft_cli.workflow.events import (
    Busy,
    Checked,
    Ended,
    Event,
    Progressed,
    Resumed,
    Submitted,
    Waited,
    Watched,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from rft_cli.render.terminal import Terminal

JSON_SECONDS = 1.0
"""Between two lines of JSON about one stage of a submission. Chosen: a program can draw a bar from them."""

_WITH_FOLDER = (Submitted, Watched, Resumed, Ended)


class JsonView:
    """One object a line on standard output."""

    def __init__(self, terminal: Terminal, shown: Callable[[str], str]) -> None:
        self._terminal = terminal
        self._shown = shown
        self._patience = Patience()
        self._pace = Pace(JSON_SECONDS, JSON_SECONDS)

    def show(self, event: Event) -> None:
        """Write the event; empty findings are none, and of equal signs of life one a second is enough."""
        if isinstance(event, Waited) or (isinstance(event, Checked) and not event.findings):
            return
        if isinstance(event, Busy) and not self._patience.is_worth_telling(event):
            return
        if isinstance(event, Progressed) and not self._pace.is_due(event.progress):
            return
        folder = self._shown(event.run.id) if isinstance(event, _WITH_FOLDER) else ""
        self._terminal.answer(event_json(event, folder=folder))
        sys.stdout.flush()

    def close(self) -> None:
        """Nothing is left open."""
