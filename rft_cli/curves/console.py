"""Rows in the lines of a console log: Python dicts, JSON objects, verl's ``step:1 - key:value``, and plain ``key: value``."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections import deque
from typing import IO, Any

from rft_cli.curves.columns import Columns
from rft_cli.curves.failure import OUT_OF_MEMORY
from rft_cli.curves.found import LONGEST_LINE, TAIL_LINES, Found, flat

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

_VERL = re.compile(r"\bstep:(\d+)((?: - [^ :][^ ]*:\S+)+)")
_VERL_PAIR = re.compile(r" - (\S+):(np\.\w+\([^)]*\)|[^\s:]+)(?= - |\s*$)")
_BARE = re.compile(r"\b(nan|inf)\b")
_WRAPPED = re.compile(r"\b(?:np|numpy)\.\w+\(([^()]*)\)|\btensor\(([^(),]*)[^()]*\)")
_STEP = re.compile(r"\b(?:step|iteration|iter)\b\W{0,3}(\d+)", re.IGNORECASE)
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_PAIR = re.compile(rf"([A-Za-z][\w/ .]*?)\s*[:=]\s*({_NUMBER}|nan|NaN)(?![\w:])")


def read_console(text: IO[str], columns: Columns) -> Found:
    """Lines of a log; those that only spell metrics out count where no line holds a dict or verl's form."""
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    failures: deque[str] = deque(maxlen=3)
    total = 0
    for line in text:
        total += 1
        row = line_row(line)
        if row is not None and columns.add(flat(row)):
            continue
        if line.strip():
            tail.append(line[:LONGEST_LINE])
        if OUT_OF_MEMORY.search(line):
            failures.append(line[:LONGEST_LINE])
    if not columns.rows:
        text.seek(0)
        for line in text:
            if (row := spelt_row(line)) is not None:
                columns.add(row)
    notes = (f"{total} lines, {columns.rows} of them with metrics",)
    return Found("a console log", notes, log_text="".join((*failures, *tail)))


def line_row(line: str) -> dict[str, Any] | None:
    """The row that a line of a log holds; None for a line without one."""
    if "\x1b" in line:
        line = ANSI.sub("", line)
    if "{" in line and "}" in line:
        return _object(line[line.index("{") : line.rindex("}") + 1])
    if "step:" in line and (found := _VERL.search(line)) is not None:
        return {"step": found[1], **dict(_VERL_PAIR.findall(found[2]))}
    return None


def spelt_row(line: str) -> dict[str, Any] | None:
    """The row of a line that spells at least two metrics out, with or without a step: ``Step 3 | reward: 0.4 | kl: 0.01``."""
    pairs = {key.strip(): value for key, value in _PAIR.findall(ANSI.sub("", line))}
    step = _STEP.search(line)
    if step:
        pairs = {"step": step[1], **{key: value for key, value in pairs.items() if key.lower() != "step"}}
    return pairs if len(pairs) >= 2 else None


def _object(text: str) -> dict[str, Any] | None:
    for attempt in (text, text.replace("'", '"')):
        try:
            value = json.loads(attempt)
        except (ValueError, RecursionError):
            continue
        return value if isinstance(value, dict) else None
    plain = _BARE.sub("None", _WRAPPED.sub(lambda found: found[1] or found[2], text))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a log's text is no source code to be warned about
            value = ast.literal_eval(plain)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
