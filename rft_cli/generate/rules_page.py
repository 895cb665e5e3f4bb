"""docs/rules/: every code that rft can report, in one table, and a page for each."""

from __future__ import annotations

from itertools import groupby

from rft_cli.generate.markdown import NOTICE, code, link_ids, table
from rft_cli.spec.code import Code
from rft_cli.spec.code_text import code_markdown
from rft_cli.spec.codes import CODES
from rft_cli.spec.parameters import is_parameter

FOLDER = "docs/rules"
"""Holds nothing but these pages."""

_FAMILIES = {
    "0": "Reading and structure",
    "1": "Ranges and types",
    "2": "Optimisation",
    "3": "Sampling",
    "4": "Capacity",
    "5": "Cost",
    "6": "Experiment",
    "7": "Data and backend",
}

_INTRODUCTION = """# Codes

Everything that `rft` can say about a run config, each with a page of its own. *error*: nothing is submitted; *warning*: legal,
and very probably not what was meant; *advice*: legal, and away from what the tuning guide finds usual. `rft explain RFT302` and
`rft explain near-greedy-temperature` show a page in a terminal. Codes are never reused, and RFT9xx is left to your own rules.
"""


def rules_pages() -> dict[str, str]:
    """Relative path → text of the table and of every page."""
    pages = {f"{entry.code}.md": _page(entry) for entry in CODES}
    return {f"{FOLDER}/{name}": text for name, text in {"README.md": _index(), **pages}.items()}


def _index() -> str:
    families = groupby(CODES, key=lambda entry: entry.code[3])
    return NOTICE + _INTRODUCTION + "".join(_family(family, list(entries)) for family, entries in families)


def _family(family: str, entries: list[Code]) -> str:
    rows = [
        (
            f"[{entry.code}]({entry.code}.md)",
            code(entry.name),
            entry.severity,
            entry.summary,
        )
        for entry in entries
    ]
    return f"\n## {_FAMILIES[family]}\n\n" + table(("code", "name", "severity", "what it says"), rows)


def _page(entry: Code) -> str:
    facts = [
        f"**{entry.severity}**",
        f"since {entry.since}",
        _source(entry),
        *map(_parameter, entry.parameters),
    ]
    head = f"# {entry.code} {entry.name}\n\n{' · '.join(facts)}\n\n"
    return f"{NOTICE}{head}{code_markdown(entry)}\n[All codes](README.md)\n"


def _source(entry: Code) -> str:
    return f"guide: {link_ids(', '.join(entry.sources), '../guide.md')}" if entry.sources else "ours"


def _parameter(path: str) -> str:
    if not is_parameter(path):
        return code(path)
    return f"[{code(path)}](../parameters.md#{path.replace('.', '-').replace('_', '-')})"
