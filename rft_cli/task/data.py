"""The data set: its rows, its digest, and what is wrong with it, line by line.

Reads a file once, front to back. Knows no config, no engine and no terminal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.diagnostics import Finding, Location, Severity
from rft_cli.task.carve import Split, carve_out, held_out_size
from rft_cli.task.json_line import BadJson, parse_line
from rft_cli.task.row import Problem, Row, prompt_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "Dataset",
    "Row",
    "Scan",
    "Split",
    "carve_out",
    "file_digest",
    "held_out_size",
    "read_rows",
    "scan_rows",
]

BAD_DATASET = "RFT701"
"""The code of every finding about a data set."""

FINDINGS_SHOWN = 20
"""Bad lines named one by one. Chosen: a screenful; a file of the wrong format has one a line."""

BLOCK_BYTES = 1 << 20
"""Read at once for a digest. Chosen: large enough to be as fast as the disk, small beside the process."""

BOM = b"\xef\xbb\xbf"

OTHER_FORMATS: tuple[tuple[bytes, str, str], ...] = (
    (b"\xff\xfe", "UTF-16 text", "save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text", "save it as UTF-8"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"PK\x03\x04", "a zip archive", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "unpack it first"),
    (b"PAR1", "a Parquet table", "export it as JSON Lines"),
)
"""First bytes → what the file is → the edit. Source: the magic numbers of the formats' specifications."""


class Scan(NamedTuple):
    """What is known of a data set file once every line has been looked at."""

    rows: int
    """Usable rows."""
    digest: str
    """SHA-256 of the file's bytes, in hexadecimal; empty when it could not be read to its end."""
    findings: tuple[Finding, ...]
    """In reading order; errors make the data set unfit for a run."""


class Dataset(NamedTuple):
    """What a data set file holds."""

    rows: tuple[Row, ...]
    """The usable rows, in the order of the file."""
    digest: str
    """SHA-256 of the file's bytes, in hexadecimal; empty when it could not be read to its end."""
    findings: tuple[Finding, ...]
    """In reading order; errors make the data set unfit for a run."""

    @property
    def usable(self) -> bool:
        """Whether a run may use it: no finding is an error."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


def read_rows(path: Path, shown_path: str, *, text_only: bool = True) -> Dataset:
    """Read a JSON Lines data set.

    Blank lines are skipped, a byte order mark and CRLF are accepted. A row with an error is not among the rows.

    Args:
        path: the file.
        shown_path: what findings call it.
        text_only: refuse message content that is not text.
    """
    rows: list[Row] = []
    _, digest, findings = scan_rows(path, shown_path, rows.append, text_only=text_only)
    # Where a file turns out to be something else, the rows before that are none.
    return Dataset(tuple(rows) if digest else (), digest, findings)


def scan_rows(path: Path, shown_path: str, visit: Callable[[Row], object], *, text_only: bool = True) -> Scan:
    """Look at every row of a JSON Lines data set, and keep none: memory stays flat however large the file is.

    Args:
        path: the file.
        shown_path: what findings call it.
        visit: gets each usable row, in the order of the file.
        text_only: refuse message content that is not text.
    """
    report = _Report(shown_path)
    rows = 0
    hasher = hashlib.sha256()
    try:
        if problem := _unreadable(path):
            return Scan(0, "", (report.finding(1, 1, problem),))
        with path.open("rb") as file:
            for line, raw in enumerate(file, start=1):
                if line == 1 and (problem := _other_format(raw)):
                    return Scan(0, "", (report.finding(1, 1, problem),))
                hasher.update(raw)
                row = _read_line(
                    raw.removeprefix(BOM) if line == 1 else raw, line, report, text_only=text_only
                )
                if row is not None:
                    rows += 1
                    visit(row)
    except OSError as error:
        return Scan(0, "", (report.finding(1, 1, Problem(f"the data set cannot be read: {error.strerror}")),))
    if not rows and not report.errors:
        report.add(1, 1, Problem("the data set has no rows", "add one JSON object a line"))
    return Scan(rows, hasher.hexdigest(), report.findings())


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal; reads it in blocks, so memory stays flat.

    Raises:
        OSError: the file cannot be read.
    """
    hasher = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            hasher.update(block)
    return hasher.hexdigest()


