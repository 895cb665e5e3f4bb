"""A rehearsal for machines: one object. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, cast

from rft_cli.render.findings_json import finding_object

if TYPE_CHECKING:
    from rft_cli.render.outputs.rehearsal import ProbeObject, RehearsalOutput
    from rft_cli.render.outputs.run import PointObject
    from rft_cli.workflow.rehearse import Rehearsal

SCHEMA_VERSION: Literal[1] = 1


def rehearsal_json(rehearsal: Rehearsal) -> str:
    """The whole rehearsal, each tried answer among it."""
    document: RehearsalOutput = {
        "schema_version": SCHEMA_VERSION,
        "config": rehearsal.config.values if rehearsal.config else None,
        "rows": rehearsal.rows,
        "findings": [finding_object(finding) for finding in rehearsal.findings],
        "probe": [_outcome(outcome) for outcome in rehearsal.outcomes],
        "evaluator": {
            "seconds_per_call": rehearsal.call_seconds,
            "slowest_seconds": rehearsal.slowest_seconds,
            "calls_of_run": rehearsal.calls,
            "calls_of_step": rehearsal.step_calls,
            "at_once": rehearsal.at_once,
            "seconds_of_step": rehearsal.scoring_seconds(rehearsal.step_calls),
            "seconds_of_run": rehearsal.scoring_seconds(rehearsal.calls),
        },
        "steps": [cast("PointObject", {"step": step.step, **step.values}) for step in rehearsal.steps],
        "notes": list(rehearsal.notes),
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _outcome(outcome: Any) -> ProbeObject:
    trial = outcome.trial
    return {
        "line": trial.line,
        "kind": trial.kind,
        "answer": trial.answer,
        "scores": list(outcome.scores),
        "seconds": outcome.seconds,
        "error": outcome.error,
        "help": outcome.help,
    }
