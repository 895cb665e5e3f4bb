"""What happens to a run on a terminal: a frame that is redrawn, with curve, progress and the last metrics."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from rft_cli.backends.base import Stage
from rft_cli.render.run_text import reward_curve
from rft_cli.render.run_view_plain import PlainView
from rft_cli.render.run_words import busy_words, clock, metrics_line, number, percent, place_words
from rft_cli.render.time_left import TimeLeft
from rft_cli.render.wrap import columns_of, wrap
from rft_cli.runs.record import Point
from rft_cli.spec.document import MANAGED_BACKENDS
from rft_cli.workflow.events import (
    Busy,
    Detached,
    Ended,
    Evaluated,
    Event,
    Measured,
    Resumed,
    StateChanged,
    Submitted,
    Waited,
    Watched,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from rft_cli.backends.base import Progress
    from rft_cli.render.submission_bar import SubmissionBar
    from rft_cli.render.terminal import Terminal

REDRAW_SECONDS = 0.1
"""The least time between two frames. Chosen: ten frames a second look live and cost little."""

BAR_WIDTH = 24
"""Most columns of the progress bar. Chosen: a step of a hundred moves it by a quarter of a cell."""


class LiveView(PlainView):
    """The same, with a frame on standard error that is redrawn: curve, progress, the last step's metrics."""

    def __init__(self, terminal: Terminal, shown: Callable[[str], str]) -> None:
        super().__init__(terminal, shown)
        self._points: list[Point] = []
        self._evaluations: list[str] = []
        self._steps = 0
        self._left = TimeLeft(self._began)
        self._place = ""
        self._before_steps = "the worker is starting"
        self._drawn = 0.0
        self._frame: list[str] = []
        self._busy: Busy | None = None
        self._live: Any = None
        self._bar: SubmissionBar | None = None
        self._open = ExitStack()

    def show(self, event: Event) -> None:
        """Tell the event, in the frame where it belongs there."""
        self._fit()
        match event:
            case Waited():
                self._draw(force=True)
            case Evaluated():
                evaluation, self._busy = event.evaluation, None
                self._evaluations.append(f"{number(evaluation.mean)} at step {evaluation.step}")
                self._draw(force=True)
            case Ended() | Detached():
                self.close()
                super().show(event)
            case _:
                super().show(event)

    def progressed(self, progress: Progress) -> None:
        """A bar or a spinner; what is ready stays as a line."""
        if progress.stage is Stage.READY:
            super().progressed(progress)
            return
        from rft_cli.render.submission_bar import SubmissionBar

        is_new = self._pace.is_due(progress)
        if self._live is None:
            self._start()
        if self._bar is None:
            self._bar = SubmissionBar(self._live.console)
        now = time.monotonic()
        if is_new or now - self._drawn >= REDRAW_SECONDS:
            self._drawn = now
            self._frame = ["─" * self._terminal.width]
            self._live.update(self._bar.frame(progress), refresh=True)

    def opened(self, event: Submitted | Watched | Resumed) -> None:
        """The lines that stay, and the first frame."""
        self.close()
        super().opened(event)
        if not event.run.state.live:
            return
        self._steps = event.run.summary.steps
        # A baseline that was launched first has left its curve.
        self._points, self._evaluations = [], []
        self._left = TimeLeft(self._began)
        self._place = place_words(event.run.state, event.run.summary.raw_state)
        if event.run.summary.backend in MANAGED_BACKENDS:
            self._before_steps = "waiting for the first step"
        self._start()
        self._draw(force=True)

    def _start(self) -> None:
        """Begin a frame of the present width below what stands there."""
        # Rich is imported here, when the worker is already starting, and not before the run is submitted.
        from rich.console import Console
        from rich.live import Live

        console = Console(
            stderr=True,
            highlight=False,
            markup=False,
            no_color=not self._terminal.talk_color,
            width=self._terminal.width,
        )
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._open.enter_context(self._live)

    def _fit(self) -> None:
        """Begin a new frame where the window has another width than the present one.

        Terminals break the lines of a frame that no longer fit, so that it stands on more lines than Rich knows of.
        """
        before, self._terminal = self._terminal, self._terminal.measured()
        if self._live is None or before.width == self._terminal.width:
            return
        from rich.control import Control
        from rich.segment import ControlType

        broken = sum((columns_of(line) - 1) // self._terminal.width for line in self._frame if line)
        console = self._live.console
        self._live.update("")
        self.close()
        erase = ((ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2))
        console.control(Control(*erase * broken))
        self._start()

    def placed(self, event: StateChanged) -> None:
        """A line of the frame, until there is a step."""
        self._place = place_words(event.state, event.raw_state)
        self._draw(force=True)

    def busy(self, event: Busy) -> None:
        """A line of the frame, until something comes of it."""
        self._busy = event
        self._draw(force=True)

    def measured(self, event: Measured) -> None:
        """Another point of the curve; a resumed run takes the steps after its checkpoint once more."""
        self._busy = None
        while self._points and self._points[-1].step >= event.point.step:
            self._points.pop()
        self._points.append(event.point)
        self._left.made(event.point.step, time.monotonic())
        self._steps = event.steps
        self._draw(force=event.point.step == event.steps)

    def close(self) -> None:
        """Take the frame away."""
        self._open.close()
        self._live = self._bar = None

    def _draw(self, *, force: bool) -> None:
        now = time.monotonic()
        if self._live is None or (not force and now - self._drawn < REDRAW_SECONDS):
            return
        self._drawn = now
        from rich.text import Text

        self._frame = self.frame(now - self._began)
        self._live.update(Text("\n".join(self._frame), no_wrap=True, overflow="crop"), refresh=True)

    def frame(self, elapsed: float) -> list[str]:
        """The lines of a frame."""
        done = self._points[-1].step if self._points else 0
        share = done / self._steps if self._steps else 0.0
        seconds = self._left.seconds(self._steps, self._began + elapsed)
        left = "" if seconds is None else f", {clock(seconds)} left"
        before, after = f"step {done}/{self._steps}  ", f" {percent(share)}  {clock(elapsed)}{left}"
        width = self._terminal.width
        # Two columns are the frame's margin.
        cells = min(BAR_WIDTH, max(width - len(before) - len(after) - 2, 0))
        filled = round(share * cells)
        lines = [*reward_curve(self._points, width=width, steps=self._steps)]
        lines.append(f"{before}{'█' * filled}{'░' * (cells - filled)}{after}")
        if self._points:
            lines.append(metrics_line(self._points[-1].values))
        elif not self._busy:
            lines.append(self._place or self._before_steps)
        if self._busy:
            lines.append(busy_words(self._busy))
        if self._evaluations:
            lines.append(f"evaluation {', '.join(self._evaluations)}")
        return "\n".join(wrap(f"  {line}", width) for line in lines).split("\n")
