"""Advice for machines. A contract: fields may be added, never renamed or removed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from rft_cli.advice.change import Advised
from rft_cli.advice.forecast import COVERAGE, EXTRA, Forecast
from rft_cli.curves.symptom import Symptom
from rft_cli.workflow.advising import Consulted

if TYPE_CHECKING:
    from rft_cli.render.outputs.analysis import (
        AdviceOutput,
        AdvicesOutput,
        AdvisedChange,
        ForecastObject,
        SymptomObject,
    )

SCHEMA_VERSION: Literal[1] = 1


def advice_json(consulted: Sequence[Consulted]) -> str:
    """One object for one source; for several, one object with the list of them under ``results``."""
    objects = [advice_object(one) for one in consulted]
    several: AdvicesOutput = {"schema_version": SCHEMA_VERSION, "results": objects}
    document = objects[0] if len(objects) == 1 else several
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)


def advice_object(consulted: Consulted) -> AdviceOutput:
    """One source with its advice."""
    advice, reading = consulted.advice, consulted.reading
    return {
        "schema_version": SCHEMA_VERSION,
        "source": consulted.source,
        "run": consulted.run or None,
        "format": reading.series.format if reading else None,
        "n_points": reading.series.n_points if reading else 0,
        "goal": (reading.goal if reading else "") or None,
        "symptoms": [symptom_object(symptom) for symptom in (reading.symptoms if reading else ())],
        "verdict": advice.verdict,
        "change": _change(advice.change),
        "why": advice.why,
        "sources": list(advice.sources),
        "rejected": [{"parameter": each.parameter, "why": each.why} for each in advice.rejected],
        "row": advice.row or None,
        "hypothesis": advice.hypothesis or None,
        "follow": advice.follow or None,
        "more_points": advice.more_points,
        "forecast": _forecast(reading.forecast if reading else None),
        "notes": list(consulted.notes),
        "next": consulted.next_command or None,
    }


def symptom_object(symptom: Symptom) -> SymptomObject:
    """One thing that a run shows."""
    return {
        "id": symptom.id,
        "onset_step": symptom.onset_step,
        "confidence": symptom.confidence,
        "evidence": dict(symptom.evidence),
    }


def _change(change: Advised | None) -> AdvisedChange | None:
    if change is None:
        return None
    with_ = change.companion
    return {
        "parameter": change.parameter,
        "direction": change.direction,
        "from": change.old,
        "to": change.new,
        "with": None if with_ is None else {"parameter": with_.parameter, "from": with_.old, "to": with_.new},
    }


def _forecast(forecast: Forecast | None) -> ForecastObject | None:
    if forecast is None:
        return None
    return {
        "more_steps": EXTRA,
        "level": forecast.level,
        "gain": forecast.gain,
        "low": forecast.low,
        "high": forecast.high,
        "coverage": COVERAGE,
    }
