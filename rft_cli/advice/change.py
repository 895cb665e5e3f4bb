"""What advice is, as a value: a verdict, at most one change, the reasons, and what was not advised."""

from __future__ import annotations

from typing import Literal, NamedTuple

from rft_cli.spec.parameter import Number

Direction = Literal["up", "down"]
Verdict = Literal["change", "none", "not_enough_evidence", "fix_reward_or_data"]


class Companion(NamedTuple):
    """A value that must move because the change needs it; it counts with the change as one."""

    parameter: str
    old: Number
    new: Number


class Advised(NamedTuple):
    """The one change."""

    parameter: str
    """Dotted path."""
    direction: Direction
    old: Number | None
    """None: the present value is not known."""
    new: Number | None
    """None: only the direction can be told, because the present value is unknown or none of the guide's."""
    companion: Companion | None = None


class Rejected(NamedTuple):
    """A change that was considered and is not advised."""

    parameter: str
    why: str


class Advice(NamedTuple):
    """The answer to one run."""

    verdict: Verdict
    change: Advised | None
    why: str
    """Sentences for a reader, the evidence among them."""
    sources: tuple[str, ...] = ()
    """Ids of the guide's statements; empty: the rule is ours, and `why` says so."""
    rejected: tuple[Rejected, ...] = ()
    row: str = ""
    """Id of the playbook row that decided; empty when none did."""
    symptom: str = ""
    """Id of the symptom that the row rests on; empty when there is none."""
    hypothesis: str = ""
    """What the change should do, and what in the metrics says so; for `experiment.hypothesis`."""
    follow: str = ""
    """A run that has made exactly this change and is better: to go on from, instead of launching it again."""
    more_points: int | None = None
    """How many more points would tell, where that is the question."""
