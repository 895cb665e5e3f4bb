"""Waits that a service imposes, told to whoever listens.

Who waits and who can say so stand rooms apart, so a process has one listener.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

WORTH_TELLING = 3.0
"""Seconds below which a wait is not told. Chosen: a person does not wonder before."""


class Wait(NamedTuple):
    """A wait that begins."""

    seconds: float
    why: str
    """A sentence without its full stop."""


Listener = Callable[[Wait], None]

_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Hear of every wait of this process from now on, instead of whoever did so before. It may be called from any thread."""
    _listeners[:] = [listener]


def tell(wait: Wait) -> None:
    """Say that a wait begins, if it is worth it and somebody listens."""
    if wait.seconds >= WORTH_TELLING:
        for listener in _listeners:
            listener(wait)
