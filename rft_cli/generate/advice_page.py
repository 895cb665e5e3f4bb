"""docs/advice.md: how `rft advise` decides, with the playbook as it is interpreted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rft_cli.advice import alarm
from rft_cli.advice.case import CONDITIONS, LONG_WAY
from rft_cli.advice.forecast import COVERAGE, FEWEST_POINTS, SHRINKAGE
from rft_cli.advice.moves import BAND_FACTOR, Move
from rft_cli.advice.playbook import PLAYBOOK, Row
from rft_cli.advice.words import RELIABILITY
from rft_cli.generate.markdown import NOTICE, anchor, code, link_ids, table
from rft_cli.spec.parameter import show
from rft_cli.spec.parameters import parameter

_INTRODUCTION = """# Advice

`rft advise CONFIG|RUN|METRICS…` reads a run and names the **one** change to make next: its value, the evidence, the statement
of the [guide](guide.md) behind it, and what was considered and why not. Or it says that nothing should change, that it cannot
tell yet and how many more points would, or that the reward or the data is the problem. It runs nothing and needs no account.

| verdict | what it means |
| --- | --- |
| `change` | one parameter, from a value to a value; `--write next.yaml` makes the config of the next run |
| `none` | the run is sound, or nothing that it shows asks for a change |
| `not_enough_evidence` | too few points, or no run yet; `more_points` says how many |
| `fix_reward_or_data` | no parameter can help: look at the evaluator and the rows |

What is read from a curve is on [diagnosis](diagnosis.md). `--config FILE` says the values that another tool's metrics were made
with; without it the direction of a change is told and not its value. `--goal` adds what is wanted besides.

## The playbook

Rows are tried from the top, and in a row its changes from the left; the first legal one is advised. A symptom that only follows
another one (answers cut after a collapse) is named and not treated. Rows without an id of the guide are ours.

"""


_ALARMS = f"""
## While a run trains

`rft launch` and `rft watch` end with the verdict and the command for the next step. From point {alarm.FEWEST_POINTS} on
they also read the run every {alarm.EVERY:.1%} of its steps, and tell once what two readings in a row show. `--stop-on` ends the
run for it, with exit code 5, and where the backend lets it, `rft resume` goes on after all.

{{table}}
On 39 public runs all 3 collapses were told, late, and 2 of 36 other runs, whose reward dipped and rose again, were taken for
one. None of 3 runs without signal was told, because their logs hold one group a step
([figures](../benchmarks/results/alarms.md)).
"""


def _alarms() -> str:
    rows = [(code(name), code(symptom)) for name, symptom in alarm.ALARMS.items()]
    return _ALARMS.format(table=table(("alarm", "symptom"), rows))


def advice_page() -> str:
    """The text of the page."""
    heads = ("row", "shows", "and", "change or verdict", "guide")
    rows = [_row(row) for row in PLAYBOOK]
    return NOTICE + _INTRODUCTION + table(heads, rows) + _changes() + _forecast() + _alarms() + _INTERFACE


def _row(row: Row) -> tuple[str, ...]:
    ids = dict.fromkeys([*row.sources, *(id_ for move in row.moves for id_ in move.sources)])
    without = [f"not with {_symptoms((id_,))}" for id_ in row.unless]
    return (
        f"{anchor(row.id)}{row.id}",
        _symptoms(row.symptoms) or "anything",
        "; ".join([*row.when, *without]),
        _outcome(row),
        link_ids(", ".join(ids)) or "ours",
    )


def _symptoms(ids: tuple[str, ...]) -> str:
    return " or ".join(map(code, ids))


def _outcome(row: Row) -> str:
    if row.takes_goal:
        return "the next step of the [goal](guide.md#the-seven-goals)"
    if not row.moves:
        return f"**{row.verdict}**"
    return ", then ".join(map(_move, row.moves))


def _move(move: Move) -> str:
    name = f"[{code(move.path)}](parameters.md#{move.path.replace('.', '-').replace('_', '-')})"
    way = f"{name} {_STRIDES[move.stride](move)}"
    return f"{way} (if {'; '.join(move.needs)})" if move.needs else way


def _times(move: Move) -> str:
    return f"× {show(move.amount)}" if move.amount > 1 else f"÷ {show(round(1 / move.amount))}"


_STRIDES: Mapping[str, Callable[[Move], str]] = {
    "band": lambda move: f"{move.direction}, within its band",
    "ladder": lambda move: f"to {', '.join(map(show, move.rungs))}",
    "add": lambda move: f"+ {show(move.amount)}",
    "times": _times,
    "halve": lambda _move: "halved, at least 1",
    "neighbour": lambda move: f"to the next {'higher' if move.direction == 'up' else 'lower'} of its values",
    "default": lambda move: f"back to {show(parameter(move.path).default)}",
    "step": lambda _move: "by the goal's step",
}


def _changes() -> str:
    rows = [(name, entry.otherwise or "–") for name, entry in CONDITIONS.items()]
    bounds = link_ids(
        f"A learning rate moves by at most a factor of {BAND_FACTOR} inside its usual band, from outside to the nearest end, and "
        "never out of it (LR4); at the end the row's next change is taken. Every other change leads to a legal value in its "
        "direction. Longer answers that do not fit into the context raise it with them, and the two count as one. A change that "
        "another run has made against this one is not advised again: the ledger says what came of it."
    )
    asked = "What a row or a change may ask, and what is said when the answer is no."
    head = f"\n## How far a change goes\n\n{bounds}\n\n## Conditions\n\n{asked}\n\n"
    return head + table(("condition", "otherwise"), rows)


def _forecast() -> str:
    text = link_ids(
        f"A run of at least {FEWEST_POINTS} points has a forecast: what half as many steps again are expected to bring above its "
        f"last fifth, with an interval of {COVERAGE:.0%} (EP4). A level, a line and saturating curves are fitted and weighed by "
        f"their fit; the gain is multiplied by {SHRINKAGE}, which is what came of fitted gains. How far it can be trusted was "
        f"measured by cutting runs: {RELIABILITY} ([figures](../benchmarks/results/forecast.md)). It decides between one and two "
        f"more epochs, and where `evaluation.reward_range` is declared, whether two epochs would bring {LONG_WAY:.0%} of what is "
        "left: if not, the learning rate is what is too low (LR6)."
    )
    return f"\n## Forecast\n\n{text}\n"


_INTERFACE = """
## For scripts

`rft advise --json` prints one object a source (of several sources one object whose `results` is their list). These fields stay:

| field | meaning |
| --- | --- |
| `schema_version`, `source`, `n_points` | 1; what was named; points of the training reward |
| `symptoms` | `id`, `onset_step`, `confidence` from 0 to 1, `evidence` |
| `verdict` | one of the four above |
| `change` | `parameter`, `direction`, `from`, `to` (null: only the direction is known), `with` (what must move along); or null |
| `why`, `sources`, `rejected` | the reason, ids of the guide, and other changes with `parameter` and `why` |

The exit code is 0 whatever the advice, 2 when there is nothing of that name, it cannot be read, or a config is not valid.
"""
