"""Findings as a JUnit report: a suite a file, a test a finding. Pure; the same findings give the same bytes.

Source: the schema of Jenkins, junit-4.xsd; it knows neither `file` nor `line`, so the place stands in the test's name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from rft_cli.diagnostics import Finding, Severity
from rft_cli.render.findings_places import from_checkout
from rft_cli.spec.codes import find_code

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Source: XML 1.0, production 2."""


def junit_report(files_checked: int, findings: Sequence[Finding], folder: str, fail_on: Severity) -> str:
    """One document; without findings it holds one test that passes.

    Args:
        files_checked: how many files there were.
        findings: sorted by file.
        folder: the working directory as seen from the top of the checkout.
        fail_on: least severity that is a failed test; less grave findings are skipped tests, which do not fail a build.
    """
    failed = [finding for finding in findings if finding.severity.at_least(fail_on)]
    suites = [
        _suite(from_checkout(path, folder), list(found), fail_on)
        for path, found in groupby(findings, key=lambda finding: finding.location.path)
    ]
    checked = f"{files_checked} file{'s' if files_checked != 1 else ''} checked"
    if not findings:
        case = f"    <testcase name={_quoted(checked)} classname={_quoted('rft.lint')}/>\n"
        suites = [f'  <testsuite name="rft lint" tests="1" failures="0">\n{case}  </testsuite>\n']
    tests = len(findings) or 1
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name={_quoted(f"rft lint: {checked}")} tests="{tests}" failures="{len(failed)}">\n'
        f"{''.join(suites)}</testsuites>\n"
    )


def _suite(path: str, findings: Sequence[Finding], fail_on: Severity) -> str:
    failures = sum(finding.severity.at_least(fail_on) for finding in findings)
    counts = f'tests="{len(findings)}" failures="{failures}" skipped="{len(findings) - failures}"'
    cases = "".join(_case(path, finding, fails=finding.severity.at_least(fail_on)) for finding in findings)
    return f"  <testsuite name={_quoted(path)} {counts}>\n{cases}  </testsuite>\n"


def _case(path: str, finding: Finding, *, fails: bool) -> str:
    place = finding.location
    entry = find_code(finding.code)
    name = f"{finding.code} {entry.name if entry else ''}".rstrip()
    where = f"{path}:{place.line}:{place.column}"
    text = f"{where}: {finding.severity} {finding.message}" + (
        f"\nhelp: {finding.help}" if finding.help else ""
    )
    told = (
        f"<failure type={_quoted(finding.severity)} message={_quoted(finding.message)}>{_text(text)}</failure>"
        if fails
        else f"<skipped>{_text(text)}</skipped>"
    )
    named = f"name={_quoted(f'{name} ({place.line}:{place.column})')} classname={_quoted(path)}"
    return f"    <testcase {named}>\n      {told}\n    </testcase>\n"


def _text(text: str) -> str:
    return _ascii(escape(_allowed(text)))


def _quoted(text: str) -> str:
    return _ascii(quoteattr(_allowed(text)))


def _allowed(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _ascii(text: str) -> str:
    """The same XML in characters that every encoding has: standard output may not be UTF-8."""
    return text.encode("ascii", "xmlcharrefreplace").decode()
