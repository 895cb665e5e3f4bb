"""A difference for a terminal. Pure."""

from __future__ import annotations

from rft_cli.compare.comparison import Comparison
from rft_cli.render.ansi import Style, paint, printable
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
from rft_cli.render.table import aligned
from rft_cli.render.wrap import wrap

_LINE_STYLES: tuple[tuple[str, Style], ...] = (
    ("---", "bold"),
    ("+++", "bold"),
    ("@@", "cyan"),
    ("-", "red"),
    ("+", "green"),
)
"""How a line of a unified difference begins → its style, as git paints it."""


def diff_text(comparison: Comparison, *, color: bool, width: int = 0) -> str:
    """What changed with what the guide says of it, other differences, and what keeps results from being compared.

    Args:
        comparison: of two subjects.
        color: whether to use ANSI colours.
        width: columns of the reader's terminal; 0: break no line.
    """
    title = f"{printable(comparison.old.label)} → {printable(comparison.new.label)}"
    parts = [f"{paint(title, 'bold', color=color)}: {headline(comparison)}\n"]
    parts += [block for block in (_changes(comparison, color=color), _others(comparison)) if block]
    last = [
        *(
            paint(f"not comparable because {printable(reason)}", "yellow", color=color)
            for reason in comparison.difference.reasons
        ),
        *filter(None, [advice(comparison)]),
        *(f"note: {printable(note)}" for note in comparison.notes),
    ]
    if last:
        parts.append("".join(f"{line}\n" for line in last))
    return wrap("\n".join(parts), width)


def lines_text(old_name: str, new_name: str, old: str, new: str, *, color: bool) -> str:
    """The difference of two texts line by line, in the unified form, for what is no run config."""
    import difflib

    names = (f"a/{old_name}", f"b/{new_name}")
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), *names, lineterm="")
    return "".join(f"{_painted(line, color=color)}\n" for line in lines)


def _painted(line: str, *, color: bool) -> str:
    style = next((style for start, style in _LINE_STYLES if line.startswith(start)), None)
    shown = printable(line)
    return paint(shown, style, color=color) if style else shown


def _changes(comparison: Comparison, *, color: bool) -> str:
    heads = [
        (
            path_words(change.path),
            f"{value_words(change.path, change.old)} → {value_words(change.path, change.new)}",
            times(change.ratio),
            cost_words(guide),
        )
        for change, guide in comparison.guide
    ]
    rows = zip(aligned([tuple(map(printable, head)) for head in heads]), comparison.guide, strict=True)
    return "".join(
        f"{paint(line, 'bold', color=color)}\n"
        + "".join(f"    {paint(said, 'dim', color=color)}\n" for said in guide_lines(change, guide))
        for line, (change, guide) in rows
    )


def _others(comparison: Comparison) -> str:
    rows = [
        (printable(path), printable(f"{old} → {new}"))
        for path, old, new in map(other_words, comparison.difference.other)
    ]
    lines = "".join(f"  {line}\n" for line in aligned(rows))
    return f"other differences, not counted\n{lines}" if lines else ""
