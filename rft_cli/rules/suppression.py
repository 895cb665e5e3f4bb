"""Comments that take responsibility for a finding: `# rft: ignore[RFT304] because …` and `# rft: ignore-file[…] because …`.

A comment behind a value speaks of its line, one that stands alone of the next line that holds something. Errors are never
suppressed: no run is submitted from a file that has one, so a report without them would be wrong. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rft_cli.config.comments import Comment, Lines
from rft_cli.config.document import Document
from rft_cli.diagnostics import Edit, Finding, Fix, Location, Severity, Suppression
from rft_cli.rules.files import MISSING_DATASET, UNUSABLE_EVALUATOR
from rft_cli.spec.codes import CODES, find_code
from rft_cli.spec.codes.writing import IGNORE_CODES

UNUSED, UNKNOWN, UNEXPLAINED, REFUSED, MISSPELT = (entry.code for entry in IGNORE_CODES)

SUPPRESSIBLE = frozenset(
    entry.code for entry in CODES if entry.severity is not Severity.ERROR and entry not in IGNORE_CODES
) | {MISSING_DATASET, UNUSABLE_EVALUATOR}
"""Codes that a comment may ignore. Missing files are warnings where a config is only checked; as errors they stay."""

MARK = "rft:"
FORM = "# rft: ignore[CODE] because REASON"

_DIRECTIVE = re.compile(r"(?:(?<=\s)|\A)#+[ \t]*rft:[ \t]*(.*)")
_IGNORE = re.compile(r"(ignore|ignore-file)[ \t]*\[([^\]]*)\][ \t]*(.*)")
_REASON = re.compile(r"(?:because\b)?[\s:,.–—-]*(.*)", re.IGNORECASE)
_ATTEMPT = re.compile(r"ign|noqa|disable|allow|skip|suppress", re.IGNORECASE)
"""How a comment goes on that was meant to ignore something; other tools' words among them."""
_WORD = re.compile(r"[^\s,]+")


class Word(NamedTuple):
    """One code of a comment."""

    text: str
    code: str
    """Empty where it is none that can be ignored."""
    start: int
    """Offset into the file's text."""


class Ignore(NamedTuple):
    """One comment that ignores codes."""

    location: Location
    words: tuple[Word, ...]
    reason: str
    line: int
    """The 1-based line that it speaks of; 0: the whole file."""
    span: tuple[int, int]
    """What to delete with it, offsets."""
    list_span: tuple[int, int]
    """What stands between its brackets."""


class Ignores(NamedTuple):
    """What the comments of one file ignore, and what is wrong with them."""

    obeyed: tuple[Ignore, ...]
    findings: tuple[Finding, ...]
    lines: Lines


class Split(NamedTuple):
    """Findings on both sides of the comments."""

    kept: tuple[Finding, ...]
    suppressed: tuple[tuple[Finding, Suppression], ...]
    used: frozenset[tuple[Location, str]]
    """Comment and code of every suppression."""


def unsuppressed(findings: Iterable[Finding], documents: Iterable[Document]) -> tuple[Finding, ...]:
    """The findings that no comment in the files of a config takes responsibility for.

    Args:
        findings: about a config.
        documents: its file and what that builds on.
    """
    read = {document.path: ignores for document in documents if (ignores := read_ignores(document))}
    return split(findings, read).kept


def read_ignores(document: Document) -> Ignores | None:
    """What the comments of a file say to rft; None where they say nothing."""
    if MARK not in document.text or not document.has_keys:
        return None
    lines = Lines(document)
    obeyed: list[Ignore] = []
    findings: list[Finding] = []
    for comment in lines.comments(MARK):
        directive = _DIRECTIVE.search(comment.text)
        if directive is None:
            continue
        read = _IGNORE.fullmatch(comment.text, directive.start(1))
        location = _location(document.path, lines, comment.start + directive.start(), comment.end)
        if read is None:
            if _ATTEMPT.match(directive[1]):
                findings.append(_finding(MISSPELT, location, "this comment ignores nothing", f"write {FORM}"))
            continue
        ignore = _ignore(lines, comment, directive, read, location)
        findings += _complaints(ignore, document.path, lines)
        if ignore.reason:
            obeyed.append(ignore)
    return Ignores(tuple(obeyed), tuple(findings), lines)


def split(findings: Iterable[Finding], ignores: Mapping[str, Ignores]) -> Split:
    """Part findings by what comments say.

    Args:
        findings: in any order.
        ignores: path as shown → what the comments of that file ignore.
    """
    kept: list[Finding] = []
    suppressed: list[tuple[Finding, Suppression]] = []
    used: set[tuple[Location, str]] = set()
    for finding in findings:
        ignore = _responsible(finding, ignores)
        if ignore is None:
            kept.append(finding)
        else:
            suppressed.append((finding, Suppression(ignore.reason, ignore.location)))
            used.add((ignore.location, finding.code))
    return Split(tuple(kept), tuple(suppressed), frozenset(used))


