"""Findings for machines. A contract: fields may be added, never renamed or removed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rft_cli.diagnostics import Finding
from rft_cli.spec.codes import find_code

SCHEMA_VERSION = 1


def findings_json(files_checked: int, findings: Sequence[Finding]) -> str:
    """One object with every finding; lines and columns are 1-based."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "files_checked": files_checked,
        "findings": [finding_object(finding) for finding in findings],
    }
    return json.dumps(document, indent=2)


def finding_object(finding: Finding) -> dict[str, Any]:
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
    }
