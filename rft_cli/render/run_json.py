"""Runs for machines. A contract: fields may be added, never renamed or removed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from rft_cli.runs.record import Evaluation, Point, Run, Summary
from rft_cli.worker import METRICS, Rollout

SCHEMA_VERSION = 1

_CANONICAL = {metric.name: metric.canonical for metric in METRICS}


def runs_json(summaries: Iterable[Summary], references: Collection[str] = ()) -> str:
    """One object with every run, the newest last; ``references`` are the ids of those that the next ones are compared with."""
    runs = [summary_object(each) | {"is_reference": each.id in references} for each in summaries]
    return _text({"schema_version": SCHEMA_VERSION, "runs": runs})


def show_json(run: Run, points: Sequence[Point], *, folder: str, baseline: str | None) -> str:
    """One object with everything about a run."""
    return _text(show_object(run, points, folder=folder, baseline=baseline))


def rollouts_json(run: str, rollouts: Sequence[Rollout]) -> str:
    """One object with the chosen rollouts of a run."""
    return _text({"schema_version": SCHEMA_VERSION, "run": run, "rollouts": list(rollouts)})


def summary_object(summary: Summary) -> dict[str, Any]:
    """A run as an entry of a list."""
    fields = summary._asdict()
    for name in ("evaluation_before", "evaluation_after", "evaluation_error", "evaluation_n"):
        del fields[name]
    evaluation = None
    if summary.evaluation_n is not None:
        evaluation = {
            "before": summary.evaluation_before,
            "after": summary.evaluation_after,
            "standard_error": summary.evaluation_error,
            "n": summary.evaluation_n,
        }
    return fields | {"evaluation": evaluation, "changes": _changes(summary)}


def show_object(run: Run, points: Sequence[Point], *, folder: str, baseline: str | None) -> dict[str, Any]:
    """A run with all that belongs to it."""
    # What plans needs the configs' modules, and a table of runs does not.
    from rft_cli.plan import tuned

    other = baseline if baseline != run.id else None
    return {
        "schema_version": SCHEMA_VERSION,
        **summary_object(run.summary),
        "config": run.config,
        "reference": run.summary.reference or run.get("experiment.reference") or other,
        "hypothesis": run.summary.hypothesis or run.get("experiment.hypothesis"),
        "why": dict(run.why),
        "remarks": [remark._asdict() for remark in run.remarks],
        "baseline": baseline,
        "tuned": {
            path: {"default": default, "value": value} for path, (default, value) in tuned(run.get).items()
        },
        "last": point_object(points[-1]) if points else None,
        "points": [point_object(point) for point in points],
        "evaluations": [evaluation_object(each) for each in run.evaluations],
        "schedule": run.record["schedule"],
        "digests": run.record["digests"],
        "origins": run.record["origins"],
        "config_path": run.record["config_path"],
        "adopted_from": run.record.get("adopted"),
        "versions": run.record["versions"],
        "notes": list(run.notes),
        "failure": run.failure,
        "folder": folder or None,
    }


def _changes(summary: Summary) -> list[dict[str, Any]] | None:
    if summary.changes is None:
        return None
    return [{"parameter": path, "from": old, "to": new} for path, old, new in summary.changes]


def canonical(values: Mapping[str, float]) -> dict[str, float]:
    """Metrics under the names that every reader of curves uses; those of the evaluator's parts keep theirs."""
    return {_CANONICAL.get(name, name): value for name, value in values.items()}


def point_object(point: Point) -> dict[str, Any]:
    """One step, under canonical names."""
    return {"step": point.step, **canonical(point.values)}


def evaluation_object(evaluation: Evaluation) -> dict[str, Any]:
    """One held-out evaluation."""
    return evaluation._asdict()


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
