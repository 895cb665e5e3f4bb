"""How a difference is said, in text and in Markdown. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rft_cli.compare.difference import DIGESTS, Change, Other
from rft_cli.spec.parameter import show
from rft_cli.spec.parameters import is_parameter, parameter

if TYPE_CHECKING:
    from rft_cli.compare.comparison import Comparison
    from rft_cli.compare.guide import Guidance

DIGEST_SHOWN = 12
"""Digits of a digest; enough to tell two files apart by eye."""

_ABSENT = {"evaluation.dataset": "a part of the training data"}
_PARTICIPLES = {"raise": "raised", "lower": "lowered"}


def value_words(path: str, value: Any) -> str:
    """A value as people write it in YAML."""
    if value is None:
        return _ABSENT.get(path, "–")
    if path.startswith(DIGESTS):
        return str(value)[:DIGEST_SHOWN]
    if isinstance(value, list):
        return f"[{', '.join(map(show, value))}]"
    return show(value)


def path_words(path: str) -> str:
    """A path of a difference; that of a digest says what has changed."""
    return f"{path.removeprefix(DIGESTS)} (content)" if path.startswith(DIGESTS) else path


def times(ratio: float | None) -> str:
    """``× 2``, three digits; empty where a quotient says nothing."""
    return "" if ratio is None else f"× {ratio:.3g}"


def cost_words(guide: Guidance | None) -> str:
    """The factor on the cost of the run; empty where there is none."""
    return "" if guide is None or guide.cost is None else f"cost {times(guide.cost)}"


def headline(comparison: Comparison) -> str:
    """What differs, in one line."""
    found = comparison.difference
    if found.is_empty:
        return "no difference"
    counted, others = len(found.counted), len(found.other)
    parts = [_count(counted, "change") if found.changes else "no change of a parameter"]
    if others:
        parts.append(_count(others, "other difference"))
    if comparison.cost != 1:
        parts.append(f"cost {times(comparison.cost)} at most")
    return ", ".join(parts)


def guide_lines(change: Change, guide: Guidance | None) -> Iterator[str]:
    """What the guide says of a change, one sentence a line."""
    if change.because:
        yield f"needed by {change.because}: the two count as one change"
    if guide is None:
        return
    for move in guide.when:
        yield f"{guide.verb} when {move.reason}{_source(move.source)}"
    for effect in guide.effects:
        yield f"{effect.when}: {effect.what}"
    yield _usual(change, guide)
    if guide.goals:
        yield f"{_PARTICIPLES[guide.verb]} by the goal{'s' if len(guide.goals) > 1 else ''} {', '.join(guide.goals)}"


def other_words(entry: Other) -> tuple[str, str, str]:
    """Path, old and new value of a difference that is not counted."""
    return path_words(entry.path), value_words(entry.path, entry.old), value_words(entry.path, entry.new)


def advice(comparison: Comparison) -> str:
    """What the guide says of the whole; empty when it has nothing to say."""
    counted = comparison.difference.counted
    if len(counted) < 2:
        return ""
    return f"{len(counted)} changes at once: whatever happens, nobody will know which of them did it (ST3)"


def _usual(change: Change, guide: Guidance) -> str:
    value = show(change.new)
    if is_parameter(change.path) and not parameter(change.path).usual:
        return f"usual: {guide.usual}"
    if guide.usual_with:
        return f"{value} is usual with the goal {' or '.join(guide.usual_with)}"
    return f"{value} is usual" if guide.is_usual else f"{value} is not usual; usual: {guide.usual}"


def _source(source: str) -> str:
    return f" ({source})" if source else ""


def _count(amount: int, what: str) -> str:
    return f"{amount} {what}{'' if amount == 1 else 's'}"
