"""What is worth saying while a run is still training: a reward that has collapsed, and a reward that says nothing. Pure.

A curve that is not yet whole misleads more easily, so an alarm asks for more than the symptom does, and one reading is not
enough: `watch` compares with the reading before.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from rft_cli.curves.series import Series
    from rft_cli.curves.symptom import Context, Symptom

Alarm = Literal["collapse", "no-signal"]

ALARMS: Mapping[Alarm, str] = {"collapse": "spike_then_collapse", "no-signal": "flat_no_signal"}
"""Name, as `--stop-on` takes it → symptom."""
FEWEST_POINTS = 15
"""Below it nothing is said. Chosen: what a trend takes."""
EVERY = 1 / 40
"""The share of a run between two readings. Chosen, and what the figures below were measured with (benchmarks/alarms.py)."""
SURE = 0.55
"""Confidence of a collapse. Read every fortieth of the run and twice in a row, on 39 public runs: 3 of 3 collapses were seen, and
2 of 36 other runs, whose reward dipped and rose again, were taken for one."""
ALIKE = 0.9
"""Share of groups without variance, over the later half, from which on nothing is learned. On the same runs: no false alarm, and
none of the three silent runs was seen, because their logs hold one group a step."""


def reading_steps(logged: Sequence[int], planned: int) -> tuple[int, ...]:
    """The steps up to which a run is read: `EVERY` of it apart, or as far as its points are, once there are enough of them.

    Args:
        logged: the steps that have a point, rising.
        planned: steps of the whole run; 0: not known, and every point counts.
    """
    apart = max(1, math.ceil(planned * EVERY))
    found: list[int] = []
    for step in logged[FEWEST_POINTS - 1 :]:
        if not found or step - found[-1] >= apart:
            found.append(step)
    return tuple(found)


class Watch(NamedTuple):
    """One reading of a live run."""

    alarms: Mapping[Alarm, Symptom]
    """What this reading shows."""
    confirmed: frozenset[Alarm] = frozenset()
    """What the reading before showed too: this may be said, and may end the run."""


def watch(series: Series, context: Context, before: Watch | None = None) -> Watch:
    """Read a live run.

    Args:
        series: so far.
        context: what is known of its config.
        before: the previous reading, at least `EVERY` of the run earlier.
    """
    # NumPy comes with it, which whoever asks for the names of the alarms does not need.
    from rft_cli.curves.diagnose import diagnose

    if series.n_points < FEWEST_POINTS:
        return Watch({})
    found = {symptom.id: symptom for symptom in diagnose(series, context) if not symptom.explained_by}
    shown = {name: found[id_] for name, id_ in ALARMS.items() if id_ in found and _is_grave(found[id_])}
    earlier = before.alarms if before is not None else {}
    return Watch(shown, frozenset(shown) & frozenset(earlier))


def _is_grave(symptom: Symptom) -> bool:
    if symptom.id == ALARMS["collapse"]:
        return symptom.confidence >= SURE
    same = symptom.evidence.get("zero_variance_group_fraction", 0.0)
    return symptom.evidence.get("identical_points") == 1 or (not isinstance(same, str) and same >= ALIKE)
