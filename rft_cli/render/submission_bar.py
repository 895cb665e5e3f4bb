"""What a submission does, as a line that is redrawn: a bar while a file is sent, a spinner while something is waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.progress import (
    BarColumn,
    DownloadColumn,
    ProgressColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as RichProgress
from rich.table import Column

from rft_cli.render.ansi import printable
from rft_cli.render.run_words import clock

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from rft_cli.backends.base import Progress

MARGIN = 2
"""Columns before the line, as before everything that is told of a run."""

NARROW = 72
"""Columns below which the rate is left out. Chosen: name, bar, bytes and time left still fit."""


class SubmissionBar:
    """Draws one sign of life after the other.

    Args:
        console: where; its width decides what is shown.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._what: tuple[object, ...] = ()
        self._drawn = RichProgress()
        self._task = TaskID(0)

    def frame(self, progress: Progress) -> RenderableType:
        """The line."""
        what = progress.stage, progress.subject
        is_counted = progress.total is not None
        if what != self._what:
            columns = _upload_columns(self._console.width) if is_counted else _wait_columns()
            # Somebody else redraws it; this one only makes the line.
            self._drawn = RichProgress(*columns, console=self._console, auto_refresh=False, expand=True)
            self._what, self._task = what, self._drawn.add_task("", total=progress.total, since="")
        again = f" (try {progress.tries})" if progress.tries > 1 else ""
        said, since = f"{printable(progress.message)}{again}", clock(progress.seconds)
        # Where an upload begins again there is less than before, and Rich forgets the rate.
        self._drawn.update(self._task, completed=progress.done or 0, description=said, since=since)
        return Padding(self._drawn.get_renderable(), (0, 0, 0, MARGIN))


def _text() -> TextColumn:
    return TextColumn(
        "{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis", ratio=3)
    )


def _wait_columns() -> list[ProgressColumn]:
    return [SpinnerColumn(), _text(), TextColumn("{task.fields[since]}", table_column=Column(no_wrap=True))]


def _upload_columns(width: int) -> list[ProgressColumn]:
    def kept() -> Column:
        return Column(no_wrap=True)

    columns: list[ProgressColumn] = [
        _text(),
        BarColumn(None, table_column=Column(ratio=2, min_width=4)),
        DownloadColumn(table_column=kept()),
    ]
    if width >= NARROW:
        columns.append(TransferSpeedColumn(table_column=kept()))
    columns.append(TimeRemainingColumn(compact=True, table_column=kept()))
    return columns
