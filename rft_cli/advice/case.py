"""Everything that advice is made from, as one value, and the conditions that rows of the playbook ask of it. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from rft_cli.advice.forecast import Forecast
from rft_cli.advice.history import Tried
from rft_cli.curves.symptom import Context, Symptom
from rft_cli.spec.parameter import Number
from rft_cli.spec.parameters import (
    EPOCHS,
    LEARNING_RATE,
    MAX_CONTEXT_LENGTH,
    MAX_TOKENS,
    TEMPERATURE,
    TOP_K,
    TOP_P,
)

TIGHT: Mapping[str, tuple[Number, Number]] = {
    TEMPERATURE.path: (0, 0.7),
    TOP_P.path: (0, 0.9),
    TOP_K.path: (1, 10),
}
"""Sampling that leaves too little to compare: from the first value up to, not including, the second. Source: TE2 and TP2 of the
guide for temperature and top-p; ten tokens to choose from is chosen."""

HOT = 1.2
"""Temperature above which answers may become incoherent. Source: TE4 of the guide."""

CUT_AT_FIRST = 0.05
"""Share of answers cut in the first fifth of a run from which on the limit can have taught the policy to be short. Chosen."""

LONG_WAY = 0.5
"""The share of what is left to gain that two more epochs should bring. Source: statement LR6 of the guide, the half is chosen."""


class Facts(NamedTuple):
    """What is known of a run besides symptoms and parameters; every field may be missing."""

    logged_rate: float | None = None
    """Peak learning rate of the log, where no config says it."""
    longest_answer: float | None = None
    """Tokens that hardly any answer exceeded."""
    cut_at_first: float | None = None
    """Share of answers that were cut in the first fifth of the run."""
    longest_prompt: int = 1
    """Tokens; any prompt has at least one."""
    is_managed: bool = False
    """Whether a service owns the hardware, so that memory is not the user's concern."""
    effective: Mapping[str, Number] = MappingProxyType({})
    """Parameter path → the value that acts on this engine, where it is below the configured one."""


class Case(NamedTuple):
    """One run that advice is asked about."""

    symptoms: tuple[Symptom, ...]
    context: Context
    goal: str = ""
    history: tuple[Tried, ...] = ()
    forecast: Forecast | None = None
    facts: Facts = Facts()

    def find(self, *ids: str) -> Symptom | None:
        """The first symptom of one of these ids that is not another one's debris."""
        return next((each for each in self.symptoms if each.id in ids and not each.explained_by), None)

    def has(self, *ids: str) -> bool:
        """Whether the run shows one of these symptoms, debris or not."""
        return any(each.id in ids for each in self.symptoms)

    def present(self, path: str) -> Number | None:
        """The value of a parameter, as far as it is known."""
        if path == LEARNING_RATE.path and self.rate_is_logged:
            return self.facts.logged_rate
        return self.context.parameters.get(path)

    @property
    def rate_is_logged(self) -> bool:
        """Whether the learning rate is known from the log alone."""
        return self.facts.logged_rate is not None and LEARNING_RATE.path not in self.context.parameters


class Condition(NamedTuple):
    """A question about a case that a row or a move may ask."""

    holds: Callable[[Case], bool]
    otherwise: str = ""
    """Why the change is not advised when the answer is no; empty: it did not come into question, and nothing is said."""


def _collapse_leads(case: Case) -> bool:
    """Whether a collapse came before, or with, answers that were cut.

    What was there from the first step on cannot have begun the fall.
    """
    collapse = case.find("spike_then_collapse")
    if collapse is None:
        return False
    cut = case.find("truncation")
    return cut is None or not 1 < cut.onset_step < collapse.onset_step


def _is_tight(case: Case, path: str) -> bool:
    value = case.context.parameters.get(path)
    low, high = TIGHT[path]
    return value is not None and low <= value < high


def _no_answer_differs(case: Case) -> bool:
    symptom = case.find("flat_no_signal")
    return symptom is not None and symptom.evidence.get("identical_points", 0) == 1


