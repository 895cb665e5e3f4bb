"""The rows of one run within a log, in bounded memory: merged by step, sorted, and averaged in pairs when there are too many."""

from __future__ import annotations

import math
from array import array
from typing import NamedTuple

import numpy as np

from rft_cli.curves.series import Array

MOST_ROWS = 65_536
"""Rows that are held; when there are more, neighbours are averaged in pairs. Chosen: twenty-seven times the longest public
run known, and at most 30 MB of columns."""


class Sheet(NamedTuple):
    """Sorted rows."""

    steps: Array
    cells: Array
    """Shape (rows, columns)."""


class Segment:
    """The rows of one run within a log, each of so many columns."""

    def __init__(self, width: int) -> None:
        self._width = width
        self.steps = array("d")
        self.cells = array("d")
        self.spacing = 1
        self.resumed = 0
        self.offset = 0.0
        """Steps of the epochs before, for a trainer whose steps start again with each epoch."""
        self.epoch = math.nan
        """The newest epoch that was logged."""
        self._held: tuple[float, list[float]] | None = None
        """The newest row: the next one may belong to the same step."""
        self._waiting: list[tuple[float, list[float]]] = []
        """Rows that make one point together, once the log is too long for a point each."""

    @property
    def first(self) -> float | None:
        """The first step; None without rows."""
        if self.steps:
            return self.steps[0]
        return self._held[0] if self._held else None

    @property
    def last(self) -> float:
        """The step of the newest row."""
        return self._held[0] if self._held else -math.inf

    def add(self, step: float, row: list[float]) -> None:
        """Take in one row; one of the step before it is merged into that."""
        if self._held and step == self._held[0]:
            held = self._held[1]
            for place, value in enumerate(row):
                if value == value:  # noqa: PLR0124  # not NaN, without a call per cell
                    held[place] = value
            return
        if self._held and step < self._held[0]:
            self.resumed += 1
        self._settle()
        self._held = (step, row)

    def table(self) -> Sheet:
        """All rows, sorted by step, one a step."""
        self._settle()
        self._held = None
        self._merge_waiting()
        return self._sorted()

    def _settle(self) -> None:
        """Store the newest row, to which nothing can be added any more."""
        if self._held is None:
            return
        if self.spacing == 1:
            self._store(*self._held)
            return
        self._waiting.append(self._held)
        if len(self._waiting) == self.spacing:
            self._merge_waiting()

    def _merge_waiting(self) -> None:
        if self._waiting:
            cells = np.array([[row for _, row in self._waiting]])
            self._store(self._waiting[-1][0], _mean(cells)[0].tolist())
            self._waiting = []

    def _store(self, step: float, row: list[float]) -> None:
        self.steps.append(step)
        self.cells.extend(row)
        if len(self.steps) >= MOST_ROWS:
            table = self._sorted()
            pairs = table.steps.size // 2 * 2
            self.steps = array("d", table.steps[1:pairs:2].tolist())
            self.cells = array("d", _mean(table.cells[:pairs].reshape(-1, 2, self._width)).ravel().tolist())
            self.spacing *= 2

    def _sorted(self) -> Sheet:
        """The stored rows in order of steps; of equal steps the later values."""
        steps = np.array(self.steps)
        cells = np.array(self.cells).reshape(-1, self._width)
        if bool(np.all(np.diff(steps) > 0)):
            return Sheet(steps, cells)
        order = np.argsort(steps, kind="stable")
        steps, cells = steps[order], cells[order]
        is_first = np.concatenate(([True], np.diff(steps) > 0))
        merged, group = cells[is_first], np.cumsum(is_first) - 1
        for row in np.flatnonzero(~is_first):
            known = np.isfinite(cells[row])
            merged[group[row], known] = cells[row, known]
        return Sheet(steps[is_first], merged)


def _mean(cells: Array) -> Array:
    known = np.isfinite(cells)
    count = known.sum(axis=1)
    total = np.where(known, cells, 0.0).sum(axis=1)
    mean: Array = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean
