"""Topics, their list and the table of codes as text for a terminal. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rft_cli.diagnostics import Severity
from rft_cli.render.ansi import paint
from rft_cli.render.findings_text import STYLES
from rft_cli.render.topic import Part, Topic
from rft_cli.render.topics import Group
from rft_cli.render.wrap import wrap
from rft_cli.spec.code import Code

WIDEST = 100
"""Columns of prose on any terminal. Chosen: longer lines are hard to read."""

LABEL_COLUMNS = 30
"""Longest label that shares a line with its text (chosen)."""


def topic_text(topic: Topic, *, color: bool, width: int) -> str:
    """A topic with its parts."""
    columns = min(width, WIDEST)
    head = f"{paint(topic.name, 'bold', color=color)}  {paint(topic.title, 'dim', color=color)}"
    parts = [part for part in topic.parts if part.rows or part.yaml]
    blocks = [
        wrap(head, columns),
        _wrap(topic.summary, columns),
        *(_part(part, columns, color=color) for part in parts),
    ]
    return "\n\n".join(blocks) + "\n"


def groups_text(groups: Sequence[Group], *, color: bool, width: int) -> str:
    """Everything that can be explained."""
    columns = min(width, WIDEST)
    blocks = [_part(Part(group.title, group.rows), columns, color=color) for group in groups]
    return "\n\n".join(["rft explain X, where X is one of", *blocks]) + "\n"


def codes_text(codes: Sequence[Code], *, color: bool, width: int) -> str:
    """A table of codes: one line each where the terminal is wide enough, else the summary goes below."""
    names = max(len(entry.name) for entry in codes)
    severities = max(map(len, Severity))
    indent = " " * (len(codes[0].code) + names + severities + 6)
    lines = []
    for entry in codes:
        severity = paint(f"{entry.severity:<{severities}}", STYLES[entry.severity], color=color)
        head = f"{paint(entry.code, 'bold', color=color)}  {severity}  {entry.name:<{names}}"
        if width - len(indent) >= LABEL_COLUMNS:
            lines.append(f"{head}  {_hang(entry.summary, width, indent)}")
        else:
            lines.append(f"{wrap(head.rstrip(), width)}\n{_wrap(entry.summary, width, '        ')}")
    return "\n".join(lines) + "\n"


def _part(part: Part, width: int, *, color: bool) -> str:
    lines = [paint(part.title, "cyan", color=color)] if part.title else []
    if part.yaml:
        lines.append(textwrap.indent(part.yaml.rstrip(), "    "))
    longest = max((len(label) for label, _ in part.rows if len(label) <= LABEL_COLUMNS), default=0)
    for label, text in part.rows:
        if not label:
            bullet = "  - " if len(part.rows) > 1 else "  "
            lines.append(bullet + _hang(text, width, " " * len(bullet)))
        elif len(label) > LABEL_COLUMNS or width - longest < LABEL_COLUMNS:
            lines.append(f"  {label}\n{_wrap(text, width, '      ')}")
        else:
            lines.append(f"  {label:<{longest}}  {_hang(text, width, ' ' * (longest + 4))}")
    return "\n".join(lines)


def _wrap(text: str, width: int, indent: str = "") -> str:
    return textwrap.fill(
        text,
        max(width, LABEL_COLUMNS),
        initial_indent=indent,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )


def _hang(text: str, width: int, indent: str) -> str:
    """Text whose first line is placed by the caller, and whose other lines are indented."""
    return _wrap(text, width, indent)[len(indent) :]
