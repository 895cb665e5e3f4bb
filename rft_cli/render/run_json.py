"""Runs for machines. A contract: fields may be added, never renamed or removed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

from rft_cli.runs.record import Evaluation, Point, Run, Summary
from rft_cli.worker import METRICS, Rollout

if TYPE_CHECKING:
    from rft_cli.render.outputs.run import (
        ChangedObject,
        EvaluationObject,
        EvaluationsObject,
        ListedRun,
        PointObject,
        RolloutsOutput,
        RunFields,
        RunsOutput,
        ShowOutput,
        SummaryObject,
    )

SCHEMA_VERSION: Literal[1] = 1

_CANONICAL = {metric.name: metric.canonical for metric in METRICS}


def runs_json(summaries: Iterable[Summary], references: Collection[str] = ()) -> str:
    """One object with every run, the newest last; ``references`` are the ids of those that the next ones are compared with."""
    runs = listed_runs(summaries, references)
    document: RunsOutput = {"schema_version": SCHEMA_VERSION, "runs": runs}
    return _text(document)


def listed_runs(summaries: Iterable[Summary], references: Collection[str]) -> list[ListedRun]:
    """Runs as entries of the list."""
    return [{**summary_object(each), "is_reference": each.id in references} for each in summaries]


def show_json(run: Run, points: Sequence[Point], *, folder: str, baseline: str | None) -> str:
    """One object with everything about a run."""
    return _text(show_object(run, points, folder=folder, baseline=baseline))


def rollouts_json(run: str, rollouts: Sequence[Rollout]) -> str:
    """One object with the chosen rollouts of a run."""
    document: RolloutsOutput = {"schema_version": SCHEMA_VERSION, "run": run, "rollouts": list(rollouts)}
    return _text(document)


def summary_object(summary: Summary) -> SummaryObject:
    """A run as an entry of a list."""
    return {**_fields(summary), "reference": summary.reference, "hypothesis": summary.hypothesis}


def _fields(summary: Summary) -> RunFields:
    evaluation: EvaluationsObject | None = None
    if summary.evaluation_n is not None:
        evaluation = {
            "before": summary.evaluation_before,
            "after": summary.evaluation_after,
            "standard_error": summary.evaluation_error,
            "n": summary.evaluation_n,
        }
    return {
        "id": summary.id,
        "name": summary.name,
        "number": summary.number,
        "scope": summary.scope,
        "fingerprint": summary.fingerprint,
        "attempt": summary.attempt,
        "backend": summary.backend,
        "state": summary.state,
        "raw_state": summary.raw_state,
        "stalled_since": summary.stalled_since,
        "created": summary.created,
        "updated": summary.updated,
        "adopted": summary.adopted,
        "ended": summary.ended,
        "is_baseline": summary.is_baseline,
        "resumes": summary.resumes,
        "steps": summary.steps,
        "last_step": summary.last_step,
        "reward_first": summary.reward_first,
        "reward_last": summary.reward_last,
        "reason": summary.reason,
        "evaluation": evaluation,
        "changes": _changes(summary),
    }


def show_object(run: Run, points: Sequence[Point], *, folder: str, baseline: str | None) -> ShowOutput:
    """A run with all that belongs to it."""
    # What plans needs the configs' modules, and a table of runs does not.
    from rft_cli.plan import tuned

    other = baseline if baseline != run.id else None
    return {
        "schema_version": SCHEMA_VERSION,
        **_fields(run.summary),
        "config": dict(run.config),
        "reference": run.summary.reference or run.get("experiment.reference") or other,
        "hypothesis": run.summary.hypothesis or run.get("experiment.hypothesis"),
        "why": dict(run.why),
        "remarks": [{"time": remark.time, "text": remark.text} for remark in run.remarks],
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


def _changes(summary: Summary) -> list[ChangedObject] | None:
    if summary.changes is None:
        return None
    return [{"parameter": path, "from": old, "to": new} for path, old, new in summary.changes]


def canonical(values: Mapping[str, float]) -> dict[str, float]:
    """Metrics under the names that every reader of curves uses; those of the evaluator's parts keep theirs."""
    return {_CANONICAL.get(name, name): value for name, value in values.items()}


def point_object(point: Point) -> PointObject:
    """One step, under canonical names."""
    # Which metrics there are is not known to the type.
    return cast("PointObject", {"step": point.step, **canonical(point.values)})


def evaluation_object(evaluation: Evaluation) -> EvaluationObject:
    """One held-out evaluation."""
    return {
        "step": evaluation.step,
        "mean": evaluation.mean,
        "standard_error": evaluation.standard_error,
        "n": evaluation.n,
        "on_training_rows": evaluation.on_training_rows,
    }


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
