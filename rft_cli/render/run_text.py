"""A run and its rollouts as text. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from rft_cli.render.ansi import Style, paint, printable
from rft_cli.render.plan_words import reference_words
from rft_cli.render.plots import curve
from rft_cli.render.run_words import (
    change_words,
    columns,
    evaluation_words,
    headline,
    metrics_line,
    moment,
    number,
    reward_words,
    schedule_line,
    schedule_of,
    tuned_words,
)
from rft_cli.render.wrap import wrap as wrap_text
from rft_cli.runs.record import Point, Run, Summary
from rft_cli.spec.document import MANAGED_BACKENDS
from rft_cli.worker import Rollout, State
from rft_cli.workflow.reference import Reference

STATE_STYLES: dict[State, Style] = {
    State.COMPLETED: "green",
    State.FAILED: "red",
    State.STOPPED_EARLY: "yellow",
    State.CANCELLED: "yellow",
}

_PAST = {"multiple": "more than one change", "as_baseline": "baseline without default parameters"}
"""What a reason was given for → how it is told."""

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
    run: Run,
    points: Sequence[Point],
    *,
    folder: str,
    color: bool,
    width: int,
    plot: bool,
    wrap: int = 0,
    reference: Reference | None = None,
    verdict: Sequence[tuple[str, str]] = (),
    can_resume: bool = False,
) -> str:
    """How a run ended, what it was worth, and what to do next.

    Args:
        run: over.
        points: its metrics.
        folder: the run folder as the user would write it; empty: it is gone.
        color: whether to use ANSI colours.
        width: columns of the reader's terminal.
        plot: whether to draw the reward curve.
        wrap: columns at which sentences are broken; 0: never.
        reference: what it was launched against, where somebody has looked.
        verdict: label and text of what it shows, and of what to do about it.
        can_resume: whether its backend lets it go on.
    """
    body = _outcome(
        run,
        points,
        folder=folder,
        color=color,
        width=width,
        plot=plot,
        wrap=wrap,
        reference=reference,
        verdict=verdict,
        can_resume=can_resume,
    )
    return f"{_first_line(run, color=color, wrap=wrap)}\n{body}"


def show_text(
    run: Run,
    points: Sequence[Point],
    *,
    folder: str,
    baseline: str | None,
    color: bool,
    width: int,
    wrap: int = 0,
    can_resume: bool = False,
) -> str:
    """Everything worth knowing of one run."""
    # What plans needs the configs' modules, and a table of runs does not.
    from rft_cli.plan import tuned

    summary = run.summary
    schedule = schedule_of(run)
    facts = [
        ("config", run.record["config_path"]),
        ("backend", f"{summary.backend}, model {run.get('model')}"),
        ("adopted", _adopted_words(run)),
        ("created", f"{moment(summary.created)}, attempt {summary.attempt}{_resumed_words(summary)}"),
        ("hypothesis", summary.hypothesis or run.get("experiment.hypothesis") or ""),
        ("reference", _reference_words(baseline, run)),
        ("changed", "\n".join(change_words(change) for change in summary.changes or ())),
        ("why", "\n".join(f"{_PAST.get(guard, guard)}: {reason}" for guard, reason in run.why.items())),
        ("tuned", tuned_words(tuned(run.get)) or "nothing: the guide's parameters stand at their defaults"),
        ("schedule", schedule_line(schedule, run.get("rollout.n"), run.get("training.epochs"))),
        ("notes", "\n".join(dict.fromkeys([*schedule["notes"], *run.notes]))),
        ("at service", _service_words(summary)),
        ("stalled", _stalled_words(summary)),
        ("last step", _last_step(points)),
        ("remarks", "\n".join(f"{moment(remark.time)}  {remark.text}" for remark in run.remarks)),
    ]
    head = columns([(label, printable_lines(value)) for label, value in facts if value], wrap=wrap)
    rest = _outcome(
        run,
        points,
        folder=folder,
        color=color,
        width=width,
        plot=True,
        wrap=wrap,
        can_resume=can_resume,
        is_shown=True,
    )
    return f"{_first_line(run, color=color, wrap=wrap)}\n{head}{rest}"


def _first_line(run: Run, *, color: bool, wrap: int) -> str:
    style = STATE_STYLES.get(run.state, "bold")
    return wrap_text(paint(printable(headline(run)), style, color=color), wrap)


def _outcome(
    run: Run,
    points: Sequence[Point],
    *,
    folder: str,
    color: bool,
    width: int,
    plot: bool,
    wrap: int,
    reference: Reference | None = None,
    verdict: Sequence[tuple[str, str]] = (),
    can_resume: bool,
    is_shown: bool = False,
) -> str:
    """What follows the first line; ``is_shown`` where all that `rft show` has to say is said."""
    lines = []
    (_, judgement), *steps = verdict or (("verdict", ""),)
    is_here = run.summary.backend not in MANAGED_BACKENDS
    hint = run.failure["hint"] if run.failure else ""
    if hint:
        lines.append(wrap_text(f"  {paint('help:', 'green', color=color)} {printable(hint)}", wrap))
    if plot and points:
        curve_lines = reward_curve(points, width=width, steps=run.summary.steps)
        lines += ["", *(f"  {line}" for line in curve_lines), ""]
    commands = (
        *(command for _, command in steps),
        *_next_commands(run, judged=bool(verdict), is_pruned=is_here and not folder, can_resume=can_resume),
    )
    useful = [command for command in commands if not (is_shown and command == f"rft show {run.id}")]
    pairs = [
        ("evaluation", evaluation_words(run)),
        ("reference", reference_words(reference)),
        ("reward", reward_words(run.summary)),
        ("baseline", _baseline_words(run)),
        ("adapter", f"{folder}/adapter" if run.state is State.COMPLETED and is_here and folder else ""),
        ("log", f"{folder}/worker.log" if run.state is State.FAILED and is_here and folder else ""),
        ("verdict", judgement),
        ("next", "\n".join(useful)),
    ]
    told = columns([pair for pair in pairs if pair[1]], wrap=wrap)
    return "".join(f"{line}\n" for line in lines) + told


def rollouts_text(rollouts: Iterable[Rollout], *, color: bool) -> str:
    """Rollouts one under the other: how each was scored, what was asked, what was answered."""
    return "\n".join(_rollout(rollout, color=color) for rollout in rollouts)


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


def _reference_words(baseline: str | None, run: Run) -> str:
    reference = run.summary.reference or run.get("experiment.reference") or ""
    if reference and reference != baseline:
        return str(reference)
    return f"{baseline}, the baseline of its scope" if baseline and baseline != run.id else ""


def _adopted_words(run: Run) -> str:
    """Where a run comes from that was started elsewhere, and why it is not comparable with what its config gives here."""
    origin = run.record.get("adopted")
    if not origin:
        return ""
    who = f" by {origin['by']}" if origin["by"] else ""
    tool = "launched with rft" if origin["launched_with_rft"] else "started without rft"
    called = f", called {origin['label']!r}" if origin["label"] and not origin["launched_with_rft"] else ""
    lines = [f"{moment(run.summary.adopted)}; {tool}{who}{called}"]
    if why := origin["not_comparable_because"]:
        lines.append(
            f"comparable with runs that name the same data, evaluator and model at the service only: {why}"
        )
    return "\n".join(lines)


def _resumed_words(summary: Summary) -> str:
    times = summary.resumes
    return "" if not times else f", resumed {'once' if times == 1 else f'{times} times'}"


def _service_words(summary: Summary) -> str:
    """A service's own word for where a live run is, which may be one that nobody has heard of yet."""
    is_managed = summary.backend in MANAGED_BACKENDS
    return printable(summary.raw_state) if is_managed and summary.state.live else ""


