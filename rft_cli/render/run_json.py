"""Runs for machines. A contract: fields may be added, never renamed or removed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from rft_cli.plan import tuned
from rft_cli.render.findings_json import finding_object
from rft_cli.render.plan_json import assessment_object
from rft_cli.runs.record import Evaluation, Point, Run, Summary
from rft_cli.worker import METRICS, Rollout
from rft_cli.workflow.events import (
    Checked,
    Detached,
    Ended,
    Evaluated,
    Event,
    Measured,
    Noted,
    Planned,
    Resumed,
    Stalled,
    StateChanged,
    Submitted,
    Watched,
)

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


def event_json(event: Event, *, folder: str) -> str:
    """One line of a stream."""
    return json.dumps({"schema_version": SCHEMA_VERSION, **_event(event, folder=folder)}, ensure_ascii=False)


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
        "last": _point(points[-1]) if points else None,
        "points": [_point(point) for point in points],
        "evaluations": [_evaluation(each) for each in run.evaluations],
        "schedule": run.record["schedule"],
        "digests": run.record["digests"],
        "origins": run.record["origins"],
        "config_path": run.record["config_path"],
        "versions": run.record["versions"],
        "notes": list(run.notes),
        "failure": run.failure,
        "folder": folder,
    }


def _changes(summary: Summary) -> list[dict[str, Any]] | None:
    if summary.changes is None:
        return None
    return [{"parameter": path, "from": old, "to": new} for path, old, new in summary.changes]


def canonical(values: Mapping[str, float]) -> dict[str, float]:
    """Metrics under the names that every reader of curves uses; those of the evaluator's parts keep theirs."""
    return {_CANONICAL.get(name, name): value for name, value in values.items()}


def _point(point: Point) -> dict[str, Any]:
    return {"step": point.step, **canonical(point.values)}


def _evaluation(evaluation: Evaluation) -> dict[str, Any]:
    return evaluation._asdict()


def _event(event: Event, *, folder: str) -> dict[str, Any]:
    match event:
        case Checked():
            return {"event": "findings", "findings": [finding_object(each) for each in event.findings]}
        case Planned():
            return {"event": "planned", **assessment_object(event.assessment)}
        case Submitted() | Watched() | Resumed():
            return {
                "event": "submitted",
                "run": event.run.id,
                "is_new": isinstance(event, Submitted) and event.is_new,
                "resumes": event.run.summary.resumes,
                "state": event.run.state,
                "attempt": event.run.summary.attempt,
                "is_baseline": event.run.summary.is_baseline,
                "steps": event.run.summary.steps,
                "schedule": event.run.record["schedule"],
                "about": event.about,
                "folder": folder,
            }
        case StateChanged():
            return {"event": "state", **event._asdict()}
        case Stalled():
            return {"event": "stalled", **event._asdict()}
        case Measured():
            return {"event": "metrics", "run": event.run, "steps": event.steps, **_point(event.point)}
        case Evaluated():
            return {"event": "evaluation", "run": event.run, **_evaluation(event.evaluation)}
        case Noted():
            return {"event": "note", **event._asdict()}
        case Detached():
            return {"event": "detached", **event._asdict()}
        case Ended():
            return {
                "event": "end",
                "run": event.run.id,
                **summary_object(event.run.summary),
                "last": _point(event.points[-1]) if event.points else None,
                "failure": event.run.failure,
                "exit_code": event.exit_code,
                "folder": folder,
            }


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
