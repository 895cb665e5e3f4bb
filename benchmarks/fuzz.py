"""Feeds `lint` with broken and strange files: nothing may raise, hang, or take memory without bound, and all readers agree.

Usage: `python benchmarks/fuzz.py [--seed 1] [--seconds 60] [--count N] [--keep FOLDER]`. Half of the inputs are damaged copies
of the configs and case files of this checkout: bytes flipped, cut, doubled, crossed, spiced with what YAML has a meaning for.
The others are documents written from the table of keys with random values in random styles; one in a hundred is huge. For each:

* the reader of plain files, the YAML parser in C and the one in Python give the same data and the same findings;
* reading, rules, fixes and every output format end, within a time limit, without an exception;
* an edit that is offered lies inside the file.

Prints Markdown. Inputs that fail are kept, and the exit code is 1. The same seed and count give the same inputs.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, NoReturn

from rft_cli.config.compose import compose
from rft_cli.config.document import Document
from rft_cli.config.source import LARGEST_FILE, parse
from rft_cli.diagnostics import Finding, Severity
from rft_cli.render.findings_formats import FORMATS, render_format
from rft_cli.rules.lint import lint_files
from rft_cli.spec.document import FIELDS, Field
from rft_cli.spec.goals import GOAL_NAMES

ROOT = Path(__file__).parents[1]

TIME_LIMIT_S = 5.0
"""CPU for one input, all readers and formats together. Chosen: a thousand times the usual."""
MEMORY_LIMIT = 1 << 30
"""Bytes of address space that the process may have. Chosen: four times what importing everything takes."""
SHOWN_EVERY = 20
"""One input in so many is also rendered in every format, which takes longer than all the rest."""

HUGE_EVERY = 100
"""One input in so many is a huge one."""
EARLY = 1_000
"""Inputs after which memory should have its size."""

SPICES = tuple(
    (
        b"\t|\r|\r\n|\n|\n\n|  |---\n|...\n|%YAML 1.2\n|# |: |:|- |-|? |?|, |,|[|]|{|}|&a |*a|*a |!|!!str |!!int |<<: *a|<<: |'|"
        b'"|\\|\\u12|\\x|\xef\xbb\xbf|\xff\xfe|\x00|\x85|\xc2\x85|\xe2\x80\xa8|\xed\xa0\x80|\xf0\x9f\x98\x80|\xc3\xa9|~|null|true|'
        b"1e-4|1e400|010|.nan|-.inf|0x1f|1_000|1:30|>|>-|>+2|@|`|extends: run.yaml\n|extends: [a.yaml, b.yaml]\n|"
        b"# rft: ignore[RFT304] because it is fine\n|# rft: ignore-file[RFT2]\n|sk-notreal-notreal-0|api_key: hunter22\n|"
        b"<<<<<<< HEAD\n|=======\n|>>>>>>> theirs\n"
    ).split(b"|")
)
"""What YAML, `lint` or an editor gives a meaning to. The bar itself is added below."""

PIECES = tuple(
    (
        b"[|{a: |- |? |a: [|x|1|#|\n| |\t|'|\"|a: 1\n|: |&a |*a |[*a, *a], |- [x]\n|\xc3\xa9|x-a: {}\n|>\n|<<: *a\n|a1B2c3D4|"
        b"\\x41|sk-a1|://a:b@|bearer a1 |api_key: |# rft: ignore[|\xf0\x9f\x98\x80|---\n|-|%|!|a b|\x00"
    ).split(b"|")
)
"""What a huge input consists of."""

VALUES: tuple[Any, ...] = (
    0, 1, -1, 2, 3, 4, 8, 16, 40, 128, 8192, 32768, 10**30, 0.0, 0.1, 0.7, 1.0, 1.2, 2.0, 1e-4, 2e-4, 5e-4, 1e-9, 1e300,
    True, False, None, "", " ", "x", "1e-4", "32k", "8,192", "1:30", "no", "~", "null", "a b", "a: b", "a #b", "'", '"', "\\",
    "\n", "a\nb", "é", "名前", "😀", "<<", "=", "*a", "&a", "!x", "%", "@", "local", "trl", "x-mine", "meta/llama-70b",
    "qwen3-0p6b", *GOAL_NAMES,
)  # fmt: skip
"""What stands behind a key: legal somewhere, or nowhere."""


class Slow(Exception):  # noqa: N818  it is raised by a clock
    """The time limit of one input is over."""


class Input(NamedTuple):
    """The content of a file, and how it was made."""

    kind: str
    content: bytes


def corpus() -> list[bytes]:
    """Files of this checkout that are run configs or cases for the reader."""
    folders = ("configs", "tests/cases")
    return [path.read_bytes() for folder in folders for path in sorted((ROOT / folder).rglob("*.yaml"))]


def damaged(choice: random.Random, seeds: list[bytes]) -> Input:
    """A copy of a file with one to eight things done to it."""
    content = bytearray(choice.choice(seeds))
    for _ in range(choice.randint(1, 8)):
        _damage(choice, content, seeds)
    return Input("damaged", bytes(content))


def _damage(choice: random.Random, content: bytearray, seeds: list[bytes]) -> None:
    at = choice.randint(0, len(content))
    end = min(len(content), at + choice.randint(0, 40))
    kind = choice.randrange(6)
    if kind == 0:
        content[at:end] = b""
    elif kind == 1:
        content[at:at] = choice.choice((*SPICES, b"|"))
    elif kind == 2:
        content[at:at] = bytes(content[at:end]) * choice.choice((1, 2, 50))
    elif kind == 3 and at < len(content):
        content[at] = choice.randrange(256)
    elif kind == 4:
        other = choice.choice(seeds)
        start = choice.randint(0, len(other))
        content[at:at] = other[start : start + choice.randint(0, 200)]
    else:
        content[at:end] = choice.randbytes(choice.randint(0, 12))


class Pen(NamedTuple):
    """Writes documents; a tidy one makes no mistakes but in style."""

    choice: random.Random
    is_tidy: bool

    def rarely(self, share: float) -> bool:
        """Whether to make a mistake."""
        return not self.is_tidy and self.choice.random() < share

    def fields(self, fields: tuple[Field, ...]) -> list[Field]:
        """A few fields in any order, a required one rarely missing, one sometimes twice."""
        kept = [field for field in fields if field.name not in SELDOM or self.rarely(0.3)]
        found = [
            field
            for field in kept
            if self.choice.random() < 0.4 or (field.required and not self.rarely(0.05))
        ]
        if found and self.rarely(0.03):
            found.append(self.choice.choice(found))
        self.choice.shuffle(found)
        return found

    def entry(self, field: Field, indent: str, step: str) -> str:
        """A key with its value, or with its section below or beside it."""
        choice = self.choice
        name = field.name[:-1] + choice.choice("xyz-_ ") if self.rarely(0.02) else field.name
        key = indent + (json.dumps(name) if choice.random() < 0.05 else name)
        comment = choice.choice(["", "", "", "  # why", " #", "\t# tab"])
        section = next((form for form in (field, *field.alternatives) if form.kind == "section"), None)
        if section and not self.rarely(0.1):
            fields = self.fields(section.fields)
            if choice.random() < 0.3 or not fields:
                inside = ", ".join(f"{child.name}: {self.value(child, flow=True)}" for child in fields)
                return f"{key}: {{{inside}}}{comment}"
            return "\n".join(
                [f"{key}:{comment}", *(self.entry(child, indent + step, step) for child in fields)]
            )
        if self.rarely(0.05):
            return f"{key}: {choice.choice('|>')}{choice.choice(['', '-', '+', '2'])}\n{indent}  {self.value(field)}"
        return f"{key}: {self.value(field)}{comment}"

    def value(self, field: Field, *, flow: bool = False) -> str:
        """A value, or a list of some."""
        if field.kind in {"texts", "numbers"} and not self.rarely(0.2):
            count = field.length or self.choice.randint(1, 3)
            return f"[{', '.join(self.scalar(field, flow=True) for _ in range(count))}]"
        return self.scalar(field, flow=flow)

    def scalar(self, field: Field, *, flow: bool) -> str:
        """A value in one of its spellings."""
        value = self.choice.choice(VALUES if self.rarely(0.4) else _fitting(field))
        if isinstance(value, str):
            quoted = [
                json.dumps(value),
                json.dumps(value, ensure_ascii=False),
                "'" + value.replace("'", "''") + "'",
            ]
            return self.choice.choice(quoted if flow else [value, value, *quoted])
        return json.dumps(value) if self.choice.random() < 0.8 else repr(value).lower()


SELDOM = frozenset({"extends", "tracking", "fireworks", "trl", "ray"})
"""Keys whose values would be wrong more often than not."""


def _fitting(field: Field) -> list[Any]:
    """Values that the key accepts, or that look as if it did."""
    entry = field.parameter
    if entry:
        return [entry.default, entry.low, entry.high or 65536, *entry.choices]
    by_kind = {
        "truth": [True, False],
        "whole": [field.low or 1],
        "real": [field.low or 1, 1.5],
        "numbers": [0, 1, 0.5],
    }
    if field.name == "version":
        return [1]
    return list(field.choices or by_kind.get(field.kind, ["x-notes", "run-1", "data.jsonl"]))


def written(choice: random.Random, _seeds: list[bytes]) -> Input:
    """A document from the table of keys, in random YAML styles."""
    pen = Pen(choice, is_tidy=choice.random() < 0.5)
    lines: list[str] = []
    if choice.random() < 0.2:
        lines.append(
            choice.choice(["---", "%YAML 1.2\n---", "# yaml-language-server: $schema=x.json", "\ufeff# x"])
        )
    step = " " * choice.choice((2, 2, 2, 4, 1))
    lines += [pen.entry(field, "", step) for field in pen.fields(FIELDS)]
    if choice.random() < 0.3:
        lines.append(f"x-own: {choice.choice(VALUES)!r}")
    end = choice.choice(["\n", "\n", "\n", "\r\n", "\r"])
    return Input(
        "written", end.join("\n".join(lines).split("\n")).encode() + end.encode() * choice.randint(0, 2)
    )


def huge(choice: random.Random, _seeds: list[bytes]) -> Input:
    """A small piece so many times that it is deep, long or explodes; sometimes over the limit of a file."""
    piece = choice.choice(PIECES)
    times = choice.choice((50, 1_000, 20_000, 1_200_000 // len(piece)))
    head = choice.choice(
        (b"", b"a: &a [1, 2]\nx-a: ", b"version: 1\nx-own: ", b'"', b"x-b: &b {a: [1, 2]}\n")
    )
    bomb = b"".join(
        b"x-%d: &a%d [%s]\n" % (level, level, b", ".join([b"*a%d" % (level - 1)] * 9))
        for level in range(1, 12)
    )
    content = b"x-0: &a0 x\n" + bomb if choice.random() < 0.05 else head + piece * times
    return Input("huge", content)


def look_at(content: bytes, *, show: bool) -> tuple[Finding, ...]:
    """Everything that `lint` does with a file; what it finds. Raises when a promise is broken."""
    plain, pure = parse(content, "run.yaml"), parse(content, "run.yaml", pure=True)
    fast = compose(content, "run.yaml") if len(content) <= LARGEST_FILE else plain
    _must_agree("the plain reader and the parser", plain, fast)
    _must_agree("the parser in C and the one in Python", fast, pure)
    linted = lint_files(
        ["run.yaml"], ".", read=lambda path: content if path == "run.yaml" else "there is no such file"
    )
    for finding in linted.findings:
        _must_fit(finding.location.line, finding.location.column)
        if finding.fix and finding.location.path == "run.yaml":
            for edit in finding.fix.edits:
                if not 0 <= edit.start <= edit.end <= len(content.decode()):
                    raise AssertionError(f"{finding.code}: an edit outside of the file: {edit}")
    if show:
        for name in FORMATS:
            render_format(name, linted, color=True, width=60)
    return linted.findings


def _must_agree(who: str, first: Document, second: Document) -> None:
    if repr(first.data) != repr(second.data) or first.findings != second.findings:
        raise AssertionError(
            f"{who} differ: {first.data!r} {first.findings} | {second.data!r} {second.findings}"
        )


def _must_fit(line: int, column: int) -> None:
    if line < 1 or column < 1:
        raise AssertionError(f"a place that is none: {line}:{column}")


def _too_slow(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise Slow


class Campaign:
    """What has been fed so far, and what came of it."""

    def __init__(self, keep: Path) -> None:
        self.kinds: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.legal = 0
        self.slowest_s = 0.0
        self.early_kib = 0
        self._keep = keep

    @property
    def count(self) -> int:
        """Inputs so far."""
        return self.kinds.total()

    def feed(self, made: Input, name: str) -> None:
        """Look at one input; keep it when it fails."""
        before = time.process_time()
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, TIME_LIMIT_S)
            findings = look_at(made.content, show=self.count % SHOWN_EVERY < 2)
            self.codes.update({finding.code for finding in findings})
            self.legal += all(finding.severity is not Severity.ERROR for finding in findings)
        except Exception as error:  # noqa: BLE001  any exception is what is looked for
            last = traceback.extract_tb(error.__traceback__)[-1]
            self.failures[f"{type(error).__name__} in {Path(last.filename).name}:{last.name}"] += 1
            self._keep.mkdir(parents=True, exist_ok=True)
            (self._keep / f"{name}.yaml").write_bytes(made.content)
            (self._keep / f"{name}.txt").write_text(
                "".join(traceback.format_exception(error)), encoding="utf-8"
            )
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        self.slowest_s = max(self.slowest_s, time.process_time() - before)
        self.kinds[made.kind] += 1
        if self.count == EARLY:
            self.early_kib = _peak_kib()


def _too_slow(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise Slow


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def run(seed: int, seconds: float, count: int, keep: Path) -> int:
    """Feed inputs until time or count is over; the number of those that failed."""
    choice, seeds = random.Random(seed), corpus()
    makers: tuple[Callable[[random.Random, list[bytes]], Input], ...] = (damaged, written)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, resource.RLIM_INFINITY))
    signal.signal(signal.SIGVTALRM, _too_slow)
    campaign, started = Campaign(keep), time.monotonic()
    while campaign.count < count and time.monotonic() - started < seconds:
        make = huge if campaign.count % HUGE_EVERY == HUGE_EVERY - 1 else makers[campaign.count % len(makers)]
        campaign.feed(make(choice, seeds), f"{seed}-{campaign.count:07}")
    tell(campaign, seed, time.monotonic() - started)
    return campaign.failures.total()


def tell(campaign: Campaign, seed: int, took_s: float) -> None:
    """Print the table."""
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in sorted(campaign.kinds.items()))
    early = f"{campaign.early_kib / 1024:.0f} MiB after {EARLY:,} inputs, " if campaign.early_kib else ""
    rows = {
        "seed": f"{seed}, Python {platform.python_version()}, {platform.machine()}",
        "inputs": f"{campaign.count:,} ({kinds})",
        "time": f"{took_s:.0f} s",
        "legal configs among them": f"{campaign.legal:,}",
        "codes that were given": f"{len(campaign.codes)}",
        "slowest input": f"{campaign.slowest_s:.2f} s of CPU, limit {TIME_LIMIT_S:.0f} s",
        "memory": f"{early}{_peak_kib() / 1024:.0f} MiB at most, limit {MEMORY_LIMIT >> 20:,} MiB",
        "failures": f"{campaign.failures.total()}",
    }
    print("| | |\n| --- | --- |")
    for name, value in {
        **rows,
        **{f"– {kind}": str(number) for kind, number in campaign.failures.most_common()},
    }.items():
        print(f"| {name} | {value} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--count", type=int, default=sys.maxsize)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"), help="where inputs that fail go")
    given = parser.parse_args()
    return 1 if run(given.seed, given.seconds, given.count, given.keep) else 0


if __name__ == "__main__":
    sys.exit(main())
