"""What happens while a run is followed, one JSON object a line. A contract: fields may be added, never renamed or removed."""

from __future__ import annotations

import json
from typing import Any

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


def event_json(event: Told, *, folder: str) -> str:
    """One line of a stream."""
    return json.dumps({"schema_version": SCHEMA_VERSION, **_event(event, folder=folder)}, ensure_ascii=False)


def _event(event: Told, *, folder: str) -> dict[str, Any]:
    match event:
        case Checked():
            return {"event": "findings", "findings": [finding_object(each) for each in event.findings]}
        case Planned():
            return {"event": "planned", **assessment_object(event.assessment)}
        case Progressed():
            told = event.progress._asdict() | {"seconds": round(event.progress.seconds, 1)}
            return {"event": "progress", "run": event.run, **told}
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
                "folder": folder or None,
            }
        case StateChanged():
            return {"event": "state", **event._asdict()}
        case Stalled():
            return {"event": "stalled", **event._asdict()}
        case Busy():
            return {"event": "busy", **event._asdict()}
        case Measured():
            return {"event": "metrics", "run": event.run, "steps": event.steps, **point_object(event.point)}
        case Evaluated():
            return {"event": "evaluation", "run": event.run, **evaluation_object(event.evaluation)}
        case Noted():
            return {"event": "note", **event._asdict()}
        case Detached():
            return {"event": "detached", **event._asdict()}
        case Alarmed():
            from rft_cli.render.advice_json import symptom_object

            return {"event": "alarm", **event._asdict(), "symptom": symptom_object(event.symptom)}
        case Judged():
            # NumPy comes with it, and only who has read a curve needs it.
            from rft_cli.render.advice_json import advice_object

            return {"event": "verdict", **advice_object(event.consulted)}
        case Ended():
            return {
                "event": "end",
                "run": event.run.id,
                **summary_object(event.run.summary),
                "last": point_object(event.points[-1]) if event.points else None,
                "failure": event.run.failure,
                "exit_code": event.exit_code,
                "folder": folder or None,
            }
