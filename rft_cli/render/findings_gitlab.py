"""Findings as a Code Quality report, which GitLab shows in merge requests. Pure.

Source: docs.gitlab.com, "Code Quality", "Code Quality report format"; `type` and `categories`: the Code Climate format below it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rft_cli.diagnostics import Finding, Severity
from rft_cli.render.findings_places import fingerprints, from_checkout

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.ADVICE: "info"}


def gitlab_report(findings: Sequence[Finding], sources: Mapping[str, str], folder: str) -> str:
    """A list with one object a finding.

    Args:
        findings: in the order to show.
        sources: path → text, of the files that findings point into.
        folder: the working directory as seen from the top of the checkout.
    """
    marks = fingerprints(findings, sources, folder)
    issues = [_issue(finding, mark, folder) for finding, mark in zip(findings, marks, strict=True)]
    return json.dumps(issues, indent=2) + "\n"


def _issue(finding: Finding, fingerprint: str, folder: str) -> dict[str, Any]:
    place = finding.location
    return {
        "type": "issue",
        "check_name": finding.code,
        "description": f"{finding.message}; {finding.help}" if finding.help else finding.message,
        "categories": ["Bug Risk"],
        "severity": _SEVERITIES[finding.severity],
        "fingerprint": fingerprint,
        "location": {
            "path": from_checkout(place.path, folder),
            "lines": {"begin": place.line, "end": place.line},
        },
    }
