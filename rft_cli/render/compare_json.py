"""A comparison of outcomes for machines. A contract: fields may be added, never renamed or removed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from rft_cli.compare.outcome import Evaluated
from rft_cli.compare.outcome_report import Measure, Report, Row, Versus

if TYPE_CHECKING:
    from rft_cli.render.outputs.analysis import (
        CompareOutput,
        EstimatedDifference,
        MeasureObject,
        OutcomeObject,
        ScoreObject,
        VersusObject,
    )

SCHEMA_VERSION: Literal[1] = 1


def compare_json(report: Report) -> str:
    """One object with every group, and every one against the first."""
    document: CompareOutput = {
        "schema_version": SCHEMA_VERSION,
        "runs": [_row(row) for row in report.rows],
        "comparisons": [_versus(each) for each in report.versus],
        "notes": list(report.notes),
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)


def _row(row: Row) -> OutcomeObject:
    return {
        "label": row.label,
        "runs": list(row.runs),
        "evaluation": _score(row.evaluation),
        "reward": row.reward,
        "steps": row.steps,
        "state": row.state or None,
    }


def _score(score: Evaluated | None) -> ScoreObject | None:
    if score is None:
        return None
    return {
        "mean": score.mean,
        "standard_error": score.standard_error,
        "n": score.n,
        "on_training_rows": score.on_training_rows,
    }


def _versus(versus: Versus) -> VersusObject:
    return {
        "old": versus.old.label,
        "new": versus.new.label,
        "comparable": not versus.reasons,
        "reasons": list(versus.reasons),
        "verdict": versus.told or None,
        "changes": [
            {"parameter": change.path, "from": change.old, "to": change.new, "ratio": change.ratio}
            for change in versus.changes
        ],
        "measures": [_measure(measure) for measure in versus.measures],
    }


def _measure(measure: Measure) -> MeasureObject:
    estimate = measure.estimate
    figures: EstimatedDifference | None = (
        None
        if estimate is None
        else {
            "difference": estimate.difference,
            "low": estimate.low,
            "high": estimate.high,
            "standard_error": estimate.standard_error,
            "smallest_difference": estimate.smallest,
            "verdict": estimate.told,
        }
    )
    return {
        "name": measure.name,
        "estimate": figures,
        "samples": measure.n or None,
        "method": measure.method or None,
        "refused": list(measure.refused),
    }
