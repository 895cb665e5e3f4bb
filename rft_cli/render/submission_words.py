"""What a submission does, in a line now and then for readers that no bar can be drawn for."""

from __future__ import annotations

from rft_cli.backends.base import Progress, Stage
from rft_cli.render.control_text import size_words
from rft_cli.render.run_words import clock

FIRST_WAIT, LONGEST_WAIT = 10.0, 60.0
"""Seconds until a stage that lasts is told again, doubled from line to line. Chosen: a log shows that it goes on and is short."""

WORTH_A_LINE = 1.0
"""Seconds of an upload whose end is told. Chosen: below that the first line has said all."""


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
        what = progress.stage, progress.subject, progress.tries
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


def progress_words(progress: Progress) -> str:
    """One line; empty where there is nothing to say yet."""
    message, seconds, done, total = progress.message, progress.seconds, progress.done, progress.total
    if progress.stage is Stage.READY:
        return message
    if done is None or total is None:
        if seconds >= FIRST_WAIT:
            return f"{message}: {clock(seconds)}"
        return message if progress.stage is Stage.WAIT else ""
    if not done:
        again = f", from the start: try {progress.tries}" if progress.tries > 1 else ""
        return f"{message} ({size_words(total)}){again}"
    if done == total:
        return f"{message}: all {size_words(total)} in {clock(seconds)}" if seconds >= WORTH_A_LINE else ""
    rate = done / seconds if seconds else 0.0
    left = f", {size_words(rate)}/s, {clock((total - done) / rate)} left" if rate else ""
    return f"{message}: {size_words(done)} of {size_words(total)}{left}"
