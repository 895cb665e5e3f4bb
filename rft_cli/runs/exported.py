"""A run as one file for other clones: what a reference must say about itself when there is no ledger.

It holds no absolute path and nothing that changes from export to export, so that a repository's history of it is short.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rft_cli.errors import UsageError
from rft_cli.runs.record import Evaluation, Point, Run
from rft_cli.worker import METRICS, State

KIND = "record"
SCHEMA_VERSION = 1

MOST_POINTS = 200
"""Of the curve that is kept. Chosen: more than a page shows, and a file of a few kilobytes."""
DIGITS = 6
"""Significant digits of the curve. Chosen: below the noise of any reward."""
ERROR = "reward_mean_error"
"""The standard error of a point's reward, where the backend knows it."""
SAME_SCORES = "frac_reward_zero_std"
"""Known only where the answers have been seen group by group."""
LARGEST_RECORD = 1 << 22
"""Bytes; chosen: two hundred times a long record."""

_CANONICAL = {metric.name: metric.canonical for metric in METRICS}
_AGAIN = "export it again where the run is known: rft export RUN --to record -o {path}"

_NEEDED: Mapping[str, type | tuple[type, ...]] = {
    "id": str,
    "name": str,
    "state": str,
    "config": dict,
    "digests": dict,
    "scope": str,
    "fingerprint": str,
    "evaluation": (dict, type(None)),
    "sha256": str,
}
"""Keys that a reader relies on, and their types."""


class Exported(NamedTuple):
    """A record that was read."""

    path: str
    """As the user named it."""
    id: str
    name: str
    config: Mapping[str, Any]
    """Resolved, nested as in YAML."""
    digests: Mapping[str, str]
    scope: str
    fingerprint: str
    document: Mapping[str, Any]
    """All of it."""


def export_record(run: Run, points: Sequence[Point], root: Path) -> str:
    """The text of a run's record.

    Args:
        run: the run.
        points: its metrics, in order.
        root: the project root, which no path in the record shows.
    """
    summary = run.summary
    document = {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "id": run.id,
        "name": summary.name,
        "attempt": summary.attempt,
        "state": str(summary.state),
        "reason": summary.reason,
        "created": summary.created,
        "ended": summary.ended,
        "hypothesis": summary.hypothesis or run.get("experiment.hypothesis"),
        "reference": summary.reference or run.get("experiment.reference"),
        "is_baseline": summary.is_baseline,
        "why": dict(run.why),
        "scope": summary.scope,
        "fingerprint": summary.fingerprint,
        "digests": dict(run.record["digests"]),
        "config": run.config,
        "config_path": _shown_path(run.record["config_path"], root),
        "schedule": run.record["schedule"],
        "evaluation": _evaluation(run),
        "steps": len(points),
        "last": {"step": points[-1].step, **_canonical(points[-1])} if points else None,
        "curve": _curve(run, points),
        "versions": run.record["versions"],
    }
    document = _without_root(document, root)
    return _text(document | {"sha256": _seal(document)}) + "\n"


def read_record(path: Path, shown: str = "") -> Exported:
    """Read an exported record.

    Args:
        path: the file.
        shown: how messages name it; default: the path.

    Raises:
        UsageError: there is none, it is of another version, or it is not as it was exported.
    """
    shown = shown or str(path)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_RECORD + 1)
    except OSError as error:
        raise UsageError(
            f"the record {shown} cannot be read: {error.strerror}", hint=_AGAIN.format(path=shown)
        ) from error
    return parse_record(content, shown)


