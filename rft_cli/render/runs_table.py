"""Many runs as text: a table, and the tree of which run was one change away from which. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from rft_cli.render.ansi import paint
from rft_cli.render.run_text import STATE_STYLES
from rft_cli.render.run_words import change_words, moment, number, steps_words
from rft_cli.render.table import aligned
from rft_cli.runs.record import Summary
from rft_cli.worker import State

HEADS = ("RUN", "STATE", "STEPS", "REWARD", "EVALUATION", "CREATED", "CHANGED", "")
TREE_HEADS = ("RUN", "STATE", "EVALUATION", "CHANGED", "")

_STATE = HEADS.index("STATE")

Children = Mapping[str, Sequence[Summary]]
"""Run id → the runs that were launched against it, the oldest first."""


def runs_text(
    summaries: Sequence[Summary], references: Collection[str], *, color: bool, wrap: int = 0
) -> str:
    """A table of runs, in the order given.

    Args:
        summaries: the runs.
        references: ids of the runs that the next ones of their scopes are compared with.
        color: whether to use ANSI colours.
        wrap: columns of the reader's terminal; 0: a run is a line.
    """
    rows = [
        (
            run.id,
            _state(run),
            steps_words(run),
            _reward(run),
            _evaluation(run),
            moment(run.created),
            _changes(run),
            _marks(run, references),
        )
        for run in summaries
    ]
    return _table(HEADS, rows, [run.state for run in summaries], color=color, wrap=wrap)


def tree_text(
    summaries: Sequence[Summary], references: Collection[str], *, color: bool, wrap: int = 0
) -> str:
    """The same runs as trees: each one below the run that it was launched against.

    A run whose reference is not among the runs stands at the top. References that form a circle, which only a ledger that
    was changed by hand can hold, are cut at their oldest run.
    """
    lines = list(_lineage(summaries))
    rows = [
        (f"{branch}{run.id}", _state(run), _evaluation(run), _changes(run), _marks(run, references))
        for branch, run in lines
    ]
    return _table(TREE_HEADS, rows, [run.state for _, run in lines], color=color, wrap=wrap)


def _lineage(summaries: Sequence[Summary]) -> Iterator[tuple[str, Summary]]:
    """Branch and run, line by line; every run comes exactly once."""
    known = {run.id for run in summaries}
    children: dict[str, list[Summary]] = {}
    for run in summaries:
        children.setdefault(run.reference if run.reference in known else "", []).append(run)
    told: set[str] = set()
    for top in [*children.get("", ()), *summaries]:
        yield from _below(top, children, told)


def _below(top: Summary, children: Children, told: set[str]) -> Iterator[tuple[str, Summary]]:
    """A run and all that stands below it. A stack of our own: a lineage may be longer than Python's."""
    stack = [("", "", top)]
    while stack:
        branch, stem, run = stack.pop()
        if run.id in told:
            continue
        told.add(run.id)
        yield branch, run
        below = [child for child in children.get(run.id, ()) if child.id not in told]
        for index, child in enumerate(reversed(below)):
            corner, trunk = ("└─ ", "   ") if index == 0 else ("├─ ", "│  ")
            stack.append((stem + corner, stem + trunk, child))


def _table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], states: Sequence[State], *, color: bool, wrap: int
) -> str:
    # A column in which no run has anything to say is left out.
    shown = [
        column for column in range(len(heads)) if column < _STATE + 1 or any(row[column] for row in rows)
    ]
    cells = [[row[column] for column in shown] for row in (heads, *rows)]
    cells[0] = [paint(head, "bold", color=color) for head in cells[0]]
    for row, state in zip(cells[1:], states, strict=True):
        if state in STATE_STYLES:
            row[_STATE] = paint(row[_STATE], STATE_STYLES[state], color=color)
    return "\n".join(aligned(cells, wrap=wrap))


def _state(run: Summary) -> str:
    return f"{run.state}, stalled" if run.stalled_since and run.state.live else str(run.state)


def _reward(run: Summary) -> str:
    if run.reward_first is None or run.reward_last is None:
        return ""
    return f"{number(run.reward_first)} → {number(run.reward_last)}"


def _evaluation(run: Summary) -> str:
    if run.evaluation_before is None:
        return ""
    after = f" → {number(run.evaluation_after)}" if run.evaluation_after is not None else ""
    return number(run.evaluation_before) + after


def _changes(run: Summary) -> str:
    return ", ".join(change_words(change) for change in run.changes or ())


def _marks(run: Summary, references: Collection[str]) -> str:
    """The baseline is the reference until that is moved, so only one that was moved is marked."""
    own = "baseline" if run.is_baseline else "reference" if run.id in references else ""
    return ", ".join(filter(None, (own, "adopted" if run.adopted else "")))
