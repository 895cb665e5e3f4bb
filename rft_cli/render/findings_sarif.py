"""Findings as a SARIF 2.1.0 log. Pure; the same findings give the same bytes, on every machine.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) 2.1.0; sections are named where they decide something.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from rft_cli import __version__
from rft_cli.config.syntax import position
from rft_cli.diagnostics import Edit, Finding, Fix, Location, Suppression
from rft_cli.render.findings_places import fingerprints, from_checkout
from rft_cli.render.sarif_rules import LEVELS, RULE_INDEX, rules
from rft_cli.spec.codes.tuning import CRASHED_RULE

if TYPE_CHECKING:
    from rft_cli.rules.lint import Linted

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
BASE = "SRCROOT"
"""What relative URIs are relative to: the top of the checkout, wherever the reader has it."""

FINGERPRINT = "rftFinding/v1"
"""Name and version of how fingerprints are made; a change of the way needs a new version (3.27.17)."""


def sarif_log(linted: Linted, folder: str, home: str) -> str:
    """A log with one run, which holds every rule, every finding, and what is suppressed with its reason.

    Args:
        linted: what was found.
        folder: the working directory as seen from the top of the checkout.
        home: the URL below which the documentation is published; may be empty.
    """
    reported: list[tuple[Finding, Suppression | None]] = [(finding, None) for finding in linted.findings]
    reported += linted.suppressed
    marks = fingerprints([finding for finding, _ in reported], linted.sources, folder)
    results = [
        _result(finding, suppression, mark, linted.sources, folder)
        for (finding, suppression), mark in zip(reported, marks, strict=True)
    ]
    crashed = any(finding.code == CRASHED_RULE.code for finding in linted.findings)
    driver = {"name": "rft", "version": __version__, "rules": rules(home)}
    if home:
        driver["informationUri"] = home
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "rft-lint/"},
        "invocations": [{"executionSuccessful": not crashed}],
        "originalUriBaseIds": {BASE: {"description": {"text": "The top of the checkout."}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {"filesChecked": linted.files_checked},
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def _result(
    finding: Finding, suppression: Suppression | None, mark: str, sources: Mapping[str, str], folder: str
) -> dict[str, Any]:
    text = f"{finding.message}; {finding.help}" if finding.help else finding.message
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": RULE_INDEX[finding.code],
        "level": LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [_location(finding, folder)],
        "partialFingerprints": {FINGERPRINT: mark},
        # Present in every result or in none, since absent means that nobody knows (3.27.23).
        "suppressions": [_suppression(suppression, folder)] if suppression else [],
    }
    text = sources.get(finding.location.path, "")
    if finding.fix and text:
        result["fixes"] = [_fix(finding.fix, finding.location.path, text, folder)]
    return result


def _location(finding: Finding, folder: str) -> dict[str, Any]:
    location = _physical(finding.location, folder)
    if finding.parameter:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.parameter, "kind": "member"}]
    return location


def _physical(place: Location, folder: str) -> dict[str, Any]:
    region = {"startLine": place.line, "startColumn": place.column}
    if place.end_column:
        region["endColumn"] = place.end_column
    return {"physicalLocation": {"artifactLocation": _artifact(place.path, folder), "region": region}}


def _artifact(path: str, folder: str) -> dict[str, str]:
    """A file in the checkout as seen from its top; one outside of it as it was named (3.4.4)."""
    if PurePath(path).is_absolute():
        return {"uri": PurePath(path).as_uri()}
    seen = from_checkout(path, folder)
    uri = {"uri": quote(seen, errors="surrogatepass")}
    return uri if seen.startswith("../") else {**uri, "uriBaseId": BASE}


def _suppression(suppression: Suppression, folder: str) -> dict[str, Any]:
    return {
        "kind": "inSource",
        "justification": suppression.reason,
        "location": _physical(suppression.location, folder),
    }


def _fix(fix: Fix, path: str, text: str, folder: str) -> dict[str, Any]:
    change = {
        "artifactLocation": _artifact(path, folder),
        "replacements": [_replacement(edit, text) for edit in fix.edits],
    }
    return {
        "description": {"text": fix.title if fix.safe else f"{fix.title} (a guess)"},
        "artifactChanges": [change],
        "properties": {"safe": fix.safe},
    }


def _replacement(edit: Edit, text: str) -> dict[str, Any]:
    start_line, start_column = position(text, edit.start)
    end_line, end_column = position(text, edit.end)
    return {
        "deletedRegion": {
            "startLine": start_line,
            "startColumn": start_column,
            "endLine": end_line,
            "endColumn": end_column,
        },
        "insertedContent": {"text": edit.text},
    }