def unused(
    ignores: Ignores, used: frozenset[tuple[Location, str]], judged: frozenset[str]
) -> tuple[Finding, ...]:
    """What is wrong with comments that ignored nothing.

    Args:
        ignores: of one file.
        used: comment and code of what was suppressed.
        judged: codes that would have been found if they were there.
    """
    findings = []
    for ignore in ignores.obeyed:
        idle = [
            word for word in ignore.words if word.code in judged and (ignore.location, word.code) not in used
        ]
        if idle:
            names = " and ".join(word.text for word in idle)
            place = "in this file" if not ignore.line else "on its line"
            message = f"{names} {'is' if len(idle) == 1 else 'are'} not found {place}"
            fix = Fix(f"do not ignore {names}", safe=True, edits=(_without(ignore, idle),))
            findings.append(
                _finding(UNUSED, ignore.location, message, "delete it, so that it hides nothing later", fix)
            )
    return tuple(findings)


def _responsible(finding: Finding, ignores: Mapping[str, Ignores]) -> Ignore | None:
    read = ignores.get(finding.location.path)
    if read is None or finding.code not in SUPPRESSIBLE or finding.severity is Severity.ERROR:
        return None
    line = read.lines.content_line(finding.location.line)
    of_file = None
    for ignore in read.obeyed:
        if any(word.code == finding.code for word in ignore.words):
            if ignore.line == line:
                return ignore
            of_file = of_file or (ignore if not ignore.line else None)
    return of_file


def _ignore(
    lines: Lines, comment: Comment, directive: re.Match[str], read: re.Match[str], location: Location
) -> Ignore:
    words = tuple(
        Word(word[0], _suppressible(word[0]), comment.start + word.start())
        for word in _WORD.finditer(comment.text, *read.span(2))
    )
    reason = _REASON.fullmatch(read[3].strip())
    number = lines.line_of(comment.start)
    first = lines.start(number)
    is_alone = not lines.text[first : comment.start].strip()
    start = comment.start + directive.start()
    if is_alone and directive.start() == 0:
        behind = lines.start(number + 1)
        # The last line of a file may have no line end, and then takes the one before it along.
        span = (first, behind) if behind > comment.end else (lines.end(number - 1), behind)
    else:
        span = len(lines.text[:start].rstrip(" \t")), comment.end
    line = 0 if read[1] == "ignore-file" else lines.content_line(number + 1) if is_alone else number
    return Ignore(
        location,
        words,
        reason[1].strip() if reason else "",
        line,
        span,
        (comment.start + read.start(2), comment.start + read.end(2)),
    )


def _suppressible(word: str) -> str:
    entry = find_code(word)
    return entry.code if entry is not None and entry.code in SUPPRESSIBLE else ""


def _complaints(ignore: Ignore, path: str, lines: Lines) -> Iterable[Finding]:
    if not ignore.reason:
        yield _finding(
            UNEXPLAINED,
            ignore.location,
            "this comment gives no reason, so it ignores nothing",
            f"write {FORM}",
        )
    if not ignore.words:
        yield _finding(MISSPELT, ignore.location, "this comment names no code", f"write {FORM}")
    for word in ignore.words:
        if word.code:
            continue
        location = _location(path, lines, word.start, word.start + len(word.text))
        entry = find_code(word.text)
        if entry is None:
            yield _unknown(location, word)
            continue
        why = (
            "an error stops every launch" if entry.severity is Severity.ERROR else "it is about such comments"
        )
        fix = Fix(f"do not ignore {word.text}", safe=True, edits=(_without(ignore, [word]),))
        yield _finding(REFUSED, location, f"{word.text} cannot be ignored: {why}", "delete it here", fix)


def _unknown(location: Location, word: Word) -> Finding:
    import difflib

    # Among numbers none is nearer than another, so only names are compared.
    names = [entry.name for entry in CODES if entry.code in SUPPRESSIBLE]
    meant = next(iter(difflib.get_close_matches(word.text.lower(), names, n=1, cutoff=0.75)), "")
    mend = f"did you mean {meant}?" if meant else "`rft rules` lists all codes"
    edit = Edit(word.start, word.start + len(word.text), meant)
    fix = Fix(f"write {meant} for {word.text}", safe=False, edits=(edit,)) if meant else None
    return _finding(UNKNOWN, location, f"{word.text} is no code", mend, fix)


def _without(ignore: Ignore, words: Sequence[Word]) -> Edit:
    """The comment without some of its words; with none left, no comment."""
    left = [word.text for word in ignore.words if word not in words]
    if not left:
        return Edit(*ignore.span, "")
    return Edit(*ignore.list_span, ", ".join(left))


def _location(path: str, lines: Lines, start: int, end: int) -> Location:
    line = lines.line_of(start)
    first = lines.start(line)
    return Location(path, line, start - first + 1, end - first + 1)


def _finding(code: str, location: Location, message: str, mend: str, fix: Fix | None = None) -> Finding:
    return Finding(code, Severity.WARNING, location, message, mend, "", fix)