def _stalled_words(summary: Summary) -> str:
    if not summary.stalled_since:
        return ""
    return f"no sign of life since {moment(summary.stalled_since)}"


def _baseline_words(run: Run) -> str:
    if not run.summary.is_baseline:
        return ""
    if "as_baseline" in run.why:
        return "later runs of its scope are compared with this one"
    return "this is the first run of its scope with default parameters; later ones are compared with it"


def _next_commands(run: Run, *, judged: bool, is_pruned: bool, can_resume: bool) -> tuple[str, ...]:
    """Commands that a reader of this run may want.

    Args:
        run: the run.
        judged: whether what it shows has been told, with the command that follows from it.
        is_pruned: whether its folder is gone, with its rollouts and checkpoints.
        can_resume: whether its backend lets it go on.
    """
    advise = () if judged else (f"rft advise {run.id}",)
    compare = (f"rft diff {run.id}",) if run.summary.reference else ()
    sampled = () if is_pruned else (f"rft rollouts {run.id} --worst",)
    resumed = (f"rft resume {run.id}",) if can_resume and not is_pruned else ()
    trained = (*advise, *compare, *sampled, f"rft show {run.id}")
    return {
        State.COMPLETED: trained,
        State.STOPPED_EARLY: trained,
        State.CANCELLED: (*advise, *resumed, f"rft show {run.id}"),
        State.RUNNING: (f"rft watch {run.id}", f"rft cancel {run.id}"),
    }.get(run.state, (f"rft show {run.id}",))