def _level_from_the_start(case: Case) -> bool:
    symptom = case.find("saturated_at_max")
    return symptom is not None and symptom.evidence.get("how") == "level from the start"


def _is_slow(case: Case) -> bool:
    """Whether two more epochs would bring less than half of what is left to gain."""
    if case.forecast is None or case.context.reward_range is None:
        return False
    left = case.context.reward_range[1] - case.forecast.level
    return left > 0 and case.forecast.gain_after(_more_epochs(case, 2)) < LONG_WAY * left


def _second_epoch_pays(case: Case) -> bool:
    """Whether the second of two more epochs brings at least half of what the first one does."""
    if case.forecast is None or case.forecast.low <= 0:
        return False
    first, both = (case.forecast.gain_after(_more_epochs(case, count)) for count in (1, 2))
    return both >= 1.5 * first > 0


def _more_epochs(case: Case, count: int) -> float:
    """So many epochs more, in units of the run so far; one is assumed where the number is unknown."""
    return count / max(case.context.parameters.get(EPOCHS.path, EPOCHS.default), 1)


def _shorter_is_enough(case: Case) -> bool:
    longest, limit = case.facts.longest_answer, case.context.parameters.get(MAX_TOKENS.path)
    return longest is not None and limit is not None and math.ceil(longest) <= limit / 2


def _is_hot(case: Case) -> bool:
    value = case.context.parameters.get(TEMPERATURE.path)
    return value is not None and value > HOT


def _learned_to_be_short(case: Case) -> bool:
    return case.facts.cut_at_first is not None and case.facts.cut_at_first >= CUT_AT_FIRST


def _context_cuts(case: Case) -> bool:
    """Whether answers of the allowed length do not fit into the context beside the longest prompt."""
    limit, context = (
        case.context.parameters.get(path) for path in (MAX_TOKENS.path, MAX_CONTEXT_LENGTH.path)
    )
    return limit is not None and context is not None and limit + case.facts.longest_prompt > context


_UP_OR_LEVEL = ("healthy_rising_then_plateau", "still_climbing_at_end", "saturated_at_max")

CONDITIONS: Mapping[str, Condition] = {
    "collapse came first": Condition(_collapse_leads, "answers were cut before the reward fell"),
    "no answer differs": Condition(_no_answer_differs, "some answers score differently"),
    "level from the start": Condition(_level_from_the_start),
    "sampling is tight": Condition(lambda case: any(_is_tight(case, path) for path in TIGHT)),
    "answers were cut at first": Condition(_learned_to_be_short),
    "sampling is hot": Condition(_is_hot),
    "temperature is tight": Condition(lambda case: _is_tight(case, TEMPERATURE.path)),
    "top_p is tight": Condition(lambda case: _is_tight(case, TOP_P.path)),
    "top_k is tight": Condition(lambda case: _is_tight(case, TOP_K.path)),
    "reward does not rise": Condition(
        lambda case: not case.has(*_UP_OR_LEVEL), "the reward rises, so this is only something to watch"
    ),
    "climb is slow": Condition(_is_slow, "two more epochs are not known to miss half of the way"),
    "second epoch pays": Condition(_second_epoch_pays, "a second further epoch is not expected to pay"),
    "room for a larger batch": Condition(
        lambda case: case.has("memory_headroom") or case.facts.is_managed,
        "more than 30 % of GPU memory must be known to be free (BS3)",
    ),
    "shorter answers are enough": Condition(
        _shorter_is_enough, "half the limit is not known to hold the longest answers"
    ),
    "context cuts answers": Condition(_context_cuts),
    "goal is set": Condition(lambda case: bool(case.goal)),
    "goal is lower-cost": Condition(
        lambda case: case.goal == "lower-cost", "only the goal lower-cost asks for it"
    ),
    "goal is faster-convergence": Condition(
        lambda case: case.goal == "faster-convergence", "only the goal faster-convergence asks for it"
    ),
}
"""Name → question; rows and moves name them."""
