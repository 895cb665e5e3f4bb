"""A rehearsal for people: what was tried, what came of it, and what the evaluator alone would take in a whole run. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rft_cli.diagnostics import Severity
from rft_cli.render.ansi import paint
from rft_cli.render.wrap import wrap as wrapped
from rft_cli.spec.parameter import show
from rft_cli.task.probe import Kind

if TYPE_CHECKING:
    from rft_cli.workflow.rehearse import Rehearsal

_KINDS = {
    Kind.NOTHING: "empty",
    Kind.ECHO: "the prompt repeated",
    Kind.OTHER: "another row's answer",
    Kind.RIGHT: "right, in several forms",
    Kind.SAMPLED: "the rehearsal model's",
}

WORTH_SEVERAL_AT_ONCE = 0.25
"""Seconds of a call from which it waits for something else, as a rule. Chosen: a check in Python alone takes far less."""

_COLUMNS = (
    ("reward", "reward", "{:.3f}"),
    ("truncated", "completions/clipped_ratio", "{:.0%}"),
    ("no signal", "frac_reward_zero_std", "{:.0%}"),
    ("length", "completions/mean_length", "{:.0f}"),
    ("seconds", "step_time", "{:.2f}"),
)
"""Heading, metric, format of the table of steps."""


def rehearsal_text(rehearsal: Rehearsal, *, color: bool, wrap: int = 0) -> str:
    """The whole answer.

    Args:
        rehearsal: with a config.
        color: whether to use ANSI colours.
        wrap: columns at which sentences are broken; 0: nowhere.
    """
    assert rehearsal.config is not None
    blocks = [
        [f"{paint(rehearsal.config.name, 'bold', color=color)}: {_rows(rehearsal.rows)}"],
        list(_scores(rehearsal)),
        list(_steps(rehearsal)),
        [f"note: {note}" for note in rehearsal.notes],
        [_verdict(rehearsal)],
    ]
    return wrapped("\n\n".join("\n".join(block) for block in blocks if block), wrap)


def span(seconds: float) -> str:
    """A time as people say it."""
    for limit, unit, name in (
        (1e-3, 1e-6, "µs"),
        (1.0, 1e-3, "ms"),
        (120.0, 1.0, "s"),
        (7200.0, 60.0, "min"),
    ):
        if seconds < limit:
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds / 3600:.3g} h"


def _rows(rows: int) -> str:
    return "nothing was tried" if not rows else f"{rows} row{'' if rows == 1 else 's'}"


def _scores(rehearsal: Rehearsal) -> Iterator[str]:
    if not rehearsal.outcomes:
        return
    yield f"{'answers to the evaluator':<26}{'tried':>6}{'failed':>8}{'lowest':>10}{'highest':>10}"
    for kind, name in _KINDS.items():
        outcomes = [outcome for outcome in rehearsal.outcomes if outcome.trial.kind is kind]
        if not outcomes:
            continue
        scores = [score for outcome in outcomes for score in outcome.scores]
        failed = sum(bool(outcome.error) for outcome in outcomes)
        low, high = (show(round(bound(scores), 4)) if scores else "–" for bound in (min, max))
        yield f"  {name:<24}{len(outcomes):>6}{failed:>8}{low:>10}{high:>10}"
    if rehearsal.calls and rehearsal.call_seconds:
        yield _scoring_time(rehearsal)


def _scoring_time(rehearsal: Rehearsal) -> str:
    """What scoring takes in a whole run, and in a step of it where steps are counted."""
    calls = step = ""
    if rehearsal.step_calls:
        calls = f", {rehearsal.step_calls:,} a step"
        step = f", {span(rehearsal.scoring_seconds(rehearsal.step_calls))} a step"
    order = f"with {rehearsal.at_once} at once" if rehearsal.at_once > 1 else "one after the other"
    hint = (
        "; evaluator.concurrency has several under way"
        if rehearsal.at_once == 1 and rehearsal.call_seconds > WORTH_SEVERAL_AT_ONCE
        else ""
    )
    return (
        f"A call takes {span(rehearsal.call_seconds)} (the slowest {span(rehearsal.slowest_seconds)}); the run makes "
        f"{rehearsal.calls:,} calls{calls}: {span(rehearsal.scoring_seconds(rehearsal.calls))} {order}{step}{hint}."
    )


def _steps(rehearsal: Rehearsal) -> Iterator[str]:
    if not rehearsal.steps:
        return
    yield f"{'step':>4}" + "".join(f"{heading:>11}" for heading, _, _ in _COLUMNS)
    for step in rehearsal.steps:
        cells = (
            form.format(step.values[metric]) if metric in step.values else "–" for _, metric, form in _COLUMNS
        )
        yield f"{step.step:>4}" + "".join(f"{cell:>11}" for cell in cells)
    yield "On the rehearsal model, which is tiny: its rewards say that all parts work together, not how the run will go."


def _verdict(rehearsal: Rehearsal) -> str:
    counts = {
        severity: sum(finding.severity is severity for finding in rehearsal.findings)
        for severity in (Severity.ERROR, Severity.WARNING)
    }
    took = f"Rehearsed in {span(rehearsal.seconds)}; nothing is recorded."
    if counts[Severity.ERROR]:
        return f"{took} Mend the errors before paying for a run; rft explain CODE says more."
    if counts[Severity.WARNING]:
        return f"{took} Nothing stands in the way; look at the warnings first."
    return f"{took} Nothing stands in the way."
