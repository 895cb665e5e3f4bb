"""A probe of the evaluator as values: which answers are tried, and what came of each. Pure; nothing is scored here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from rft_cli.task.row import Row

PROBED_ROWS = 8
"""Rows whose answers are tried. Chosen: five show an evaluator that is all the same, three more catch one odd row."""

LEAST_ROWS = 5
"""Rows that are tried however slow the evaluator is, with an empty answer, another row's and one right one."""

REQUEST_FILE = "probe.json"
"""What the prober is asked: the evaluator's spec and the trials."""

ROWS_FILE = "rows.jsonl"
"""The rows of the trials, each on the line that it has in the data set."""

RESULT_FILE = "probe-result.json"
"""What the prober found out."""

ANSWER_KEYS = ("ground_truth", "answer", "solution", "expected", "target", "reference", "label")
"""Keys of a row that hold its right answer. Source: the managed service's row format first, then those of public data sets."""

DRESSES = ("{}", "<answer>{}</answer>", "\\boxed{{{}}}", "#### {}", "answer: {}")
"""Forms in which evaluators look for an answer; a bare value is tried in each, since a row does not say which is meant."""


class Kind(StrEnum):
    """What an answer is that is tried."""

    NOTHING = "nothing"
    ECHO = "echo"
    """The last turn of the prompt."""
    OTHER = "other"
    """The right answer of another row."""
    RIGHT = "right"
    SAMPLED = "sampled"
    """What the rehearsal model answered while it trained."""


class Trial(NamedTuple):
    """One answer to one row."""

    line: int
    """Of the data set."""
    kind: Kind
    answer: str


class Outcome(NamedTuple):
    """What came of a trial."""

    trial: Trial
    scores: tuple[float, ...]
    """One a call; empty where the evaluator failed."""
    seconds: float
    """Of the slowest call; 0 where nobody measured it."""
    error: str = ""
    """Why it failed."""
    help: str = ""
    """What would mend that."""

    def after(self, first: Outcome) -> Outcome:
        """This call together with an earlier one of the same answer."""
        return self._replace(scores=first.scores + self.scores, seconds=max(first.seconds, self.seconds))


def trials(rows: Sequence[Row]) -> tuple[Trial, ...]:
    """The answers to try, row by row.

    Args:
        rows: what is asked; the first `PROBED_ROWS` of them are tried.
    """
    tried = rows[:PROBED_ROWS]
    known = [known_answers(row.record) for row in tried]
    return tuple(
        trial
        for index, row in enumerate(tried)
        for trial in _of_row(row, known[index], _others(known, index))
    )


def least(every: Sequence[Trial]) -> frozenset[Trial]:
    """The trials that show most, of the first `LEAST_ROWS` rows: one of each kind but the echo."""
    lines = list(dict.fromkeys(trial.line for trial in every))[:LEAST_ROWS]
    first: dict[tuple[int, Kind], Trial] = {}
    for trial in every:
        if trial.line in lines and trial.kind is not Kind.ECHO:
            first.setdefault((trial.line, trial.kind), trial)
    return frozenset(first.values())


def worth_waiting_for(
    waiting: Sequence[Trial], least: frozenset[Trial], outcomes: Sequence[Outcome]
) -> list[Trial]:
    """What is still tried of a slow evaluator.

    Nothing where every call failed, by running out of time for example; everything in the first rows while no two answers have
    scored differently, since the right form of an answer may be the last; else the least.

    Args:
        waiting: what is left to try.
        least: what shows most.
        outcomes: what is known so far.
    """
    scores = {score for outcome in outcomes for score in outcome.scores}
    if not scores:
        return []
    lines = {trial.line for trial in least}
    return [trial for trial in waiting if trial in least or (len(scores) == 1 and trial.line in lines)]


def known_answers(record: Mapping[str, Any]) -> tuple[str, ...]:
    """The right answer of a row in every form worth trying; empty where the row has none."""
    messages = record.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else None
    if isinstance(last, dict) and last.get("role") == "assistant" and isinstance(last.get("content"), str):
        return (last["content"],)
    for key in ANSWER_KEYS:
        value = record.get(key)
        if value is None or value == "":
            continue
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return tuple(dress.format(text) for dress in DRESSES)
    return ()


def _of_row(row: Row, right: tuple[str, ...], other: str) -> Iterator[Trial]:
    yield Trial(row.line, Kind.NOTHING, "")
    asked = row.messages[-1]["content"]
    if isinstance(asked, str) and asked:
        yield Trial(row.line, Kind.ECHO, asked)
    if other:
        yield Trial(row.line, Kind.OTHER, other)
    for answer in right:
        yield Trial(row.line, Kind.RIGHT, answer)


def _others(known: Sequence[tuple[str, ...]], index: int) -> str:
    """The right answer of the next row that has a different one; empty where there is none."""
    turned = [*known[index + 1 :], *known[:index]]
    own = known[index][:1]
    return next((answers[0] for answers in turned if answers and answers[:1] != own), "")


def as_json(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Outcomes as the result file holds them."""
    return [outcome._asdict() | {"trial": outcome.trial._asdict()} for outcome in outcomes]


def from_json(entries: Sequence[Mapping[str, Any]]) -> tuple[Outcome, ...]:
    """The outcomes in a result file."""
    return tuple(
        Outcome(
            trial_from_json(entry["trial"]),
            tuple(entry["scores"]),
            entry["seconds"],
            entry["error"],
            entry["help"],
        )
        for entry in entries
    )


def trial_from_json(entry: Mapping[str, Any]) -> Trial:
    """A trial as the request and the result hold it."""
    return Trial(int(entry["line"]), Kind(entry["kind"]), str(entry["answer"]))
