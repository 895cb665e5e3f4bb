"""Findings as workflow commands of GitHub Actions, which shows them as annotations of the change. Pure.

Source: docs.github.com, "Workflow commands for GitHub Actions"; what is escaped: actions/toolkit, packages/core, command.ts.
"""

from __future__ import annotations

from collections.abc import Sequence

from rft_cli.diagnostics import Finding, Severity
from rft_cli.render.ansi import printable
from rft_cli.render.findings_places import from_checkout
from rft_cli.spec.codes import find_code

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "notice"}


def github_commands(findings: Sequence[Finding], folder: str) -> str:
    """One command a finding, a line each.

    Args:
        findings: in the order to show.
        folder: the working directory as seen from the top of the checkout.
    """
    return "".join(_command(finding, folder) for finding in findings)


def _command(finding: Finding, folder: str) -> str:
    place = finding.location
    path = from_checkout(place.path, folder)
    entry = find_code(finding.code)
    properties = {
        "title": f"{finding.code} {entry.name}" if entry else finding.code,
        "file": path,
        "line": str(place.line),
        "col": str(place.column),
    }
    if place.end_column:
        # The end of a token is the column after it, and the service takes the last one that belongs to it.
        properties |= {"endLine": str(place.line), "endColumn": str(max(place.column, place.end_column - 1))}
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    # The log shows the message without the properties, so it names the place once more.
    lines = [f"{printable(path)}:{place.line}:{place.column}: {finding.code} {printable(finding.message)}"]
    if finding.help:
        lines.append(f"help: {printable(finding.help)}")
    text = "\n".join(lines)
    return f"::{_COMMANDS[finding.severity]} {listed}::{_data(text)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