class _Report:
    """Gathers findings of one file: errors up to a limit, and one warning for all rows with an answer in them."""

    def __init__(self, shown_path: str) -> None:
        self.shown_path = shown_path
        self.errors = 0
        self._shown: list[Finding] = []
        self._first_left_out = 0
        self._answered = 0
        self._first_answered = 0

    def finding(
        self, line: int, column: int, problem: Problem, severity: Severity = Severity.ERROR
    ) -> Finding:
        return Finding(BAD_DATASET, severity, Location(self.shown_path, line, column), *problem)

    def add(self, line: int, column: int, problem: Problem) -> None:
        self.errors += 1
        if self.errors <= FINDINGS_SHOWN:
            self._shown.append(self.finding(line, column, problem))
        elif not self._first_left_out:
            self._first_left_out = line

    def add_answered(self, line: int) -> None:
        self._answered += 1
        self._first_answered = self._first_answered or line

    def findings(self) -> tuple[Finding, ...]:
        findings = list(self._shown)
        if self._answered:
            rows = "1 row ends" if self._answered == 1 else f"{self._answered} rows end"
            problem = Problem(
                f"{rows} with an assistant's answer (this is the first): it is left out of the prompt",
                'nothing to do if that is meant; the evaluator still finds it in record["messages"]',
            )
            findings.append(self.finding(self._first_answered, 1, problem, Severity.WARNING))
        if self._first_left_out:
            more = self.errors - FINDINGS_SHOWN
            problem = Problem(
                f"and {more} more {'line' if more == 1 else 'lines'} with an error from here on"
            )
            findings.append(self.finding(self._first_left_out, 1, problem))
        return tuple(sorted(findings, key=lambda finding: finding.location.line))


def _read_line(raw: bytes, line: int, report: _Report, *, text_only: bool) -> Row | None:
    if raw.isspace() or not raw:
        return None
    try:
        text = raw.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        column = len(raw[: error.start].decode()) + 1
        report.add(
            line, column, Problem(f"byte 0x{raw[error.start]:02x} is not UTF-8", "save the file as UTF-8")
        )
        return None
    record = parse_line(text)
    if isinstance(record, BadJson):
        help_ = record.help
        if line == 1 and text.strip() in {"[", "{"}:
            help_ = "the file is one JSON document: write one object a line, without commas between them"
        report.add(line, record.column, Problem(record.message, help_))
        return None
    prompt = prompt_of(record, text_only=text_only)
    if isinstance(prompt, Problem):
        report.add(line, text.find('"messages"') + 1 or 1, prompt)
        return None
    if prompt.answers_left_out:
        report.add_answered(line)
    return Row(line, prompt.messages, record)


def _unreadable(path: Path) -> Problem | None:
    """Why there is no file to open."""
    if path.is_dir():
        return Problem("the data set is a folder", "name a JSON Lines file in it")
    if path.is_file():
        return None
    if path.exists():
        return Problem("the data set is not a regular file", "name a JSON Lines file")
    return Problem("the data set does not exist", _nearest_name(path))


def _nearest_name(path: Path) -> str:
    import difflib

    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.is_file()]
    except OSError:
        return ""
    close = difflib.get_close_matches(path.name, names, n=1)
    return f"did you mean {close[0]}?" if close else ""


def _other_format(first: bytes) -> Problem | None:
    for magic, what, edit in OTHER_FORMATS:
        if first.startswith(magic):
            return Problem(f"the data set is {what}, not JSON Lines", edit)
    return None
