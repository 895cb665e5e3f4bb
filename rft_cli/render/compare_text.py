"""A comparison of outcomes for a terminal: the table, each group against the first, the intervals on one axis. Pure."""

from __future__ import annotations

from rft_cli.compare.outcome_report import Report, Versus
from rft_cli.render.ansi import Style, paint, printable
from rft_cli.render.compare_plot import intervals
from rft_cli.render.compare_words import HEADS, cells, change_words, headline, measure_words
from rft_cli.render.run_words import columns
from rft_cli.render.table import aligned
from rft_cli.render.wrap import wrap as wrap_text

PLOT_WIDTH = 72
"""Most columns of the plot. Chosen: as wide as a reward curve."""
_STYLES: dict[str, Style] = {"better": "green", "worse": "red", "not told apart": "yellow", "": "yellow"}


def compare_text(report: Report, *, color: bool, width: int, wrap: int = 0) -> str:
    """All that was compared.

    Args:
        report: of at least two groups, or of one with replicates.
        color: whether to use ANSI colours.
        width: columns of the reader's terminal.
        wrap: columns at which sentences are broken; 0: never.
    """
    blocks = [
        _table(report, color=color, wrap=wrap),
        *(_block(each, color=color, wrap=wrap) for each in report.versus),
    ]
    if plot := _plot(report, width, wrap):
        blocks.append(plot)
    if report.notes:
        blocks.append("".join(f"{wrap_text(f'note: {printable(note)}', wrap)}\n" for note in report.notes))
    return "\n".join(blocks)


def _table(report: Report, *, color: bool, wrap: int) -> str:
    rows = [tuple(map(printable, cells(row))) for row in report.rows]
    heads = tuple(paint(head, "bold", color=color) for head in HEADS)
    return "\n".join(aligned([heads, *rows], wrap=wrap)) + "\n"


def _block(versus: Versus, *, color: bool, wrap: int) -> str:
    said = paint(printable(headline(versus)), _STYLES[versus.told], color=color)
    head = wrap_text(f"{paint(printable(versus.new.label), 'bold', color=color)}: {said}", wrap)
    pairs = [("changed", printable(change_words(versus.changes)))]
    pairs += [(measure.name, printable(measure_words(measure))) for measure in versus.measures]
    return head + "\n" + columns([pair for pair in pairs if pair[1]], wrap=wrap)


def _plot(report: Report, width: int, wrap: int) -> str:
    """The differences of the measure that most groups have, held-out evaluation before training reward."""
    for place, title in enumerate(("held-out evaluation", "training reward")):
        found = [
            (each.new.label, estimate)
            for each in report.versus
            if each.measures and (estimate := each.measures[place].estimate) is not None
        ]
        if found:
            lines = intervals(
                [(printable(label), estimate) for label, estimate in found], width=min(width - 2, PLOT_WIDTH)
            )
            head = f"{title}, difference from {printable(report.rows[0].label)}, 95 % interval"
            return "\n".join([wrap_text(head, wrap), *(f"  {line}" for line in lines)]) + "\n"
    return ""
