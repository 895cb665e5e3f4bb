"""What works on this machine, for people and for machines. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from rft_cli.render.ansi import Style, paint
from rft_cli.render.wrap import wrap as wrap_text
from rft_cli.workflow.checkup import Check, Verdict, works

if TYPE_CHECKING:
    from rft_cli.render.outputs.checkup import DoctorOutput

SCHEMA_VERSION: Literal[1] = 1

_STYLES: dict[Verdict, Style] = {Verdict.OK: "green", Verdict.NOTE: "yellow", Verdict.PROBLEM: "red"}


def doctor_text(checks: Sequence[Check], *, color: bool, wrap: int = 0) -> str:
    """A line a check, with the next step where one is needed, and the sum."""
    names = max(len(check.name) for check in checks)
    verdicts = max(map(len, Verdict))
    margin = verdicts + names + 4
    lines = []
    for check in checks:
        verdict = paint(f"{check.verdict:<{verdicts}}", _STYLES[check.verdict], color=color)
        lines.append(wrap_text(f"{verdict}  {check.name:<{names}}  {check.value}", wrap, hang=margin))
        if check.help:
            told = f"{'':<{margin}}{paint('help:', 'green', color=color)} {check.help}"
            lines.append(wrap_text(told, wrap))
    return "\n".join([*lines, "", _sum(checks)])


def doctor_json(checks: Sequence[Check]) -> str:
    """One object with every check."""
    document: DoctorOutput = {
        "schema_version": SCHEMA_VERSION,
        "works": works(tuple(checks)),
        "checks": [
            {"name": each.name, "verdict": each.verdict, "value": each.value, "help": each.help}
            for each in checks
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _sum(checks: Sequence[Check]) -> str:
    problems = sum(check.verdict is Verdict.PROBLEM for check in checks)
    if not problems:
        return "Everything that rft needs works here."
    return f"{problems} problem{'' if problems == 1 else 's'}: see the help lines above."
