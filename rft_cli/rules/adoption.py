"""Comments that take responsibility for what is found today, so that an existing project can begin with a clean report."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from rft_cli.config.comments import Lines, line_end
from rft_cli.config.source import parse
from rft_cli.diagnostics import Edit, Finding, Fix, Severity
from rft_cli.errors import UsageError
from rft_cli.rules.fixes import Fixed, Lint, Overlay
from rft_cli.rules.lint import Linted
from rft_cli.rules.suppression import SUPPRESSIBLE


def ignore_all(lint: Lint, files: Sequence[str], overlay: Overlay, reason: str) -> Fixed:
    """Write a comment above every line with findings that can be ignored.

    Args:
        lint: lints these files.
        files: the files that may be changed, as findings name them.
        overlay: where the changes go.
        reason: what stands behind `because`.

    Raises:
        UsageError: the reason is none (exit 2).
    """
    reason = f"{reason.strip()} ".removeprefix("because ").strip()
    if not reason or not reason.isprintable():
        raise UsageError("--add-ignore needs a reason of one line", hint='write --add-ignore "not tuned yet"')
    own = frozenset(map(os.path.realpath, files))
    linted = lint(overlay.reading)
    ignored: list[Finding] = []
    for path, findings in _by_file(linted, own).items():
        content = overlay.read(path)
        assert isinstance(content, bytes), "a file that cannot be read has no finding that can be ignored"
        if overlay.edit(path, _comments(content, path, findings, reason)):
            ignored += findings
    return Fixed(lint(overlay.reading) if ignored else linted, tuple(ignored), overlay.changes)


def _by_file(linted: Linted, own: frozenset[str]) -> Mapping[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in linted.findings:
        path = finding.location.path
        is_ours = finding.code in SUPPRESSIBLE and finding.severity is not Severity.ERROR
        if is_ours and os.path.realpath(path) in own:
            found.setdefault(path, []).append(finding)
    return found


def _comments(content: bytes, path: str, findings: Sequence[Finding], reason: str) -> list[Fix]:
    lines = Lines(parse(content, path))
    codes: dict[tuple[int, str, str], set[str]] = {}
    for finding in findings:
        codes.setdefault(_place(lines, finding.location.line), set()).add(finding.code)
    end = line_end(lines.text)
    return [
        Fix(
            title="",
            safe=True,
            edits=(Edit(at, at, f"{indent}# rft: {word}[{', '.join(sorted(found))}] because {reason}{end}"),),
        )
        for (at, indent, word), found in codes.items()
    ]


def _place(lines: Lines, line: int) -> tuple[int, str, str]:
    """Offset, indentation and form of the comment for a line: above it, or for the file where text runs on there."""
    start = lines.start(lines.content_line(line))
    if lines.in_scalar(start):
        return 0, "", "ignore-file"
    rest = lines.text[start:]
    return start, rest[: len(rest) - len(rest.lstrip(" "))], "ignore"
