"""How often something that goes on is told again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rft_cli.backends.base import Progress
    from rft_cli.workflow.events import Busy

FIRST_WAIT, LONGEST_WAIT = 10.0, 60.0
"""Seconds until a stage that lasts is told again, doubled from line to line. Chosen: a log shows that it goes on and is short."""


class Pace:
    """Which signs of life are worth a line: the first of a stage, the last of an upload, and some between them.

    Args:
        first: seconds until a stage is told for the second time.
        longest: seconds between two lines of one stage at most; they double until then.
    """

    def __init__(self, first: float = FIRST_WAIT, longest: float = LONGEST_WAIT) -> None:
        self._first, self._longest = first, longest
        self._what: tuple[object, ...] = ()
        self._told, self._wait = 0.0, first
        self._is_whole = False

    def is_due(self, progress: Progress) -> bool:
        """Whether this one is, given all that were asked about before."""
        what = progress.what
        is_whole = progress.done is not None and progress.done == progress.total
        if what != self._what:
            self._what, self._told, self._wait = what, progress.seconds, self._first
        elif is_whole and not self._is_whole:
            self._told = progress.seconds
        elif progress.seconds - self._told >= self._wait:
            self._told, self._wait = progress.seconds, min(2 * self._wait, self._longest)
        else:
            return False
        self._is_whole = is_whole
        return True


class Patience:
    """Lets what a run waits for be told again only when it takes twice as long as when it was last told."""

    def __init__(self) -> None:
        self._told: dict[str, int] = {}

    def is_worth_telling(self, event: Busy) -> bool:
        """Whether to tell it; a slow evaluator is not told at every step."""
        if event.seconds < 2 * self._told.get(event.doing, 0):
            return False
        self._told[event.doing] = event.seconds
        return True
