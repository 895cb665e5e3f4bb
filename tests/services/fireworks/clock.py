"""The double's time: it passes when somebody looks or says so, and with the wall only if asked to. Times as the service writes them."""

from __future__ import annotations

import time
from datetime import UTC, datetime

NANO = 1_000_000_000


class Clock:
    """Seconds since the double was reset."""

    def __init__(self, start_ns: int | None, wall_speed: float) -> None:
        """Begin at zero.

        Args:
            start_ns: the moment zero stands for, nanoseconds since 1970; None: now.
            wall_speed: seconds that pass here in one second outside; 0 stands still.
        """
        self.start_ns = time.time_ns() if start_ns is None else start_ns
        self._wall_speed = wall_speed
        self._wall_start = time.monotonic()
        self._advanced = 0.0

    def advance(self, seconds: float) -> None:
        self._advanced += seconds

    @property
    def seconds(self) -> float:
        return self._advanced + self._wall_speed * (time.monotonic() - self._wall_start)

    def timestamp(self, seconds: float | None = None) -> str:
        """RFC 3339 with nine digits of a second, as the service writes it: a moment after the start, or now."""
        moment = self.start_ns + round((self.seconds if seconds is None else seconds) * NANO)
        whole = datetime.fromtimestamp(moment // NANO, UTC)
        return f"{whole:%Y-%m-%dT%H:%M:%S}.{moment % NANO:09d}Z"