def parse_record(content: bytes, shown: str) -> Exported:
    """Read the content of an exported record; see `read_record`."""
    document = _parsed(content, shown)
    if document.get("kind") != KIND:
        raise UsageError(f"{shown} is JSON, and no record of a run", hint=_AGAIN.format(path=shown))
    version = document.get("schema_version")
    if version != SCHEMA_VERSION:
        raise UsageError(
            f"the record {shown} is from another version of rft: its form is {version}, this rft reads {SCHEMA_VERSION}",
            hint="use the version that it names under `versions`, or " + _AGAIN.format(path=shown),
        )
    wrong = [key for key, kind in _NEEDED.items() if not isinstance(document.get(key, ...), kind)]
    if wrong:
        raise UsageError(
            f"the record {shown} is incomplete: {', '.join(wrong)}", hint=_AGAIN.format(path=shown)
        )
    seal = document.pop("sha256")
    if seal != _seal(document):
        raise UsageError(
            f"the record {shown} was changed after it was exported: it no longer tells what ran",
            hint=f"take the change back (`git checkout -- {shown}`), or {_AGAIN.format(path=shown)}",
        )
    if document["state"] not in frozenset(State):
        raise UsageError(
            f"the record {shown} is of a run in a state that this rft does not know: {document['state']}",
            hint="use the version that it names under `versions`",
        )
    fields = {name: document[name] for name in ("id", "name", "config", "digests", "scope", "fingerprint")}
    return Exported(path=shown, **fields, document=document)


def _parsed(content: bytes, shown: str) -> dict[str, Any]:
    again = _AGAIN.format(path=shown)
    if len(content) > LARGEST_RECORD:
        raise UsageError(f"{shown} is larger than any record of a run", hint=again)
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        if b"<<<<<<< " in content:
            raise UsageError(
                f"the record {shown} holds a merge conflict", hint="keep one of the two sides"
            ) from error
        raise UsageError(f"the record {shown} is not JSON: {error}", hint=again) from error
    if not isinstance(document, dict):
        raise UsageError(f"{shown} is JSON, and no record of a run", hint=again)
    return document


def _evaluation(run: Run) -> dict[str, Any] | None:
    """Held-out scores before and after; None without any."""
    before, after = run.evaluation(before=True), run.evaluation(before=False)
    if before is None and after is None:
        return None
    return {"before": _one(before), "after": _one(after)}


def _one(evaluation: Evaluation | None) -> dict[str, Any] | None:
    return evaluation._asdict() if evaluation is not None else None


def _canonical(point: Point) -> dict[str, float]:
    return {_CANONICAL.get(name, name): value for name, value in point.values.items()}


def _curve(run: Run, points: Sequence[Point]) -> dict[str, Any]:
    """The training reward: its two ends, and points at equal distances, the last step among them."""
    rewards = [point for point in points if "reward" in point.values]
    stride = max(1, -(-len(rewards) // MOST_POINTS))
    kept = rewards[(len(rewards) - 1) % stride :: stride]
    curve = {
        "metric": "reward_mean",
        "first_eighth": run.summary.reward_first,
        "last_eighth": run.summary.reward_last,
        "steps": [point.step for point in kept],
        "values": [_shortened(point.values["reward"]) for point in kept],
    }
    # Errors that nobody has checked against the answers are too small, so only those of known groups are kept.
    if kept and all({ERROR, SAME_SCORES} <= point.values.keys() for point in kept):
        curve["errors"] = [_shortened(point.values[ERROR]) for point in kept]
    return curve


def _shortened(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _shown_path(path: str, root: Path) -> str:
    """A config's path without what is above the project."""
    place = Path(path)
    if not place.is_absolute():
        return place.as_posix()
    return place.relative_to(root).as_posix() if place.is_relative_to(root) else place.name


def _without_root(value: Any, root: Path) -> Any:
    """A value whose texts do not show where the project lies."""
    if isinstance(value, str):
        return value.replace(f"{root}{os.sep}", "").replace(str(root), ".") if str(root) != os.sep else value
    if isinstance(value, Mapping):
        return {name: _without_root(item, root) for name, item in value.items()}
    return [_without_root(item, root) for item in value] if isinstance(value, list) else value


def _seal(document: Mapping[str, Any]) -> str:
    """SHA-256 of everything else, so that an edit by hand shows."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _text(value: Any, indent: str = "") -> str:
    """JSON with one key a line, and lists of numbers in one: a change of one value is a change of one line."""
    inner = f"{indent} "
    if isinstance(value, Mapping) and value:
        items = [f"{inner}{json.dumps(name)}: {_text(item, inner)}" for name, item in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
