"""A difference for machines. A contract: fields may be added, never renamed or removed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from rft_cli.compare.comparison import Comparison
from rft_cli.compare.difference import Change
from rft_cli.compare.guide import Guidance
from rft_cli.compare.subject import Subject

if TYPE_CHECKING:
    from rft_cli.render.outputs.analysis import (
        DiffOutput,
        GuidedChange,
        GuideObject,
        SubjectObject,
    )

SCHEMA_VERSION: Literal[1] = 1


def diff_json(comparison: Comparison) -> str:
    """One object."""
    return json.dumps(diff_object(comparison), indent=2, ensure_ascii=False)


def diff_object(comparison: Comparison) -> DiffOutput:
    """The difference with what the guide says of it."""
    found = comparison.difference
    return {
        "schema_version": SCHEMA_VERSION,
        "base": _subject(comparison.old),
        "new": _subject(comparison.new),
        "changes": [_change(change, guide) for change, guide in comparison.guide],
        "counted": len(found.counted),
        "other": [{"parameter": entry.path, "from": entry.old, "to": entry.new} for entry in found.other],
        "comparable": found.comparable,
        "reasons": list(found.reasons),
        "cost_ratio": comparison.cost,
        "notes": list(comparison.notes),
    }


def _subject(subject: Subject) -> SubjectObject:
    return {"kind": subject.kind, "label": subject.label, "run": subject.run or None}


def _change(change: Change, guide: Guidance | None) -> GuidedChange:
    return {
        "parameter": change.path,
        "from": change.old,
        "to": change.new,
        "ratio": change.ratio,
        "because": change.because or None,
        "guide": _guide(guide) if guide is not None else None,
    }


def _guide(guide: Guidance) -> GuideObject:
    return {
        "direction": guide.direction,
        "when": [{"reason": move.reason, "source": move.source} for move in guide.when],
        "effects": [{"when": effect.when, "what": effect.what} for effect in guide.effects],
        "usual": guide.usual,
        "is_usual": guide.is_usual,
        "usual_with": list(guide.usual_with),
        "goals": list(guide.goals),
        "cost_ratio": guide.cost,
    }
