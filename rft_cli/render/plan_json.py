"""Plans for machines. A contract: fields may be added, never renamed or removed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rft_cli import __version__
from rft_cli.compare.difference import Difference
from rft_cli.diagnostics import Finding
from rft_cli.estimate import Estimate
from rft_cli.render.findings_json import finding_object
from rft_cli.runs.frozen import KIND, SCHEMA_VERSION, SEAL, digest_of, values_of
from rft_cli.workflow.assess import Assessment
from rft_cli.workflow.planning import Planning

if TYPE_CHECKING:
    from rft_cli.render.outputs.plan import (
        AssessmentObject,
        ChangeObject,
        EstimateObject,
        PlanOutput,
        RefusedPlanOutput,
    )
    from rft_cli.render.outputs.run import ChangedObject


def plan_document(planning: Planning, assessment: Assessment) -> PlanOutput:
    """A plan with everything that is known of it, sealed: what is printed and what is written to a file."""
    config = planning.config
    assert config is not None
    plan = assessment.plan
    document: PlanOutput = {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "rft": __version__,
        "name": config.name,
        "config_path": config.path,
        "config": {
            path: {"value": entry["value"], "origin": entry["origin"]}
            for path, entry in values_of(config).items()
        },
        "schedule": plan.schedule,
        "payload": plan.payload,
        "payload_sha256": digest_of(plan.payload),
        **assessment_object(assessment),
        "findings": [finding_object(finding) for finding in planning.recorded_findings],
        "scope": plan.scope,
        "fingerprint": plan.fingerprint,
        "digests": plan.digests.as_job(),
        "files": dict(planning.config_files),
        "force": planning.force,
        "sha256": "",
    }
    unsealed = {name: value for name, value in document.items() if name != SEAL}
    document["sha256"] = digest_of(unsealed)
    return document


def refused_document(findings: Sequence[Finding]) -> RefusedPlanOutput:
    """What is said where there is no plan because of errors."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "config": None,
        "schedule": None,
        "payload": None,
        "changes": [],
        "findings": [finding_object(finding) for finding in findings],
        "guards": [],
        "estimate": None,
    }


def assessment_object(assessment: Assessment) -> AssessmentObject:
    """What is known of a plan before it is launched."""
    reference, difference = assessment.reference, assessment.difference
    return {
        "reference": reference.id if reference else None,
        "baseline": assessment.baseline.id if assessment.baseline else None,
        "repeats": assessment.known.id if assessment.known else None,
        "replicates": assessment.replicates or None,
        "changes": _changes(difference),
        "counted": len(difference.counted) if difference else 0,
        "other": _others(difference),
        "guards": [
            {"guard": each.guard, "allowed": each.allowed, "message": each.message, "help": each.help}
            for each in assessment.verdicts
        ],
        "estimate": _estimate(assessment.estimate),
    }


def json_text(document: Mapping[str, Any]) -> str:
    """One object, readable."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)


def _changes(difference: Difference | None) -> list[ChangeObject]:
    return [
        {
            "parameter": change.path,
            "from": change.old,
            "to": change.new,
            "ratio": change.ratio,
            "because": change.because or None,
        }
        for change in (difference.changes if difference else ())
    ]


def _others(difference: Difference | None) -> list[ChangedObject]:
    return [
        {"parameter": entry.path, "from": entry.old, "to": entry.new}
        for entry in (difference.other if difference else ())
    ]


def _estimate(estimate: Estimate) -> EstimateObject:
    return {
        "rows": estimate.rows,
        "prompts": estimate.prompts,
        "steps": estimate.steps,
        "rollouts": estimate.rollouts,
        "output_tokens": estimate.output_tokens,
        "sequences_per_step": estimate.sequences_per_step,
        "relative": estimate.relative,
        "relative_to": estimate.relative_to,
        "usd": estimate.usd,
        "words": list(estimate.words),
    }
