"""How far a row of requests is, and how long the rest takes at the pace so far."""

from __future__ import annotations

import time
from collections.abc import Callable

TOLD_EVERY = 20.0
"""Seconds between two signs of life. Chosen: what is done sooner needs none, and a log stays short."""

Tell = Callable[[str], None]
"""Hears, line by line, how far it is."""


class Headway:
    """Tells how far it is, now and then.

    Args:
        tell: hears it.
        doing: begins each line: ``adopting``.
        clock: seconds that only grow.
    """

    def __init__(self, tell: Tell, doing: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._tell, self._doing, self._clock = tell, doing, clock
        self._began = self._told = clock()

    def at(self, done: int, total: int) -> None:
        """So many are done, of so many."""
        moment = self._clock()
        if done and done < total and moment - self._told >= TOLD_EVERY:
            self._told = moment
            left = (moment - self._began) / done * (total - done)
            self._tell(f"{self._doing}: {done} of {total} done, about {_span(left)} left")


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} minutes"
