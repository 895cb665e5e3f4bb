"""What happens to a run as a plain line now and then, and its outcome at the end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rft_cli.errors import ExitCode
from rft_cli.render.advice_words import symptom_words, verdict_lines
from rft_cli.render.ansi import paint, printable
from rft_cli.render.findings_text import full_text
from rft_cli.render.pace import Pace, Patience
from rft_cli.render.plan_words import change_lines, standing_words
from rft_cli.render.run_text import outcome_text
from rft_cli.render.run_words import (
    busy_words,
    clock,
    columns,
    interval,
    metrics_line,
    moment,
    number,
    place_words,
    schedule_line,
    schedule_of,
)
from rft_cli.render.submission_words import progress_words
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
    Watched,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from rft_cli.backends.base import Progress
    from rft_cli.render.terminal import Terminal

PLAIN_LINES = 8
"""Lines of progress without a terminal. Chosen: a log shows the shape of the curve and is not flooded."""

_DETACHED = {
    ExitCode.INTERRUPTED: "\nDetached",
    ExitCode.TIMEOUT: "Timed out waiting",
    ExitCode.DONE: "Submitted",
}
"""Why nobody watches any more → how that is told; Ctrl-C leaves its own mark on the line."""


class PlainView:
    """Lines on standard error, and the outcome on standard output."""

    def __init__(self, terminal: Terminal, shown: Callable[[str], str]) -> None:
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


def _verdict_lines(event: Judged) -> tuple[tuple[str, str], ...]:
    """What a run shows; nothing where it ended before it showed anything, because the reason of its end says more."""
    reading = event.consulted.reading
    is_blank = reading is None or not reading.series.n_points
    if is_blank and event.consulted.advice.verdict == "not_enough_evidence":
        return ()
    return verdict_lines(event.consulted.advice, event.run)
