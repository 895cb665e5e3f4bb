"""A run read to the end: series → symptoms → forecast → advice. Pure; the one entry for all who hold a series."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from rft_cli.advice.advise import advise
from rft_cli.advice.case import Facts
from rft_cli.advice.change import Advice
from rft_cli.advice.forecast import Forecast, forecast
from rft_cli.advice.history import Tried
from rft_cli.config.resolved import value_at
from rft_cli.curves.diagnose import diagnose
from rft_cli.curves.series import Series
from rft_cli.curves.symptom import Context, Symptom
from rft_cli.spec.parameters import PARAMETERS

LONGEST_SHARE = 0.99
"""The share of steps whose longest answer is at most what counts as the longest. Chosen: one in a hundred is no rule."""
_MANAGED = frozenset({"fireworks"})
"""Backends whose hardware is not the user's."""


class Known(NamedTuple):
    """What is known of a run besides its series."""

    config: Mapping[str, Any] | None = None
    """Resolved, nested as in YAML; None for another tool's run of which nothing is known."""
    effective: Mapping[str, Any] = {}
    """Parameter path → the value that acts, where it is not the configured one."""
    failure: str = ""
    prompts_per_step: int | None = None

    def get(self, path: str) -> Any:
        """The value at a dotted path; None when it is not known."""
        return value_at(self.config, path)


class Reading(NamedTuple):
    """What a run shows, and what follows."""

    series: Series
    symptoms: tuple[Symptom, ...]
    forecast: Forecast | None
    advice: Advice
    goal: str


def read_run(series: Series, known: Known, *, goal: str = "", history: Sequence[Tried] = ()) -> Reading:
    """Read a run.

    Args:
        series: its metrics.
        known: its config and circumstances.
        goal: one of the seven; empty: the config's own, if it has one.
        history: single changes against it that other runs have made.
    """
    wanted = goal or known.get("experiment.goal") or ""
    configured, context = _configured(known), context_of(known)
    symptoms = diagnose(series, context)
    ahead = forecast(series, ceiling=math.inf if context.reward_range is None else context.reward_range[1])
    advice = advise(
        symptoms,
        context._replace(parameters=configured),
        goal=wanted,
        history=history,
        forecast=ahead,
        facts=_facts(series, known, configured),
    )
    return Reading(series, symptoms, ahead, advice, wanted)


def context_of(known: Known) -> Context:
    """What symptoms are read with: the values that acted."""
    bounds = known.get("evaluation.reward_range")
    return Context(
        parameters={path: known.effective.get(path, value) for path, value in _configured(known).items()},
        reward_range=None if bounds is None else (float(bounds[0]), float(bounds[1])),
        failure=known.failure,
        prompts_per_step=known.prompts_per_step,
    )


def _configured(known: Known) -> dict[str, float]:
    return {entry.path: value for entry in PARAMETERS if (value := known.get(entry.path)) is not None}


def _facts(series: Series, known: Known, configured: Mapping[str, float]) -> Facts:
    rates, lengths = series.get("learning_rate"), series.get("completion_length_max")
    cut = series.get("truncated_fraction")
    return Facts(
        logged_rate=float(rates.max()) if rates.size and rates.max() > 0 else None,
        longest_answer=float(np.quantile(lengths, LONGEST_SHARE)) if lengths.size else None,
        cut_at_first=float(cut[: max(cut.size // 5, 1)].mean()) if cut.size else None,
        is_managed=known.get("backend") in _MANAGED,
        effective={path: value for path, value in known.effective.items() if path in configured},
    )
