"""What the runs of each scope are compared with, as text and for machines. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from rft_cli.plan import tuned
from rft_cli.render.ansi import paint, printable
from rft_cli.render.run_words import columns, evaluation_words, reward_words
from rft_cli.runs.record import Run
from rft_cli.spec.parameter import show
from rft_cli.workflow.baseline import Move, Standing

if TYPE_CHECKING:
    from rft_cli.render.outputs.run import BaselineOutput, MoveOutput, ScopeObject

SCHEMA_VERSION: Literal[1] = 1

SHORT = 12
"""Digits of a scope that tell two apart by eye. Chosen."""


def standings_text(standings: Sequence[Standing], *, color: bool, wrap: int) -> str:
    """Each scope under a head of what makes it one."""
    return "\n".join(_standing(each, color=color, wrap=wrap) for each in standings)


def standings_json(standings: Sequence[Standing]) -> str:
    """One object with every scope."""
    return _json({"schema_version": SCHEMA_VERSION, "scopes": [_object(each) for each in standings]})


def move_text(move: Move) -> str:
    """What later runs are compared with from now on."""
    if move.old == move.new:
        return f"Later runs of scope {move.scope[:SHORT]} are compared with {move.new} already."
    return f"Later runs of scope {move.scope[:SHORT]} are compared with {move.new}, and no longer with {move.old}."


def move_json(move: Move) -> str:
    """One object."""
    return _json(
        {
            "schema_version": SCHEMA_VERSION,
            "scope": move.scope,
            "from": move.old or None,
            "to": move.new,
        }
    )


def _standing(standing: Standing, *, color: bool, wrap: int) -> str:
    head = paint(f"scope {standing.scope[:SHORT]}", "bold", color=color)
    example = standing.newest
    what = (
        [("", "no run of it yet")]
        if example is None
        else [
            ("model", f"{example.get('model')} on {example.summary.backend}"),
            ("data", str(example.get("dataset"))),
        ]
    )
    pairs = [
        *what,
        ("runs", str(standing.runs)),
        ("baseline", _run_words(standing.baseline) or "none: rft launch CONFIG --baseline"),
        ("reference", _run_words(standing.reference) or "none"),
    ]
    return f"{head}\n{columns([(label, printable(value)) for label, value in pairs], wrap=wrap)}"


def _run_words(run: Run | None) -> str:
    if run is None:
        return ""
    changed = ", ".join(f"{path} {show(value)}" for path, (_, value) in tuned(run.get).items())
    yet = " yet" if run.state.live else ""
    score = evaluation_words(run) or reward_words(run.summary) or f"{run.state}, nothing measured{yet}"
    return f"{run.id}  {score}  {changed or 'every value at its default'}"


def _object(standing: Standing) -> ScopeObject:
    example = standing.newest
    return {
        "scope": standing.scope,
        "backend": example.summary.backend if example else None,
        "model": example.get("model") if example else None,
        "dataset": example.get("dataset") if example else None,
        "evaluator": example.get("evaluator") if example else None,
        "baseline": standing.baseline.id if standing.baseline else None,
        "reference": standing.reference.id if standing.reference else None,
        "runs": standing.runs,
    }


def _json(document: BaselineOutput | MoveOutput) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
