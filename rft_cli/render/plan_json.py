"""Plans for machines. A contract: fields may be added, never renamed or removed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rft_cli import __version__
from rft_cli.compare.difference import Difference
from rft_cli.diagnostics import Finding
from rft_cli.render.findings_json import finding_object
from rft_cli.runs.frozen import KIND, SCHEMA_VERSION, digest_of, sealed, values_of
from rft_cli.workflow.assess import Assessment
from rft_cli.workflow.planning import Planning


def plan_document(planning: Planning, assessment: Assessment) -> dict[str, Any]:
    """A plan with everything that is known of it, sealed: what is printed and what is written to a file."""
    config = planning.config
    assert config is not None
    plan = assessment.plan
    return sealed(
        {
            "schema_version": SCHEMA_VERSION,
            "kind": KIND,
            "rft": __version__,
            "name": config.name,
            "config_path": config.path,
            "config": values_of(config),
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
        }
    )


def refused_document(findings: Sequence[Finding]) -> dict[str, Any]:
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


def assessment_object(assessment: Assessment) -> dict[str, Any]:
    """What is known of a plan before it is launched."""
    reference = assessment.reference
    return {
        "reference": reference.id if reference else None,
        "baseline": assessment.baseline.id if assessment.baseline else None,
        "repeats": assessment.known.id if assessment.known else None,
        "replicates": assessment.replicates or None,
        **_difference(assessment.difference),
        "guards": [verdict._asdict() for verdict in assessment.verdicts],
        "estimate": {**assessment.estimate._asdict(), "words": list(assessment.estimate.words)},
    }


def json_text(document: Mapping[str, Any]) -> str:
    """One object, readable."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)


def _difference(difference: Difference | None) -> dict[str, Any]:
    if difference is None:
        return {"changes": [], "counted": 0, "other": []}
    return {
        "changes": [
            {
                "parameter": change.path,
                "from": change.old,
                "to": change.new,
                "ratio": change.ratio,
                "because": change.because or None,
            }
            for change in difference.changes
        ],
        "counted": len(difference.counted),
        "other": [
            {"parameter": entry.path, "from": entry.old, "to": entry.new} for entry in difference.other
        ],
    }
