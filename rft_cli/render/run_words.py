"""How numbers and facts of a run are said, wherever they are shown. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rft_cli.render.ansi import printable
from rft_cli.render.wrap import NARROWEST
from rft_cli.render.wrap import wrap as wrap_text
from rft_cli.runs.record import Changed, Evaluation, Run, Summary
from rft_cli.worker import Schedule, State

if TYPE_CHECKING:
    from rft_cli.workflow.events import Busy

NORMAL_95 = 1.96
"""Standard errors on each side of a mean that hold 95 % of a normal distribution."""


def number(value: float) -> str:
    """A reward or a metric: three decimals where they matter."""
    size = abs(value)
    if size >= 1000 or 0 < size < 0.0005:
        return f"{value:.3g}"
    return f"{value:.1f}" if size >= 100 else f"{value:.3f}"


def percent(share: float) -> str:
    """A fraction as whole percents."""
    return f"{share * 100:.0f} %"


def duration(seconds: float) -> str:
    """``4.2 s``, ``3 min 05 s``, ``2 h 10 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def clock(seconds: float) -> str:
    """``0:42``, ``1:02:03``, for a line that is redrawn."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def place_words(state: State, raw_state: str) -> str:
    """Where a live run is, with its backend's word for it; empty where the backend has no word of its own."""
    return printable(f"{state} ({raw_state})") if raw_state.lower() not in ("", state) else ""


def busy_words(busy: Busy) -> str:
    """What a run waits for, and for how long."""
    return printable(f"{busy.doing}, {duration(busy.seconds) if busy.seconds >= 60 else f'{busy.seconds} s'}")


def moment(timestamp: str) -> str:
    """A timestamp of a record as people read it."""
    return f"{timestamp[:10]} {timestamp[11:16]} UTC"


def schedule_line(schedule: Schedule, n: int, epochs: int) -> str:
    """The step arithmetic in one line."""
    prompts = schedule["prompts_per_step"]
    if not schedule["rows"]:
        return f"steps are not known here, × {n} rollouts a prompt, × {_count(epochs, 'epoch')}"
    return (
        f"{_count(schedule['steps'], 'step')} of {_count(prompts, 'prompt')} × {n} rollouts; "
        f"{_count(schedule['rows'], 'row')} × {_count(epochs, 'epoch')}"
    )


def _count(amount: int, what: str) -> str:
    return f"{amount:,} {what}{'' if amount == 1 else 's'}"


def metrics_line(values: Mapping[str, float]) -> str:
    """The numbers of a step that say how learning goes."""
    shown = (
        ("reward", "reward", number),
        ("frac_reward_zero_std", "zero-variance groups", percent),
        ("completions/clipped_ratio", "truncated", percent),
        ("kl", "KL", "{:.3f}".format),
    )
    return "  ".join(f"{label} {say(values[name])}" for name, label, say in shown if name in values)


def interval(evaluation: Evaluation) -> str:
    """What the sample size leaves open about an evaluation."""
    which = "training" if evaluation.on_training_rows else "held-out"
    rows = f"{evaluation.n} {which} row{'' if evaluation.n == 1 else 's'}"
    if not evaluation.standard_error:
        alike = "scored" if evaluation.n == 1 else "all scored alike"
        return f"{rows}, {alike}"
    return f"± {number(NORMAL_95 * evaluation.standard_error)}, 95 % interval over {rows}"


def evaluation_words(run: Run) -> str:
    """Held-out score before → after; empty when nothing was evaluated."""
    before, after = run.evaluation(before=True), run.evaluation(before=False)
    if before is None and after is None:
        return ""
    newest = after or before
    assert newest is not None
    start = number(before.mean) if before else "?"
    end = f" → {number(after.mean)}" if after else ""
    at = f" at step {after.step}" if after and run.state.live else ""
    return f"{start}{end}{at}  ({interval(newest)})"


def reward_words(summary: Summary) -> str:
    """Training reward at the beginning and at the end; empty before step 1."""
    if summary.reward_first is None or summary.reward_last is None:
        return ""
    return f"{number(summary.reward_first)} → {number(summary.reward_last)}  (training, mean of the first and the last eighth)"


def headline(run: Run) -> str:
    """The run and where it is in its life, with the reason of a bad end."""
    summary = run.summary
    if summary.state is State.COMPLETED:
        return f"{run.id} completed: {_count(summary.last_step, 'step')}{_how_long(summary)}"
    place = f" at step {summary.last_step} of {summary.steps}" if summary.last_step else " before step 1"
    reason = f": {said}" if (said := _reason(summary)) else ""
    words = {State.STOPPED_EARLY: "stopped early"}.get(summary.state, str(summary.state))
    return f"{run.id} {words}{place}{reason}"


def _reason(summary: Summary) -> str:
    """Why a run ended so, without what its state and its step say already."""
    state, _, more = summary.reason.partition(": ")
    return more if summary.state is State.CANCELLED and state.startswith("cancelled ") else summary.reason


def _how_long(summary: Summary) -> str:
    if not summary.ended:
        return ""
    start, end = (datetime.fromisoformat(time) for time in (summary.created, summary.ended))
    return f" in {duration((end - start).total_seconds())}"


def schedule_of(run: Run) -> Schedule:
    """The schedule that a run was recorded with."""
    schedule: Schedule = run.record["schedule"]
    return schedule


def steps_words(summary: Summary) -> str:
    """Steps done of steps planned."""
    if summary.last_step == summary.steps:
        return str(summary.steps)
    return f"{summary.last_step}/{summary.steps}"


def columns(pairs: list[tuple[str, str]], *, indent: str = "  ", wrap: int = 0) -> str:
    """Label and value a line, values aligned; lines of one value stay in its column.

    Args:
        pairs: label and value.
        indent: before each line.
        wrap: columns at which values are broken, and below their labels where nothing fits beside these; 0: never.
    """
    margin = max((len(label) for label, _ in pairs), default=0) + 2
    room = wrap - len(indent) - margin
    if wrap and room < NARROWEST:
        return "".join(_below(label, value, indent, wrap) for label, value in pairs)
    return "".join(
        f"{indent}{label if first else '':<{margin}}{line}".rstrip() + "\n"
        for label, value in pairs
        for first, line in (
            (index == 0, line) for index, line in enumerate(wrap_text(value, room if wrap else 0).split("\n"))
        )
    )


def _below(label: str, value: str, indent: str, wrap: int) -> str:
    """A label, and its value below it."""
    lines = [f"{indent}{label}"] if label else []
    lines += [wrap_text(f"{indent}    {line}", wrap) for line in value.split("\n")]
    return "".join(f"{line}\n" for line in lines)


def change_words(change: Changed) -> str:
    """A change in one line; a setting without a value is said to have none."""
    from rft_cli.spec.parameter import show

    old, new = ("none" if value is None else show(value) for value in (change.old, change.new))
    return f"{change.parameter} {old} → {new}"


def tuned_words(tuned: Mapping[str, tuple[Any, Any]]) -> str:
    """Values that differ from their defaults, one a line."""
    from rft_cli.spec.parameter import show

    return "\n".join(
        f"{path} {show(value)}  (default {show(default)})" for path, (default, value) in tuned.items()
    )
