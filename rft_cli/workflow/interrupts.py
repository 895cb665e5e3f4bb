"""Ctrl-C as a question that is asked between steps, so that it never cuts a record in two."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self


class Interrupts:
    """Within the block the first Ctrl-C is noted; the second one acts at once, as if there were no block.

    Outside the main thread, where Python handles no signals, nothing is noted.
    """

    def __init__(self) -> None:
        self.noted = False
        self._earlier: Any = None
        self._active = False

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._earlier = signal.signal(signal.SIGINT, self._note)
            self._active = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()

    def _note(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.noted = True
        self._restore()

    def _restore(self) -> None:
        if self._active:
            self._active = False
            signal.signal(signal.SIGINT, self._earlier)
