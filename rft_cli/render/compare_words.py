"""How a comparison of outcomes is said, wherever it is shown. Pure."""

from __future__ import annotations

from rft_cli.compare.difference import Change
from rft_cli.compare.outcome_report import Measure, Row, Versus
from rft_cli.compare.outcome_statistics import Estimate
from rft_cli.render.run_words import NORMAL_95, number
from rft_cli.spec.parameter import show

HEADS = ("RUN", "SEEDS", "STEPS", "EVALUATION", "REWARD", "STATE")

_TOLD = {"better": "better", "worse": "worse", "not told apart": "cannot be told apart"}


def cells(row: Row) -> tuple[str, ...]:
    """One line of the table of outcomes."""
    score = row.evaluation
    evaluated = (
        f"{number(score.mean)} ± {number(NORMAL_95 * score.standard_error)} (n {score.n})" if score else "–"
    )
    reward = "–" if row.reward is None else number(row.reward)
    return row.label, str(len(row.runs)), str(row.steps), evaluated, reward, row.state or "–"


def headline(versus: Versus) -> str:
    """One sentence about two groups."""
    if versus.reasons:
        return f"not comparable with {versus.old.label} because {'; '.join(versus.reasons)}"
    if not versus.told:
        return f"nothing could be compared with {versus.old.label}"
    link = "than" if versus.told in {"better", "worse"} else "from"
    return f"{_TOLD[versus.told]} {link} {versus.old.label}"


def change_words(changes: tuple[Change, ...]) -> str:
    """What was changed; empty when nothing is known."""
    return ", ".join(f"{change.path} {show(change.old)} → {show(change.new)}" for change in changes)


def measure_words(measure: Measure) -> str:
    """A measure with its interval, or why there is none."""
    if measure.estimate is None:
        return f"not compared because {'; '.join(measure.refused)}"
    return f"{estimate_words(measure.estimate)}  ({measure.n}; {measure.method})"


def estimate_words(estimate: Estimate) -> str:
    """A difference, its interval, and the smallest that could have been seen."""
    return (
        f"{signed(estimate.difference)} [{signed(estimate.low)}, {signed(estimate.high)}], "
        f"smallest difference that could be seen {number(estimate.smallest)}"
    )


def signed(value: float) -> str:
    """A difference with its sign."""
    return f"{'-' if value < 0 else '+'}{number(abs(value))}"
