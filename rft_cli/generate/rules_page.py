"""docs/rules.md: every code that rft can report."""

from __future__ import annotations

from itertools import groupby

from rft_cli.generate.markdown import NOTICE, anchor, code, fenced, link_ids, table
from rft_cli.spec.code import Code
from rft_cli.spec.codes import CODES

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

Everything that `rft` can say about a run config. *error*: nothing is submitted; *warning*: legal, and very probably not what was
meant; *advice*: legal, and away from what the tuning guide finds usual. `rft explain RFT302` and
`rft explain near-greedy-temperature` show one section of this page in a terminal. Codes are never reused, and RFT9xx is left to
your own rules.

"""


def rules_page() -> str:
    """The text of the page."""
    ordered = sorted(CODES)
    rows = [
        (f"[{entry.code}](#{entry.code.lower()})", code(entry.name), entry.severity, entry.summary)
        for entry in ordered
    ]
    overview = table(("code", "name", "severity", "what it says"), rows)
    families = groupby(ordered, key=lambda entry: entry.code[3])
    sections = [
        f"\n## {_FAMILIES[family]}\n" + "".join(map(_section, entries)) for family, entries in families
    ]
    return NOTICE + _INTRODUCTION + overview + "".join(sections)


def _section(entry: Code) -> str:
    parts = [
        f"{anchor(entry.code)}\n\n### {entry.code} {entry.name}\n",
        f"**{entry.severity}** · since {entry.since} · {_source(entry)}\n",
        f"{entry.summary}\n",
        f"{entry.why}\n",
        f"*Fine when*: {_lowered(entry.fine_when)}\n",
    ]
    if entry.bad:
        parts.append("Bad:\n\n" + fenced("yaml", entry.bad))
    if entry.good:
        parts.append("Good:\n\n" + fenced("yaml", entry.good))
    return "".join(f"\n{part}" for part in parts)


def _source(entry: Code) -> str:
    return f"guide: {link_ids(', '.join(entry.sources))}" if entry.sources else "ours"


def _lowered(sentence: str) -> str:
    """A sentence that follows a colon."""
    acronym = sentence[:2].isupper()
    return sentence if acronym else sentence[:1].lower() + sentence[1:]
