"""How evidence and a forecast are said in a sentence. Pure."""

from __future__ import annotations

from rft_cli.advice.forecast import COVERAGE, Forecast
from rft_cli.curves.symptom import Symptom

RELIABILITY = (
    "on 58 cuts of 29 real runs it held in 79 %, and all 7 that lay wholly above zero were followed by a rise, "
    "3 by a clear one"
)
"""Source: benchmarks/results/forecast.md."""


_SAID_ELSEWHERE = frozenset({"explained_by", "expected_gain_of_half_as_many_steps", "points_needed"})
"""Evidence that has a line of its own: the cause, what more steps would bring, which the forecast says with its interval, and
how many more points would tell."""


def evidence_words(symptom: Symptom) -> str:
    """The numbers that a symptom rests on, one after the other."""
    return ", ".join(
        f"{name.replace('_', ' ')} {_value(value)}"
        for name, value in symptom.evidence.items()
        if name not in _SAID_ELSEWHERE
    )


def forecast_words(forecast: Forecast) -> str:
    """What 50 % more steps are expected to bring, with the interval."""
    interval = f"{COVERAGE:.0%} interval {forecast.low:+.3g} to {forecast.high:+.3g}"
    return f"50 % more steps: {forecast.gain:+.3g} expected, {interval}"


def _value(value: float | str) -> str:
    return value.replace("_", " ") if isinstance(value, str) else f"{value:.3g}"
