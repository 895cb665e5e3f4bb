"""A request to stop, from SIGTERM: noticed between steps, and at once while the user's evaluator runs."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class Stopped(BaseException):
    """Raised in the middle of the evaluator when a stop is requested; code that catches ``Exception`` cannot swallow it."""


class StopRequest:
    """Whether the run shall stop; `listen` connects it to SIGTERM."""

    def __init__(self) -> None:
        self.requested = False
        self._interruptible = False

    def listen(self) -> None:
        """Take SIGTERM from now on, and leave SIGINT to whoever watches the run."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Within this block a request raises `Stopped`.

        Raises:
            Stopped: a stop is requested, or was before the block.
        """
        if self.requested:
            raise Stopped
        self._interruptible = True
        try:
            yield
        finally:
            self._interruptible = False

    def _on_signal(self, *_: Any) -> None:
        self.requested = True
        if self._interruptible:
            self._interruptible = False
            raise Stopped
