"""What a user sees while a run is followed: which view fits the reader, and showing events in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol, TypeVar

from rft_cli.errors import ExitCode
from rft_cli.render.run_view_json import JsonView
from rft_cli.render.run_view_live import LiveView
from rft_cli.render.run_view_plain import PlainView
from rft_cli.workflow.events import Detached, Ended, Event

if TYPE_CHECKING:
    from rft_cli.render.terminal import Terminal

Shown = Callable[[str], str]
"""Run id → its folder as the user would write it; empty where it is gone."""

Told_contra = TypeVar("Told_contra", contravariant=True)


class View(Protocol[Told_contra]):
    """Takes events as they come."""

    def show(self, event: Told_contra) -> None:
        """Tell one event."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was found."""
        ...


def watch(events: Iterable[Told_contra], view: View[Told_contra]) -> ExitCode:
    """Show events until there are no more; returns what the last one means for the command."""
    code = ExitCode.DONE
    try:
        for event in events:
            view.show(event)
            if isinstance(event, Ended | Detached):
                code = event.exit_code
    finally:
        view.close()
    return code


def view_for(terminal: Terminal, shown: Shown, *, as_json: bool) -> View[Event]:
    """The view that fits the reader."""
    if as_json:
        return JsonView(terminal, shown)
    return LiveView(terminal, shown) if terminal.interactive else PlainView(terminal, shown)
