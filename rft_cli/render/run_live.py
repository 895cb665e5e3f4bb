"""What a user sees while a run is followed: a live curve on a terminal, a plain line now and then without one, or JSON lines."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from rft_cli.backends.base import Stage
from rft_cli.errors import ExitCode
from rft_cli.render.advice_words import symptom_words, verdict_lines
from rft_cli.render.ansi import paint, printable
from rft_cli.render.event_json import event_json
from rft_cli.render.findings_text import full_text
from rft_cli.render.plan_words import change_lines, standing_words
from rft_cli.render.run_text import outcome_text, reward_curve
from rft_cli.render.run_words import (
    busy_words,
    clock,
    columns,
    interval,
    metrics_line,
    moment,
    number,
    percent,
    place_words,
    schedule_line,
    schedule_of,
)
from rft_cli.render.submission_words import Pace, progress_words
from rft_cli.render.wrap import columns_of, wrap
from rft_cli.runs.record import Point
from rft_cli.workflow.events import (
    Alarmed,
    Busy,
    Checked,
    Detached,
    Ended,
    Evaluated,
    Event,
    Judged,
    Measured,
    Noted,
    Planned,
    Progressed,
    Resumed,
    Stalled,
    StateChanged,
    Submitted,
    Waited,
    Watched,
)

if TYPE_CHECKING:
    from rft_cli.backends.base import Progress
    from rft_cli.render.submission_bar import SubmissionBar
    from rft_cli.render.terminal import Terminal

PLAIN_LINES = 8
"""Lines of progress without a terminal. Chosen: a log shows the shape of the curve and is not flooded."""

REDRAW_SECONDS = 0.1
"""The least time between two frames. Chosen: ten frames a second look live and cost little."""

JSON_SECONDS = 1.0
"""Between two lines of JSON about one stage of a submission. Chosen: a program can draw a bar from them."""

BAR_WIDTH = 24
"""Most columns of the progress bar. Chosen: a step of a hundred moves it by a quarter of a cell."""

_DETACHED = {
    ExitCode.INTERRUPTED: "\nDetached",
    ExitCode.TIMEOUT: "Timed out waiting",
    ExitCode.DONE: "Submitted",
}
"""Why nobody watches any more → how that is told; Ctrl-C leaves its own mark on the line."""

_WITH_FOLDER = (Submitted, Watched, Resumed, Ended)

Shown = Callable[[str], str]
"""Run id → its folder as the user would write it; empty where it is gone."""


Told_contra = TypeVar("Told_contra", contravariant=True)


class View(Protocol[Told_contra]):
    """Takes events as they come."""

    def show(self, event: Told_contra) -> None:
        """Tell one event."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was found."""
        ...


def watch(events: Iterable[Told_contra], view: View[Told_contra]) -> ExitCode:
    """Show events until there are no more; returns what the last one means for the command."""
    code = ExitCode.DONE
    try:
        for event in events:
            view.show(event)
            if isinstance(event, Ended | Detached):
                code = event.exit_code
    finally:
        view.close()
    return code


def view_for(terminal: Terminal, shown: Shown, *, as_json: bool) -> View[Event]:
    """The view that fits the reader."""
    if as_json:
        return JsonView(terminal, shown)
    return LiveView(terminal, shown) if terminal.interactive else PlainView(terminal, shown)


def _verdict_lines(event: Judged) -> tuple[tuple[str, str], ...]:
    """What a run shows; nothing where it ended before it showed anything, because the reason of its end says more."""
    reading = event.consulted.reading
    is_blank = reading is None or not reading.series.n_points
    if is_blank and event.consulted.advice.verdict == "not_enough_evidence":
        return ()
    return verdict_lines(event.consulted.advice, event.run)


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


