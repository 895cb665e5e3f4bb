"""Findings for people: in full with the line and a caret, or one a line; and the summary. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rft_cli.diagnostics import Finding, Severity
from rft_cli.render.ansi import Style, paint, printable
from rft_cli.spec.codes import find_code

STYLES: dict[Severity, Style] = {
    Severity.ERROR: "red",
    Severity.WARNING: "yellow",
    Severity.ADVICE: "cyan",
}

_PLURALS = {Severity.ERROR: "errors", Severity.WARNING: "warnings", Severity.ADVICE: "pieces of advice"}
_SINGULARS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "piece of advice"}


def full_text(
    findings: Sequence[Finding], sources: Mapping[str, str], *, color: bool, width: int, wrap: int = 0
) -> str:
    """Every finding with its line, a caret and one edit; empty when there is none.

    Args:
        findings: in the order to show.
        sources: path → text, of the files that have excerpts.
        color: whether to use ANSI colours.
        width: columns of the reader's terminal; excerpts keep to it.
        wrap: columns at which sentences are broken; 0: never.
    """
    return "\n".join(_block(finding, sources, color=color, width=width, wrap=wrap) for finding in findings)


def concise_text(findings: Sequence[Finding], *, color: bool) -> str:
    """Every finding in one line; empty when there is none."""
    return "".join(f"{_headline(finding, color=color)}\n" for finding in findings)


def summary_text(files_checked: int, findings: Sequence[Finding], *, color: bool) -> str:
    """How many files were checked, and how many findings of each severity there are."""
    checked = f"{files_checked} file{'s' if files_checked != 1 else ''} checked"
    counts = {severity: sum(finding.severity is severity for finding in findings) for severity in STYLES}
    told = [
        paint(f"{count} {(_SINGULARS if count == 1 else _PLURALS)[severity]}", STYLES[severity], color=color)
        for severity, count in counts.items()
        if count
    ]
    return f"{checked}: {', '.join(told) or paint('no findings', 'green', color=color)}"


def _headline(finding: Finding, *, color: bool) -> str:
    place = finding.location
    where = paint(f"{printable(place.path)}:{place.line}:{place.column}", "bold", color=color)
    entry = find_code(finding.code)
    name = paint(f" [{entry.name}]", "dim", color=color) if entry else ""
    severity = paint(finding.severity, STYLES[finding.severity], color=color)
    return f"{where}: {severity} {finding.code} {printable(finding.message)}{name}"


def _block(finding: Finding, sources: Mapping[str, str], *, color: bool, width: int, wrap: int) -> str:
    from rft_cli.render.excerpt import excerpt
    from rft_cli.render.wrap import wrap as wrapped

    lines = [wrapped(_headline(finding, color=color), wrap)]
    number = str(finding.location.line)
    source = sources.get(finding.location.path)
    gutter = paint("|", "blue", color=color)
    shown = excerpt(source, finding.location, width - len(number) - 4) if source else None
    if shown:
        lines.append(f" {paint(number, 'blue', color=color)} {gutter} {shown.line}".rstrip())
        marks = shown.marks.lstrip()
        indent = " " * (len(shown.marks) - len(marks))
        lines.append(
            f" {' ' * len(number)} {gutter} {indent}{paint(marks, STYLES[finding.severity], color=color)}"
        )
    if finding.help:
        told = f" {paint('help:', 'green', color=color)} {printable(finding.help)}"
        lines.append(wrapped(told, wrap, hang=len(" help: ")))
    return "\n".join(lines) + "\n"
