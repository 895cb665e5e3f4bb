"""A comparison of outcomes as Markdown, for a pull request or a notebook. Pure."""

from __future__ import annotations

from rft_cli.compare.outcome_report import Report, Versus
from rft_cli.render.compare_words import HEADS, cells, change_words, headline, measure_words
from rft_cli.render.diff_markdown import code, plain, table


def compare_markdown(report: Report) -> str:
    """The page; names of the user's cannot become markup."""
    heads = tuple(head.lower() for head in HEADS)
    rows = [(code(row[0]), *map(plain, row[1:])) for row in map(cells, report.rows)]
    blocks = [f"#### Outcomes against {code(report.rows[0].label)}", table(heads, rows)]
    blocks += [_block(each) for each in report.versus]
    blocks += [f"{plain(note[:1].upper() + note[1:])}." for note in report.notes]
    return "\n\n".join(blocks) + "\n"


def _block(versus: Versus) -> str:
    lines = [f"**{code(versus.new.label)}**: {plain(headline(versus))}."]
    if versus.changes:
        lines.append(f"- changed: {plain(change_words(versus.changes))}")
    lines += [f"- {measure.name}: {plain(measure_words(measure))}" for measure in versus.measures]
    return lines[0] + ("\n\n" + "\n".join(lines[1:]) if len(lines) > 1 else "")
