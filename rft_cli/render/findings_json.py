"""Findings for machines. A contract: fields may be added, never renamed or removed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from rft_cli.diagnostics import Finding, Fix, Suppression
from rft_cli.spec.codes import find_code

if TYPE_CHECKING:
    from rft_cli.render.outputs.finding import FindingObject, FixObject, LintOutput, SuppressedObject
    from rft_cli.rules.lint import Linted

SCHEMA_VERSION: Literal[1] = 1


def findings_json(linted: Linted) -> str:
    """One object with every finding; lines and columns are 1-based, the offsets of edits 0-based characters."""
    document: LintOutput = {
        "schema_version": SCHEMA_VERSION,
        "files_checked": linted.files_checked,
        "findings": [finding_object(finding) for finding in linted.findings],
        "suppressed": [_suppressed_object(*pair) for pair in linted.suppressed],
    }
    return json.dumps(document, indent=2) + "\n"


def finding_object(finding: Finding) -> FindingObject:
    """One finding, as it stands in any document."""
    entry = find_code(finding.code)
    place = finding.location
    return {
        "code": finding.code,
        "name": entry.name if entry else "",
        "severity": finding.severity,
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_column": place.end_column or None,
        "message": finding.message,
        "help": finding.help or None,
        "parameter": finding.parameter or None,
        "fix": _fix_object(finding.fix) if finding.fix else None,
    }


def _fix_object(fix: Fix) -> FixObject:
    return {
        "title": fix.title,
        "safe": fix.safe,
        "edits": [{"start": edit.start, "end": edit.end, "text": edit.text} for edit in fix.edits],
    }


def _suppressed_object(finding: Finding, suppression: Suppression) -> SuppressedObject:
    return {
        **finding_object(finding),
        "reason": suppression.reason,
        "suppressed_on_line": suppression.location.line,
    }
