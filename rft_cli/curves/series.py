"""The canonical series of one run: what every reader returns and every symptom is read from. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Series(NamedTuple):
    """The metrics of one run, one row a logged step, in rising order of steps.

    All arrays have the length of ``steps``; NaN stands where a metric was not logged at a step.
    """

    steps: Array
    """Training steps (or chunks of a managed job), whole numbers, strictly rising."""
    values: Mapping[str, Array]
    """Canonical name (`names.CANONICAL`) → values. A metric that was never logged is absent."""
    errors: Mapping[str, Array]
    """Canonical name → standard errors, for the metrics whose points carry their own."""
    rollouts: Array | None = None
    """Rollouts behind each point, where the source says it."""
    source: str = ""
    """Path, run id, or whatever the series was read from."""
    format: str = ""
    """Name of the format that was recognised."""
    notes: tuple[str, ...] = ()
    """What was read, what was missing, what was repaired; one sentence each."""
    total_steps: int | None = None
    """Steps that the run was meant to take, where the source says it."""
    log_text: str = ""
    """The end of a log or the reason of a failure, for what shows without a curve."""
    spacing: int = 1
    """How many logged rows each point is the mean of; above 1 only for a log that is too long to hold."""

    def get(self, name: str) -> Array:
        """The logged values of a metric without the gaps; empty when it was never logged."""
        column = self.values.get(name)
        return np.empty(0) if column is None else column[np.isfinite(column)]

    def at(self, name: str) -> Array:
        """The steps at which a metric was logged, aligned with `get`."""
        column = self.values.get(name)
        return np.empty(0) if column is None else self.steps[np.isfinite(column)]

    def error(self, name: str) -> Array | None:
        """The standard errors aligned with `get`, or None unless every point of the metric carries one."""
        column, errors = self.values.get(name), self.errors.get(name)
        if column is None or errors is None:
            return None
        found = errors[np.isfinite(column)]
        return found if found.size and bool(np.all(np.isfinite(found))) else None

    @property
    def n_points(self) -> int:
        """Points of the training reward: what evidence is counted in when points carry no errors."""
        return int(self.get("reward_mean").size)
