"""Every code as a rule of a SARIF log, whether it was found or not: readers look rules up in the log itself."""

from __future__ import annotations

from typing import Any

from rft_cli.diagnostics import Severity
from rft_cli.spec.code import Code
from rft_cli.spec.code_text import code_markdown, code_plain
from rft_cli.spec.codes import CODES

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "note"}
"""Severity → level of a result. Source: SARIF 2.1.0, 3.27.10."""

_PROBLEM_SEVERITY = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "recommendation"}
"""Source: docs.github.com, "SARIF support for code scanning"."""

RULE_INDEX = {entry.code: index for index, entry in enumerate(CODES)}
"""Code → its place in the list of rules."""


def documentation_home() -> str:
    """Where the documentation of this version is published; empty when the package declares no such place."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        declared = metadata("rft-cli").get_all("Project-URL") or []
    except PackageNotFoundError:  # run from a checkout that is not installed
        return ""
    return _home(declared)


def _home(declared: list[str]) -> str:
    """The URL with the label Documentation among `label, URL` entries of package metadata."""
    urls = dict(entry.partition(", ")[::2] for entry in declared)
    return urls.get("Documentation", "").rstrip("/")


def rules(home: str) -> list[dict[str, Any]]:
    """The rules, in the order of their codes.

    Args:
        home: the URL below which `docs/` is published; empty: rules carry no link, all their text all the same.
    """
    return [_rule(entry, home) for entry in CODES]


def _rule(entry: Code, home: str) -> dict[str, Any]:
    link = {"helpUri": f"{home}/rules/{entry.code}.md"} if home else {}
    return {
        "id": entry.code,
        "name": entry.name,
        "shortDescription": {"text": entry.summary},
        "fullDescription": {"text": f"{entry.summary} {entry.why}"},
        "help": {"text": code_plain(entry), "markdown": code_markdown(entry)},
        **link,
        "defaultConfiguration": {"level": LEVELS[entry.severity]},
        "properties": {
            "tags": ["reinforcement-fine-tuning", *entry.parameters],
            "problem.severity": _PROBLEM_SEVERITY[entry.severity],
            "precision": "very-high",
        },
    }