class JsonView:
    """One object a line on standard output."""

    def __init__(self, terminal: Terminal, shown: Shown) -> None:
        self._terminal = terminal
        self._shown = shown
        self._patience = Patience()
        self._pace = Pace(JSON_SECONDS, JSON_SECONDS)

    def show(self, event: Event) -> None:
        """Write the event; empty findings are none, and of equal signs of life one a second is enough."""
        if isinstance(event, Waited) or (isinstance(event, Checked) and not event.findings):
            return
        if isinstance(event, Busy) and not self._patience.is_worth_telling(event):
            return
        if isinstance(event, Progressed) and not self._pace.is_due(event.progress):
            return
        folder = self._shown(event.run.id) if isinstance(event, _WITH_FOLDER) else ""
        self._terminal.answer(event_json(event, folder=folder))
        sys.stdout.flush()

    def close(self) -> None:
        """Nothing is left open."""


class PlainView:
    """Lines on standard error, and the outcome on standard output."""

    def __init__(self, terminal: Terminal, shown: Shown) -> None:
        self._terminal = terminal
        self._shown = shown
        self._began = time.monotonic()
        self._told: set[str] = set()
        self._patience = Patience()
        self._pace = Pace()
        self._newest = 0
        self._is_stalled = False
        self._verdict: tuple[tuple[str, str], ...] = ()

    def show(self, event: Event) -> None:
        """Tell the event in a line, if it is worth one."""
        match event:
            case Checked() if event.findings:
                self._terminal.talk(
                    full_text(
                        event.findings,
                        event.sources,
                        color=self._terminal.talk_color,
                        width=self._terminal.width,
                        wrap=self._terminal.talk_wrap,
                    )
                )
            case Planned():
                self.planned(event)
            case Progressed():
                self.progressed(event.progress)
            case Submitted() | Watched() | Resumed():
                self.opened(event)
            case Measured():
                self._is_stalled = False
                self.measured(event)
            case Evaluated():
                evaluation = event.evaluation
                self._say(
                    f"  evaluation at step {evaluation.step}: {number(evaluation.mean)}  ({interval(evaluation)})"
                )
            case Noted():
                self.note(event.message)
            case Stalled():
                self._is_stalled = True
                self.note(
                    f"no sign of life since {moment(event.since)}; see why with: rft logs {event.run}; "
                    f"end it with: rft cancel {event.run}"
                )
            case StateChanged() if event.state.live:
                self.placed(event)
            case Busy():
                self.busy(event)
            case Alarmed():
                self.alarmed(event)
            case Judged():
                self._verdict = _verdict_lines(event)
            case Detached():
                self.detached(event)
            case Ended():
                self.ended(event)

    def close(self) -> None:
        """Nothing is left open."""

    def planned(self, event: Planned) -> None:
        """What the run is compared with, and what it changes; refusals are told by the failure that they lead to."""
        assessment = event.assessment
        if not all(verdict.allowed for verdict in assessment.verdicts):
            return
        if assessment.situation.baseline_comes_first:
            baseline = next(each for each in assessment.verdicts if each.guard == "baseline")
            self.note(f"{baseline.message}; {baseline.help}")
        elif assessment.difference is not None:
            told = [*change_lines(assessment.difference), *filter(None, [standing_words(assessment)])]
            self._say(f"Against {assessment.situation.reference}: {'; '.join(told) or 'no change'}")

    def progressed(self, progress: Progress) -> None:
        """What is done before there is a run to follow."""
        if self._pace.is_due(progress) and (words := progress_words(progress)):
            self._say(f"  {printable(words)}")

    def opened(self, event: Submitted | Watched | Resumed) -> None:
        """What is run, or what has been run already."""
        run = event.run
        if isinstance(event, Submitted) and not event.is_new:
            if run.state.live:
                self._say(f"These settings are running already: following {run.id}.")
            else:
                self._say(
                    f"These settings have run already: {run.id}. Nothing was started; --new-attempt trains again."
                )
            return
        if not run.state.live:
            return
        name = paint(run.id, "bold", color=self._terminal.talk_color)
        schedule = schedule_of(run)
        line = schedule_line(schedule, run.get("rollout.n"), run.get("training.epochs"))
        again = " goes on" if isinstance(event, Resumed) else ""
        self._say(f"{name}{again}: {line}")
        for note in [*schedule["notes"], event.about]:
            self.note(note)
        if isinstance(event, Submitted) and run.summary.is_baseline:
            said = run.why.get("as_baseline")
            why = f"by your word ({said})" if said else "with default parameters"
            self.note(f"{why} this is the baseline of its scope: later runs are compared with it")
        self._began, self._newest = time.monotonic(), 0

    def detached(self, event: Detached) -> None:
        """That the run goes on, and what can be done with it; the answer of a launch that only submits is the run's id."""
        run = event.run
        if event.exit_code is ExitCode.DONE:
            self._terminal.answer(run)
        how = "is not over, and shows no sign of life" if self._is_stalled else "goes on by itself"
        self._say(f"{_DETACHED[event.exit_code]}: {run} {how}.")
        self._say(columns([("watch it", f"rft watch {run}"), ("end it", f"rft cancel {run}")]))

    def measured(self, event: Measured) -> None:
        """A line for the first step, the last, and some between them; of steps that are told again, the last only."""
        step, steps = event.point.step, event.steps
        every = -(-steps // PLAIN_LINES)
        is_news, self._newest = step > self._newest, max(step, self._newest)
        if step == steps or (is_news and (step == 1 or step % every == 0)):
            elapsed = clock(time.monotonic() - self._began)
            self._say(
                f"  step {step:>{len(str(steps))}}/{steps}  {metrics_line(event.point.values)}  {elapsed}"
            )

    def note(self, message: str) -> None:
        """Say something once."""
        if message and message not in self._told:
            self._told.add(message)
            self._say(f"  note: {printable(message)}")

    def placed(self, event: StateChanged) -> None:
        """Where the run is, once for each of its backend's words, where the backend has words of its own."""
        words = place_words(event.state, event.raw_state)
        if words and words not in self._told:
            self._told.add(words)
            self._say(f"  {words}")

    def busy(self, event: Busy) -> None:
        """What the run waits for."""
        if self._patience.is_worth_telling(event):
            self._say(f"  {busy_words(event)}")

    def alarmed(self, event: Alarmed) -> None:
        """What a run shows before it is over, and what becomes of it."""
        name = paint(f"{event.alarm} at step {event.step}", "red", color=self._terminal.talk_color)
        after = "it is ended" if event.ends_run else f"end it with: rft cancel {event.run}"
        self._say(f"  {name}: {symptom_words(event.symptom)}; {after}")

    def ended(self, event: Ended) -> None:
        """How it went."""
        terminal = self._terminal
        terminal.answer(
            outcome_text(
                event.run,
                event.points,
                folder=self._shown(event.run.id),
                color=terminal.color,
                width=terminal.width,
                plot=terminal.interactive,
                wrap=terminal.wrap,
                reference=event.reference,
                verdict=self._verdict,
                can_resume=event.can_resume,
            )
        )
        self._verdict = ()

    def _say(self, text: str) -> None:
        self._terminal.talk(text)


class LiveView(PlainView):
    """The same, with a frame on standard error that is redrawn: curve, progress, the last step's metrics."""

    def __init__(self, terminal: Terminal, shown: Shown) -> None:
        super().__init__(terminal, shown)
        self._points: list[Point] = []
        self._evaluations: list[str] = []
        self._steps = 0
        self._place = ""
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
        self._place = place_words(event.run.state, event.run.summary.raw_state)
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
        left = f", {clock(elapsed / share - elapsed)} left" if 0 < share < 1 else ""
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
            lines.append(self._place or "the worker is starting")
        if self._busy:
            lines.append(busy_words(self._busy))
        if self._evaluations:
            lines.append(f"evaluation {', '.join(self._evaluations)}")
        return "\n".join(wrap(f"  {line}", width) for line in lines).split("\n")
