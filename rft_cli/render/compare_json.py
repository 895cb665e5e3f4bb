"""A comparison of outcomes for machines. A contract: fields may be added, never renamed or removed."""

from __future__ import annotations

import json
from typing import Any

from rft_cli.compare.outcome_report import Measure, Report, Row, Versus

SCHEMA_VERSION = 1


def compare_json(report: Report) -> str:
    """One object with every group, and every one against the first."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "runs": [_row(row) for row in report.rows],
        "comparisons": [_versus(each) for each in report.versus],
        "notes": list(report.notes),
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)


def _row(row: Row) -> dict[str, Any]:
    score = row.evaluation
    return {
        "label": row.label,
        "runs": list(row.runs),
        "evaluation": score._asdict() if score is not None else None,
        "reward": row.reward,
        "steps": row.steps,
        "state": row.state or None,
    }


def _versus(versus: Versus) -> dict[str, Any]:
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


def _measure(measure: Measure) -> dict[str, Any]:
    estimate = measure.estimate
    figures = (
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
