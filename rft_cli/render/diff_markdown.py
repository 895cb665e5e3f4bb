"""A difference as a comment on a pull request: the values in a table, the guide folded away. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rft_cli.compare.comparison import Comparison
from rft_cli.render.diff_words import (
    advice,
    cost_words,
    guide_lines,
    headline,
    other_words,
    path_words,
    times,
    value_words,
)

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&])")
"""Characters that can mean something in the middle of a line of Markdown or HTML."""
_MENTION = "@\N{ZERO WIDTH SPACE}"
"""An at sign that addresses nobody."""


def diff_markdown(comparison: Comparison) -> str:
    """The comment; values of the user's cannot become markup."""
    found = comparison.difference
    blocks = [
        f"#### {code(comparison.new.label)} against {code(comparison.old.label)}",
        _sentence(headline(comparison)),
    ]
    if found.changes:
        blocks.append(table(("change", "from", "to", "ratio", "cost"), _change_rows(comparison)))
    if found.other:
        rows = [tuple(map(code, other_words(entry))) for entry in found.other]
        blocks.append(table(("other difference, not counted", "from", "to"), rows))
    blocks += [f"**Not comparable** because {plain(reason)}." for reason in found.reasons]
    blocks += [f"**{plain(said)}.**" for said in [advice(comparison)] if said]
    blocks += [_sentence(plain(note)) for note in comparison.notes]
    if details := _details(comparison):
        blocks.append(details)
    return "\n\n".join(blocks) + "\n"


def _change_rows(comparison: Comparison) -> list[tuple[str, ...]]:
    return [
        (
            code(path_words(change.path)),
            code(value_words(change.path, change.old)),
            code(value_words(change.path, change.new)),
            times(change.ratio),
            cost_words(guide).removeprefix("cost "),
        )
        for change, guide in comparison.guide
    ]


def _details(comparison: Comparison) -> str:
    said = [(change, list(guide_lines(change, guide))) for change, guide in comparison.guide]
    sections = [
        f"{code(change.path)}\n\n" + "\n".join(f"- {plain(line)}" for line in lines)
        for change, lines in said
        if lines
    ]
    if not sections:
        return ""
    inside = "\n\n".join(sections)
    return f"<details><summary>What the guide says</summary>\n\n{inside}\n\n</details>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def code(text: str) -> str:
    """A code span; a text with a backtick or a pipe, which a span in a table cannot hold, is escaped instead."""
    line = " ".join(text.split())
    return plain(line) if "`" in line or "|" in line else f"`{line}`"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def plain(text: str) -> str:
    """Text in one line that cannot become markup and addresses nobody."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split())).replace("@", _MENTION)
