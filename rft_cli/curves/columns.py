"""Rows of any framework, in the order of the log, to the columns of one series. Memory is bounded whatever the length.

Steps as logs have them: missing (rows are counted), repeated (rows are merged, later values win), falling back after a resume
(later values win on equal steps), falling back to the start (another epoch where the log says so, else another run).
Values as logs have them: numbers in quotes, NaN, missing in some rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from rft_cli.curves.names import CANONICAL, STEP_NAMES, Match, formed, match
from rft_cli.curves.segment import MOST_ROWS, Segment, Sheet
from rft_cli.curves.series import Array, Series

MOST_NAMES = 10_000
"""Logged names whose meaning is remembered: a foreign file may have new ones in every row."""

KEPT = ("reward_part", *CANONICAL)
ERRORS = tuple(f"{name}_error" for name in ("reward_mean", "evaluation_reward"))
"""Names under which rows that know it say the standard error of a metric."""
ROLLOUTS = "rollouts"

_COLUMNS = (*KEPT, *ERRORS, ROLLOUTS)
_PLACE = {name: place for place, name in enumerate(_COLUMNS)}
_NAN = float("nan")


class Columns:
    """Takes rows one at a time; `series` gives what they add up to."""

    def __init__(self) -> None:
        self._segments = [Segment(len(_COLUMNS))]
        self._meanings: dict[str, tuple[int, Match] | None] = {}
        self._count = 0
        self._has_steps = False
        self.rows = 0

    def add(self, row: Mapping[str, object]) -> bool:
        """Take in one logged row; False when nothing in it is a metric that is read."""
        step: float | None = None
        step_rank = len(STEP_NAMES)
        cells = [_NAN] * len(_COLUMNS)
        ranks: dict[int, int] = {}
        found = False
        for name, value in row.items():
            meaning = self._meaning(name)
            if meaning is None:
                continue
            place, matched = meaning
            number = as_number(value)
            if number is None:
                continue
            if place < 0:
                if matched.rank < step_rank and math.isfinite(number):
                    step, step_rank = number, matched.rank
                continue
            if place in ranks and ranks[place] <= matched.rank:
                continue
            ranks[place] = matched.rank
            cells[place] = formed(number, matched.form)
            found = True
        _quotient(row, cells)
        if not found:
            return False
        self.rows += 1
        self._count += 1
        self._has_steps = self._has_steps or step is not None
        if step is None:
            step = self._segments[-1].last - self._segments[-1].offset if self._has_steps else self._count
        self._place(max(step, 0.0) if math.isinf(step) else step, cells)
        return True

    def _meaning(self, name: str) -> tuple[int, Match] | None:
        if name in self._meanings:
            return self._meanings[name]
        result: tuple[int, Match] | None = None
        lowered = name.strip().lower()
        if lowered in STEP_NAMES:
            result = (-1, Match("step", "as logged", STEP_NAMES.index(lowered)))
        elif name in (*ERRORS, ROLLOUTS):
            result = (_PLACE[name], Match(name, "as logged", 0))
        elif (matched := match(name)) is not None:
            result = (_PLACE[matched.canonical], matched)
        if len(self._meanings) < MOST_NAMES:
            self._meanings[name] = result
        return result

    def _place(self, step: float, cells: list[float]) -> None:
        segment, epoch = self._segments[-1], cells[_PLACE["epoch"]]
        first = segment.first
        if first is not None and step + segment.offset < segment.last and step <= first:
            if epoch > segment.epoch:
                segment.offset = segment.last + 1 - step
            else:
                segment = Segment(len(_COLUMNS))
                self._segments.append(segment)
        if math.isfinite(epoch):
            segment.epoch = epoch
        segment.add(step + segment.offset, cells)

    @property
    def names(self) -> tuple[str, ...]:
        """Logged names that were met."""
        return tuple(self._meanings)

    def series(
        self,
        *,
        source: str,
        format_: str,
        notes: Iterable[str] = (),
        total_steps: int | None = None,
        log_text: str = "",
    ) -> Series:
        """The series of the run in the log; of the last long one where a log holds several."""
        tables = [segment.table() for segment in self._segments]
        chosen = _chosen(tables)
        segment, table = self._segments[chosen], tables[chosen]
        said = [*notes]
        if len([entry for entry in tables if entry.steps.size]) > 1:
            said.append(
                f"the steps start again {len(tables) - 1} times: {len(tables)} runs in one log, "
                f"number {chosen + 1} is read ({table.steps.size} rows)"
            )
        if segment.resumed:
            said.append(f"the steps fall back {segment.resumed} times (a resumed run): later values win")
        if segment.spacing > 1:
            said.append(f"more than {MOST_ROWS} rows: each point is the mean of {segment.spacing}")
        values, errors, rollouts = _split(table)
        parts = [
            name for name, found in self._meanings.items() if found and found[1].canonical == "reward_part"
        ]
        if "reward_mean" not in values and "reward_part" in values and len(parts) == 1:
            values["reward_mean"] = values["reward_part"]
            said.append(f"no total reward is logged: its one part, {parts[0]}, stands in")
        values.pop("reward_part", None)
        if "reward_mean" in values:
            missing = int(np.isnan(values["reward_mean"]).sum())
            if missing:
                said.append(f"{missing} of {table.steps.size} rows log no reward")
        return Series(
            steps=table.steps,
            values=values,
            errors=errors,
            rollouts=rollouts,
            source=source,
            format=format_,
            notes=tuple(said),
            total_steps=total_steps,
            log_text=log_text,
            spacing=segment.spacing,
        )


def _chosen(tables: list[Sheet]) -> int:
    """The last run that has at least half the rewards of the longest: a short one after it is a false start."""
    reward = _PLACE["reward_mean"]
    sizes = [int(np.isfinite(table.cells[:, reward]).sum()) or table.steps.size / 1e6 for table in tables]
    longest = max(sizes)
    return max(place for place, size in enumerate(sizes) if 2 * size >= longest)


def _split(table: Sheet) -> tuple[dict[str, Array], dict[str, Array], Array | None]:
    logged = {
        name: table.cells[:, place]
        for name, place in _PLACE.items()
        if np.isfinite(table.cells[:, place]).any()
    }
    values = {name: column for name, column in logged.items() if name in KEPT}
    errors = {name.removesuffix("_error"): column for name, column in logged.items() if name in ERRORS}
    return values, errors, logged.get(ROLLOUTS)


QUOTIENT = (
    "data/step_num_groups_trainable",
    "data/step_num_groups_submitted",
    "zero_variance_group_fraction",
)
"""ART counts groups: one minus the first over the second is the third."""


def _quotient(row: Mapping[str, object], cells: list[float]) -> None:
    if QUOTIENT[0] in row and QUOTIENT[1] in row:
        part, whole = as_number(row[QUOTIENT[0]]), as_number(row[QUOTIENT[1]])
        if part is not None and whole:
            cells[_PLACE[QUOTIENT[2]]] = 1 - part / whole


def as_number(value: object) -> float | None:
    """A logged value as a number: also one in quotes or wrapped as ``np.float64(…)``; None for anything else.

    NaN and infinities become NaN, which stands for a value that was not logged.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("np.") and text.endswith(")"):
            text = text[text.find("(") + 1 : -1]
        try:
            value = float(text)
        except ValueError:
            return None
    if not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return _NAN
    return number if math.isfinite(number) else _NAN
