"""How long a run will still take, from the steps that were seen being made."""

from __future__ import annotations

CATCHING_UP_SECONDS = 1.0
"""Steps that come in so soon after the beginning were made before. Chosen: the first look tells all of them at once."""


class TimeLeft:
    """An estimate from the pace of the steps since somebody watches: neither a queue nor what was trained before counts.

    Args:
        began: when watching began, in seconds.
    """

    def __init__(self, began: float) -> None:
        self._began = began
        self._first: tuple[int, float] | None = None
        self._last = (0, began)

    def made(self, step: int, at: float) -> None:
        """A step is done.

        Args:
            step: which.
            at: when that was heard, in seconds.
        """
        if self._first is None or at - self._began <= CATCHING_UP_SECONDS:
            self._first = step, at
        self._last = step, at

    def seconds(self, steps: int, now: float) -> float | None:
        """Until the last step is done; None while nothing tells the pace.

        Args:
            steps: of the whole run.
            now: in seconds.
        """
        if self._first is None or not self._first[0] < self._last[0] < steps:
            return None
        pace = (self._last[1] - self._first[1]) / (self._last[0] - self._first[0])
        return max(pace * (steps - self._last[0]) - (now - self._last[1]), 0.0)
