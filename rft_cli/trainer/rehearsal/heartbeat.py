"""Says twice a second that the run is alive and how far it is, also while a slow evaluator keeps the main thread waiting."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 0.5
"""Between two writes of the state. Chosen: fresh for a reader, nothing beside a step."""


class Heartbeat:
    """Calls a function from a thread of its own until it is stopped.

    Args:
        write: records the state; when the disk refuses, the main thread meets the same error and reports it.
    """

    def __init__(self, write: Callable[[], None]) -> None:
        self._write = write
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Write at once, in this thread, and go on in the other."""
        self._write()
        self._thread.start()

    def stop(self) -> None:
        """Write no more; when this returns, nothing is being written."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _beat(self) -> None:
        while not self._stopped.wait(SECONDS):
            with suppress(OSError):
                self._write()
