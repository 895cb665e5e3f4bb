"""What happens while a run is followed, one JSON object a line. A contract: fields may be added, never renamed or removed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rft_cli.render.findings_json import finding_object
from rft_cli.render.plan_json import assessment_object
from rft_cli.render.run_json import SCHEMA_VERSION, evaluation_object, point_object, summary_object
from rft_cli.workflow.events import (
    Alarmed,
    Busy,
    Checked,
    Detached,
    Ended,
    Evaluated,
    Judged,
    Measured,
    Noted,
    Planned,
    Progressed,
    Resumed,
    Stalled,
    StateChanged,
    Submitted,
    Told,
    Watched,
)

if TYPE_CHECKING:
    from rft_cli.render.outputs.event import EventObject


def event_json(event: Told, *, folder: str) -> str:
    """One line of a stream."""
    return json.dumps(_event(event, folder=folder), ensure_ascii=False)


def _event(event: Told, *, folder: str) -> EventObject:
    match event:
        case Checked():
            return {
                "schema_version": SCHEMA_VERSION,
                "event": "findings",
                "findings": [finding_object(each) for each in event.findings],
            }
        case Planned():
            return {
                "schema_version": SCHEMA_VERSION,
                "event": "planned",
                **assessment_object(event.assessment),
            }
        case Progressed():
            progress = event.progress
            return {
                "schema_version": SCHEMA_VERSION,
                "event": "progress",
                "run": event.run,
                "stage": progress.stage,
                "subject": progress.subject,
                "message": progress.message,
                "done": progress.done,
                "total": progress.total,
                "tries": progress.tries,
                "seconds": round(progress.seconds, 1),
            }
        case Submitted() | Watched() | Resumed():
            return {
                "schema_version": SCHEMA_VERSION,
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
                "folder": folder or None,
            }
        case StateChanged():
            return {
                "schema_version": SCHEMA_VERSION,
                "event": "state",
                "run": event.run,
                "state": event.state,
                "raw_state": event.raw_state,
            }
        case Stalled():
            return {
                "schema_version": SCHEMA_VERSION,
                "event": "stalled",
                "run": event.run,
                "since": event.since,
            }
        case Busy():
            return {
                "schema_version": SCHEMA_VERSION,
                "event": "busy",
                "run": event.run,
                "doing": event.doing,
                "seconds": event.seconds,
            }
        case Measured():
            return {
                "schema_version": SCHEMA_VERSION,
                "event": "metrics",
                "run": event.run,
                "steps": event.steps,
                **point_object(event.point),
            }
        case Evaluated():
            return {
                "schema_version": SCHEMA_VERSION,
                "event": "evaluation",
                "run": event.run,
                **evaluation_object(event.evaluation),
            }
        case Noted():
            return {
                "schema_version": SCHEMA_VERSION,
                "event": "note",
                "run": event.run,
                "message": event.message,
            }
        case Detached():
            return {
                "schema_version": SCHEMA_VERSION,
                "event": "detached",
                "run": event.run,
                "exit_code": event.exit_code.value,
            }
        case Alarmed():
            from rft_cli.render.advice_json import symptom_object

            return {
                "schema_version": SCHEMA_VERSION,
                "event": "alarm",
                "run": event.run,
                "alarm": event.alarm,
                "step": event.step,
                "ends_run": event.ends_run,
                "symptom": symptom_object(event.symptom),
            }
        case Judged():
            # NumPy comes with it, and only who has read a curve needs it.
            from rft_cli.render.advice_json import advice_object

            return {"event": "verdict", **advice_object(event.consulted)}
        case Ended():
            return {
                "schema_version": SCHEMA_VERSION,
                "event": "end",
                "run": event.run.id,
                **summary_object(event.run.summary),
                "last": point_object(event.points[-1]) if event.points else None,
                "failure": event.run.failure,
                "exit_code": event.exit_code.value,
                "folder": folder or None,
            }
