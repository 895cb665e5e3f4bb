"""All that the table says of one code, as Markdown: its page and the help in a SARIF log say the same. Pure."""

from __future__ import annotations

from rft_cli.diagnostics import Severity
from rft_cli.spec.code import Code
from rft_cli.spec.codes.writing import IGNORE_CODES

WARNINGS_OF_LINT = frozenset({"RFT701", "RFT702"})
"""Codes of missing files: errors where a config is launched, warnings where it is only checked."""


def code_markdown(entry: Code) -> str:
    """Summary, reason, when it is fine, bad and good YAML, and how to suppress it."""
    parts = [
        entry.summary,
        entry.why,
        f"**When it is fine:** {_lowered(entry.fine_when)}",
        _example("Bad", entry.bad),
        _example("Good", entry.good),
        suppression(entry),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def code_plain(entry: Code) -> str:
    """The same as plain text."""
    return f"{entry.summary} {entry.why}\n\nWhen it is fine: {_lowered(entry.fine_when)}\n"


def suppression(entry: Code) -> str:
    """How to keep what the code finds, as Markdown; a finding that leaves nothing to submit cannot be kept."""
    if not can_be_suppressed(entry):
        return ""
    reason = "because …"
    return (
        "**To keep it**, say why, at the end of the line or on the line above:\n\n"
        f"```yaml\n# rft: ignore[{entry.code}] {reason}\n```\n\n"
        f"`rft lint --ignore {entry.code}` leaves it out of one report."
    )


def can_be_suppressed(entry: Code) -> bool:
    """Whether a comment in the file may allow it: not what makes a file illegal, nor what is wrong with such a comment."""
    is_opinion = entry.severity is not Severity.ERROR and entry not in IGNORE_CODES
    return is_opinion or entry.code in WARNINGS_OF_LINT


def _example(title: str, text: str) -> str:
    return f"{title}:\n\n```yaml\n{text.rstrip()}\n```" if text else ""


def _lowered(sentence: str) -> str:
    """A sentence that follows a colon."""
    acronym = sentence[1:2].isupper()
    return sentence if acronym else sentence[:1].lower() + sentence[1:]
