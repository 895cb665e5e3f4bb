"""docs/guide.md: every statement of the tuning guide and where it acts, and the goals as sequences of changes."""

from __future__ import annotations

from itertools import groupby

from rft_cli.generate.configs import goal_steps
from rft_cli.generate.markdown import NOTICE, anchor, code, table
from rft_cli.spec.coverage import STATEMENTS, Citation, Statement, citations
from rft_cli.spec.goals import GOALS, Goal
from rft_cli.spec.parameter import show

_TOPICS = {
    "LR": "Learning rate",
    "EP": "Epochs",
    "RK": "LoRA rank",
    "BS": "Batch size",
    "TE": "Temperature",
    "TP": "Top-p",
    "TK": "Top-k",
    "NR": "Number of rollouts",
    "MT": "Max tokens",
    "IN": "Interactions",
    "ST": "Strategy",
    "GO": "Goals",
}

_INTRODUCTION = """# The tuning guide, statement by statement

`rft` turns a guide to tuning reinforcement fine-tuning into software. This page lists what the guide says, in our words, each
statement with an id that parameters, goals, codes and tests cite. *Acts as* names the kinds of place that a statement belongs to,
*found in* the rows that rest on it. A statement that nothing acts on yet is **open**, and says what it waits for;
parameters already quote it as a reason to raise or lower a value.

"""

_GOALS = """
## The seven goals

A goal names several changes. They are a sequence, one run each: a step is kept when the held-out evaluation says so, and after a
step that made things worse the next one starts from the reference. A step that the present value satisfies already is left out.
"""


def guide_page() -> str:
    """The text of the page."""
    cited = citations()
    topics = groupby(STATEMENTS, key=lambda entry: entry.id[:2])
    tables = [_topic(_TOPICS[prefix], list(entries), cited) for prefix, entries in topics]
    return (
        NOTICE
        + _INTRODUCTION
        + _summary()
        + "".join(tables)
        + _GOALS
        + "".join(_goal(goal) for goal in GOALS)
    )


def _summary() -> str:
    open_ = sum(entry.is_open for entry in STATEMENTS)
    return f"{len(STATEMENTS)} statements: {len(STATEMENTS) - open_} act, {open_} are open.\n"


def _topic(title: str, entries: list[Statement], cited: dict[str, tuple[Citation, ...]]) -> str:
    rows = [
        (
            f"{anchor(entry.id)}{entry.id}",
            entry.statement + (f" *Not checked: {entry.note}.*" if entry.note else ""),
            ", ".join(entry.where),
            ", ".join(_cited(citation) for citation in cited.get(entry.id, ())),
            _since(entry),
        )
        for entry in entries
    ]
    return f"\n## {title}\n\n" + table(("id", "statement", "acts as", "found in", "since"), rows)


def _since(entry: Statement) -> str:
    if entry.is_open:
        return f"**open**: comes with {entry.opens_with}"
    return f"{entry.since}; more with {entry.opens_with}" if entry.opens_with else entry.since


def _cited(citation: Citation) -> str:
    if citation.kind == "code":
        return f"[{citation.name}](rules/{citation.name}.md)"
    if citation.kind == "goal":
        return f"[{citation.name}](#{citation.name})"
    if citation.kind == "command":
        return f"[rft {citation.name}](commands.md#{citation.name})"
    return f"[{code(citation.name)}](parameters.md#{citation.name.replace('.', '-').replace('_', '-')})"


def _goal(goal: Goal) -> str:
    rows = [
        (
            str(taken.number),
            code(taken.step.path),
            f"{show(taken.present)} → {show(taken.value)}",
            taken.step.why,
            f"[{taken.number}-{taken.key}.yaml](../configs/goals/{goal.name}/{taken.number}-{taken.key}.yaml)",
        )
        for taken in goal_steps(goal)
    ]
    steps = table(("step", "parameter", "change", "hypothesis", "config"), rows)
    source = f"[{goal.source}](#{goal.source.lower()})"
    head = f"\n{anchor(goal.name)}\n\n### {goal.title} ({code(goal.name)})\n\n{goal.summary} Source: {source}.\n\n"
    return f"{head}{steps}\nWatch: {goal.watch}\n"
