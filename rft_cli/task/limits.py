"""Limits on code that is not ours: how long one call may take, and what is done when it never comes back.

`TimeLimit` interrupts Python code in the main thread. `Watchdog` is for code that no signal interrupts: it cannot stop
the call, so it tells the owner of the process, who ends it. Code that never gives the interpreter lock back lets nobody
be told anything; from such a call the watchdog ends the process itself, with a traceback on standard error.
"""

from __future__ import annotations

import faulthandler
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from rft_cli.errors import RftError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

REPEAT_S = 1.0
"""Seconds after which the interruption comes again. Chosen: a bare ``except:`` may swallow the first."""

GRACE_S = 5.0
"""Seconds after the limit at which a call counts as hung. Chosen: several repetitions of the interruption."""


LAST_RESORT_S = 10.0
"""Seconds that the watchdog may be late before the process is ended. Chosen: no busy machine stalls a thread that long."""

OUR_CODE = str(Path(__file__).parent.parent)
"""The folder of this package: where a frame is ours."""


class TimeLimitReached(BaseException):
    """Raised inside the user's code when its time is up."""


class TimeLimit:
    """A limit on each call made in the main thread, by a timer signal; elsewhere it does nothing.

    Enter it around a batch; call `start` before and `stop` after each call. Its alarm is put in place anew with every
    start, because libraries that grade mathematics set ``SIGALRM`` for themselves.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.reached = False
        """Whether the time of the present call ran out, even if the call swallowed the interruption."""
        self._armed = False
        self._works = False
        self._former: Any = None

    def __enter__(self) -> Self:
        self._works = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
        if self._works:
            self._former = signal.getsignal(signal.SIGALRM)
        return self

    def __exit__(self, kind: object, error: object, traceback: TracebackType | None) -> None:
        self.stop()
        if self._works:
            signal.signal(signal.SIGALRM, signal.SIG_DFL if self._former is None else self._former)
            self._works = False

    def start(self, extra_s: float = 0.0) -> None:
        """Begin a call; it is interrupted after the limit and ``extra_s``."""
        self.reached = False
        if self._works:
            signal.signal(signal.SIGALRM, self._interrupt)
            self._armed = True
            signal.setitimer(signal.ITIMER_REAL, self.seconds + extra_s, REPEAT_S)

    def stop(self) -> None:
        """End a call."""
        self._armed = False
        if self._works:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        # A signal can arrive between the end of a call and the stopping of the clock.
        if self._armed:
            self.reached = True
            raise TimeLimitReached


class Interrupt:
    """Tells what a signal raised in the middle of the user's code from what that code raised by itself."""

    def __init__(self) -> None:
        self.pressed = False
        self._former: Any = None

    def __enter__(self) -> Self:
        self.pressed = False
        self._former = None
        if threading.current_thread() is threading.main_thread():
            former = signal.getsignal(signal.SIGINT)
            if callable(former):
                self._former = former
                signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, kind: object, error: object, traceback: TracebackType | None) -> None:
        if self._former is not None:
            signal.signal(signal.SIGINT, self._former)

    def is_ours(self, error: BaseException) -> bool:
        """Whether the exception only came through the user's code: a Ctrl-C, or raised by a handler of this package."""
        if isinstance(error, KeyboardInterrupt):
            return self.pressed
        if isinstance(error, RftError):
            return True
        if isinstance(error, Exception) or error.__traceback__ is None:
            return False
        traceback = error.__traceback__
        while traceback.tb_next is not None:
            traceback = traceback.tb_next
        return traceback.tb_frame.f_code.co_filename.startswith(OUR_CODE)

    def _press(self, number: int, frame: FrameType | None) -> None:
        self.pressed = True
        self._former(number, frame)


class Watchdog:
    """Calls ``on_hang`` once, from a thread of its own, when no call has begun or ended for too long."""

    def __init__(self, patience_s: float, on_hang: Callable[[], None]) -> None:
        self._patience_s = patience_s
        self._on_hang = on_hang
        self._beat = 0.0
        self._watching = threading.Event()
        self._arming = threading.Lock()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.beat()
        self._watching.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="evaluator-watchdog", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, kind: object, error: object, traceback: TracebackType | None) -> None:
        with self._arming:
            self._watching.clear()
            faulthandler.cancel_dump_traceback_later()

    def beat(self) -> None:
        """A call begins or ends."""
        self._beat = time.monotonic()

    def _watch(self) -> None:
        while True:
            self._watching.wait()
            left = self._beat + self._patience_s - time.monotonic()
            if left > 0:
                self._arm_last_resort()
                time.sleep(left)
            elif self._watching.is_set():
                faulthandler.cancel_dump_traceback_later()
                self._on_hang()
                return

    def _arm_last_resort(self) -> None:
        """Have the process ended, by a thread that needs no interpreter lock, unless this one comes back in time."""
        with self._arming:
            if self._watching.is_set() and sys.__stderr__ is not None:
                seconds = self._patience_s + LAST_RESORT_S
                faulthandler.dump_traceback_later(seconds, exit=True, file=sys.__stderr__)
