"""A job as an answer shows it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .job_fields import FIELDS
from .job_life import GPUS_OF_A_NODE, Job
from .outputs import chunk_entry, metrics_text, stats_text
from .refusals import Code, status
from .timeline import LIVE_PERCENT, Position

if TYPE_CHECKING:
    from .service import Account, Service


def view(service: Service, account: Account, job: Job, fields: frozenset[str] = FIELDS) -> dict[str, Any]:
    """A job as an answer shows it; what is dear to make only if it is among the fields."""
    if job.is_foreign:
        return job.body
    there = job.at(service.clock.seconds)
    over = there.is_over and not math.isinf(there.over_at)
    body = {**job.body, "state": f"JOB_STATE_{there.state}", "jobProgress": _progress(job, there)}
    if there.is_over:
        cancelled = status(Code.CANCELLED, "Job was cancelled")
        ended = status(job.script.code, job.script.message)
        body["status"] = cancelled if there.state == "CANCELLED" else ended
        body["completedTime"] = service.clock.timestamp(there.over_at) if over else None
        worked = GPUS_OF_A_NODE * job.body["nodeCount"] * max(0.0, there.over_at - job.started)
        body["acceleratorSeconds"] = {"NVIDIA_B200_180GB": str(round(worked))}
    if fields & {"outputMetrics", "outputStats"}:
        body |= _outputs(account, job, there)
    if service.settings.shows_trainer_logs and "trainerLogsSignedUrl" in fields:
        body["trainerLogsSignedUrl"] = _trainer_log(service, account, job, there)
    return body


def _trainer_log(service: Service, account: Account, job: Job, there: Position) -> str:
    key = f"logs/{account.identifier}/{job.identifier}.log"
    lines = [f"chunk {chunk.key}: {chunk.prompts} prompts" for chunk in job.plan[: there.chunks]]
    service.storage.objects[key] = "".join(f"{line}\n" for line in ["trainer started", *lines]).encode()
    return service.storage.url(service.base, "GET", key)


def _progress(job: Job, there: Position) -> dict[str, int]:
    done, total = there.chunks, len(job.plan)
    zero = dict.fromkeys(job.body["jobProgress"], 0)
    if not done:
        return zero
    candidates = job.sampling.candidates
    rows = sum(chunk.prompts for chunk in job.plan[:done]) * candidates
    complete = there.state == job.script.end == "COMPLETED"
    return zero | {
        "percent": LIVE_PERCENT if complete else LIVE_PERCENT * done // total,
        "epoch": job.plan[done - 1].epoch,
        "totalInputRequests": sum(chunk.prompts for chunk in job.plan) * candidates,
        "totalProcessedRequests": rows,
        "successfullyProcessedRequests": rows,
        "outputRows": rows,
    }


def _outputs(account: Account, job: Job, there: Position) -> dict[str, str]:
    model = job.body["trainingConfig"]["outputModel"]
    done = [(chunk, job.answers(chunk.key)) for chunk in job.plan[: there.chunks]]
    entries = [chunk_entry(account.identifier, job.identifier, model, *each) for each in done]
    if not entries and there.is_over and job.script.leaves_tombstone:
        entries = [chunk_entry(account.identifier, job.identifier, model, job.plan[0], None)]
    return {
        "outputMetrics": metrics_text(entries, curves=job.script.curves),
        "outputStats": stats_text(done, job.sampling.seed),
    }


def gpus_in_use(account: Account, now: float) -> int:
    live = [job for job in account.jobs.values() if not job.is_foreign and not job.at(now).is_over]
    return sum(GPUS_OF_A_NODE * job.body["nodeCount"] for job in live)
