"""What a submission does, in a line now and then for readers that no bar can be drawn for."""

from __future__ import annotations

from rft_cli.backends.base import Progress, Stage
from rft_cli.render.control_text import size_words
from rft_cli.render.pace import FIRST_WAIT
from rft_cli.render.run_words import clock

WORTH_A_LINE = 1.0
"""Seconds of an upload whose end is told. Chosen: below that the first line has said all."""


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
