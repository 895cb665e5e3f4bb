"""A run, the table of runs, and rollouts as text. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from rft_cli.plan import tuned
from rft_cli.render.ansi import Style, paint, printable
from rft_cli.render.plots import curve
from rft_cli.render.run_words import (
    columns,
    evaluation_words,
    headline,
    metrics_line,
    moment,
    number,
    reward_words,
    schedule_line,
    schedule_of,
    steps_words,
    tuned_words,
)
from rft_cli.runs.record import Point, Run, Summary
from rft_cli.worker import Rollout, State

STATE_STYLES: dict[State, Style] = {
    State.COMPLETED: "green",
    State.FAILED: "red",
    State.STOPPED_EARLY: "yellow",
    State.CANCELLED: "yellow",
}

PLOT_HEIGHT = 7
"""Lines of a reward curve. Chosen: an odd number has a middle, and the whole fits above a prompt."""
PLOT_WIDTH = 72
"""Most columns of a reward curve. Chosen: readable at a glance."""


def reward_curve(points: Sequence[Point], *, width: int, steps: int) -> list[str]:
    """The curve of mean training reward; an empty frame before step 1."""
    rewards = [point.values.get("reward", math.nan) for point in points]
    rewards = [reward for reward in rewards if math.isfinite(reward)]
    return curve(rewards, width=min(width - 2, PLOT_WIDTH), height=PLOT_HEIGHT, steps=steps)


def outcome_text(
    run: Run, points: Sequence[Point], *, folder: str, color: bool, width: int, plot: bool
) -> str:
    """How a run ended, what it was worth, and what to do next.

    Args:
        run: over.
        points: its metrics.
        folder: the run folder as the user would write it.
        color: whether to use ANSI colours.
        width: columns of the reader's terminal.
        plot: whether to draw the reward curve.
    """
    style = STATE_STYLES.get(run.state, "bold")
    lines = [paint(printable(headline(run)), style, color=color)]
    hint = run.failure["hint"] if run.failure else ""
    if hint:
        lines.append(f"  {paint('help:', 'green', color=color)} {printable(hint)}")
    if plot and points:
        lines += [
            "",
            *(f"  {line}" for line in reward_curve(points, width=width, steps=run.summary.steps)),
            "",
        ]
    pairs = [
        ("evaluation", evaluation_words(run)),
        ("reward", reward_words(run.summary)),
        ("baseline", _baseline_words(run)),
        ("adapter", f"{folder}/adapter" if run.state is State.COMPLETED else ""),
        ("log", f"{folder}/worker.log" if run.state is State.FAILED else ""),
        ("next", _next_words(run)),
    ]
    return "\n".join(lines) + "\n" + columns([pair for pair in pairs if pair[1]])


def show_text(
    run: Run, points: Sequence[Point], *, folder: str, baseline: str | None, color: bool, width: int
) -> str:
    """Everything worth knowing of one run."""
    summary = run.summary
    schedule = schedule_of(run)
    facts = [
        ("config", run.record["config_path"]),
        ("backend", f"{summary.backend}, model {run.get('model')}"),
        ("created", f"{moment(summary.created)}, attempt {summary.attempt}"),
        ("hypothesis", run.get("experiment.hypothesis") or ""),
        ("reference", run.get("experiment.reference") or _other(baseline, run)),
        ("tuned", tuned_words(tuned(run.get)) or "nothing: the guide's parameters stand at their defaults"),
        ("schedule", schedule_line(schedule, run.get("rollout.n"), run.get("training.epochs"))),
        ("notes", "\n".join(dict.fromkeys([*schedule["notes"], *run.notes]))),
        ("stalled", f"no sign of life since {summary.stalled_since}" if summary.stalled_since else ""),
        ("last step", _last_step(points)),
    ]
    head = columns([(label, printable_lines(value)) for label, value in facts if value])
    outcome = outcome_text(run, points, folder=folder, color=color, width=width, plot=True)
    first, _, rest = outcome.partition("\n")
    return f"{first}\n{head}{rest}"


def runs_text(summaries: Sequence[Summary], *, color: bool) -> str:
    """A table of runs, the newest last."""
    heads = ("RUN", "STATE", "STEPS", "REWARD", "EVALUATION", "CREATED", "")
    rows = [_cells(summary) for summary in summaries]
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]

    def line(cells: Sequence[str], state: State | None) -> str:
        padded = [f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)]
        if state in STATE_STYLES:
            padded[1] = paint(padded[1], STATE_STYLES[state], color=color)
        return "  ".join(padded).rstrip()

    head = paint(line(heads, None), "bold", color=color)
    return "\n".join([head, *(line(row, run.state) for row, run in zip(rows, summaries, strict=True))])


def rollouts_text(rollouts: Iterable[Rollout], *, color: bool) -> str:
    """Rollouts one under the other: how each was scored, what was asked, what was answered."""
    return "\n".join(_rollout(rollout, color=color) for rollout in rollouts)


def _cells(summary: Summary) -> tuple[str, ...]:
    reward = evaluation = ""
    if summary.reward_first is not None and summary.reward_last is not None:
        reward = f"{number(summary.reward_first)} → {number(summary.reward_last)}"
    if summary.evaluation_before is not None:
        evaluation = number(summary.evaluation_before)
        evaluation += f" → {number(summary.evaluation_after)}" if summary.evaluation_after is not None else ""
    mark = "baseline" if summary.is_baseline else ""
    return (
        summary.id,
        summary.state,
        steps_words(summary),
        reward,
        evaluation,
        moment(summary.created),
        mark,
    )


def _rollout(rollout: Rollout, *, color: bool) -> str:
    parts = [
        f"step {rollout['step']}",
        f"row {rollout['row']}",
        f"reward {number(rollout['reward'])}",
        *(f"{name} {number(value)}" for name, value in rollout["parts"].items()),
        f"advantage {rollout['advantage']:+.2f}",
        f"{rollout['tokens']} tokens{', truncated' if rollout['truncated'] else ''}",
    ]
    pairs = [(message["role"], printable_lines(str(message["content"]))) for message in rollout["prompt"]]
    pairs.append(("answer", printable_lines(rollout["completion"])))
    return paint(" · ".join(parts), "bold", color=color) + "\n" + columns(pairs)


def printable_lines(text: str) -> str:
    """Text of several lines that cannot steer the reader's terminal."""
    return "\n".join(printable(line) for line in text.split("\n"))


def _last_step(points: Sequence[Point]) -> str:
    return f"{points[-1].step}  {metrics_line(points[-1].values)}" if points else ""


def _other(baseline: str | None, run: Run) -> str:
    return f"{baseline}, the baseline of its scope" if baseline and baseline != run.id else ""


def _baseline_words(run: Run) -> str:
    if not run.summary.is_baseline:
        return ""
    return "this is the first run of its scope with default parameters; later ones are compared with it"


def _next_words(run: Run) -> str:
    commands = {
        State.COMPLETED: (f"rft rollouts {run.id} --worst", f"rft show {run.id}"),
        State.STOPPED_EARLY: (f"rft rollouts {run.id} --worst", f"rft show {run.id}"),
    }.get(run.state, (f"rft show {run.id}",))
    return "\n".join(commands)
