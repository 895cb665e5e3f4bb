"""Reinforcement fine-tuning jobs: one is what was asked for plus the moments at which somebody acted on it; all else follows from the time."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import datasets, models
from .chunks import Answers, Chunk, Sampling, answers, cut
from .exchange import Answer, Call
from .fieldmask import masked, wanted
from .job_checks import check, check_model
from .job_fields import FIELDS, merged, rounded_to_single
from .names import FULL_NAME, checked_id, made_id, name_of
from .outputs import chunk_entry, metrics_text, rollout_dataset, rollout_rows, stats_text
from .paging import page
from .refusals import Code, RefusedError, invalid, not_found, not_now, status
from .timeline import FOREVER, LIVE_PERCENT, SCRIPTS, Position, Script, position

if TYPE_CHECKING:
    from .service import Account, Service

ENDING_S = 60.0
"""From CANCELLING to CANCELLED, and from DELETING to gone."""

GPUS_OF_A_NODE = 8


@dataclass(slots=True)
class Job:
    """One job. Times are seconds of the double's clock."""

    identifier: str
    body: dict[str, Any]
    script: Script
    plan: tuple[Chunk, ...]
    sampling: Sampling
    started: float
    """Of the present stretch: the create, or the last resume."""
    chunks_before: int = 0
    """Finished in earlier stretches."""
    lost: float = 0.0
    """Seconds of the stretch that it stood still because of its account."""
    held_since: float | None = None
    cancelled_at: float | None = None
    deleted_at: float | None = None
    delivered: int = 0
    """Chunks whose rollouts have been handed over."""
    settles_at: float = 0.0
    """When something follows by itself again; infinity: nothing does."""
    _made: dict[int, Answers] = field(default_factory=dict)

    def answers(self, key: int) -> Answers:
        if key not in self._made:
            self._made[key] = answers(self.plan[key], len(self.plan), self.sampling)
        return self._made[key]

    def _age(self, moment: float) -> float:
        until = moment if self.held_since is None else min(moment, self.held_since)
        return max(0.0, until - self.started - self.lost)

    def at(self, now: float) -> Position:
        """Where it is; chunks count from the very start."""
        left = len(self.plan) - self.chunks_before
        acted = min((at for at in (self.cancelled_at, self.deleted_at) if at is not None), default=now)
        there = position(self.script, self._age(min(now, acted)), left)
        began = self.started + self.lost
        there = there._replace(
            chunks=there.chunks + self.chunks_before,
            over_at=there.over_at + began,
            until=there.until + began,
        )
        if self.cancelled_at is not None:
            over = self.cancelled_at + ENDING_S
            is_over = now >= over
            until = FOREVER if is_over else over
            there = Position("CANCELLED" if is_over else "CANCELLING", there.chunks, is_over, over, until)
        elif self.held_since is not None and not there.is_over:
            there = there._replace(state="PAUSED", until=FOREVER)
        if self.deleted_at is not None:
            there = there._replace(state="DELETING", until=self.deleted_at + ENDING_S)
        return there

    def is_gone(self, now: float) -> bool:
        return self.deleted_at is not None and now >= self.deleted_at + ENDING_S

    def is_moving(self, now: float) -> bool:
        """Whether waiting may show something new."""
        return self.deleted_at is not None or not self.at(now).is_over

    def hold(self, now: float, *, held: bool) -> None:
        """Stand still with the account, or go on."""
        self.settles_at = min(self.settles_at, now)
        if held and self.held_since is None:
            self.held_since = now
        elif not held and self.held_since is not None:
            self.lost += now - self.held_since
            self.held_since = None

    @property
    def is_foreign(self) -> bool:
        """Whether the service put it there itself."""
        return bool(self.body["createdBy"] == "system")


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


def settle(service: Service, account: Account) -> None:
    """Bring about what has followed from the time: rollout data sets, models, jobs that are gone."""
    now = service.clock.seconds
    for job in [each for each in account.jobs.values() if each.settles_at <= now]:
        there = job.at(now)
        for chunk in job.plan[job.delivered : there.chunks]:
            _deliver(service, account, job, chunk)
        job.delivered = there.chunks
        if there.is_over and there.state in {"COMPLETED", "ARCHIVED"}:
            models.add_adapter(service, account, job.body)
        job.settles_at = there.until
        if job.is_gone(now):
            del account.jobs[job.identifier]


def _deliver(service: Service, account: Account, job: Job, chunk: Chunk) -> None:
    found = FULL_NAME.fullmatch(job.body["dataset"])
    source = service.dataset_by_name(job.body["dataset"]) if found else None
    count = int((~job.answers(chunk.key).is_failed).sum())
    given: dict[str, Any] = {"format": "CHAT", "exampleCount": str(count), "sourceJobName": job.body["name"]}
    given["evaluationResult"] = {"evaluationJobId": ""}
    name = rollout_dataset(job.identifier, chunk)
    dataset = datasets.add(service, account, name, given, by=account.identifier)
    when = service.clock.timestamp()

    def rows() -> list[dict[str, Any]]:
        prompts = source.rows() if source else []
        return list(rollout_rows(job.identifier, chunk, job.answers(chunk.key), prompts, when))

    dataset.rows = rows
    dataset.ready_at = service.clock.seconds


def create(service: Service, call: Call) -> Answer:
    account = service.own_account(call)
    service.needs_good_standing(account)
    wish = call.query.get("reinforcementFineTuningJobId", "")
    identifier = checked_id(wish, "reinforcement_fine_tuning_job_id") if wish else made_id(service.rng)
    if identifier in account.jobs:
        raise RefusedError(Code.ALREADY_EXISTS, f"reinforcement fine-tuning job {identifier} already exists")
    body = merged(call.json(), refuses_unknown=service.settings.refuses_unknown_fields)
    check(body)
    complete = _checked_references(service, body)
    service.needs_gpus(account, GPUS_OF_A_NODE * body["nodeCount"])
    _fill_in(service, account, identifier, body)
    script = service.next_script() if complete else SCRIPTS["failed-internal"]
    job = start(service, account, identifier, body, script)
    service.committed("create-job")
    return Answer(view(service, account, job))


def _checked_references(service: Service, body: Mapping[str, Any]) -> bool:
    """Look at what a job refers to; False: it will die of that later."""
    training = body["trainingConfig"]
    start_from = training["warmStartFrom"] or training["baseModel"]
    check_model(service.model_by_name(start_from), start_from, warm_start=bool(training["warmStartFrom"]))
    problem = _reference_problem(service, body)
    if problem and service.settings.checks_references:
        raise problem
    return problem is None


def _reference_problem(service: Service, body: Mapping[str, Any]) -> RefusedError | None:
    now = service.clock.seconds
    for name in filter(None, (body["dataset"], body["evaluationDataset"])):
        dataset = service.dataset_by_name(name)
        if dataset is None:
            return invalid(f"Dataset '{name.rpartition('/')[2]}' not found in account")
        if not dataset.is_ready(now):
            return not_now(dataset.problem or f"dataset {name} is not in READY state")
    evaluator = service.evaluator_by_name(body["evaluator"])
    if evaluator is None:
        return invalid(f"Evaluator '{body['evaluator'].rpartition('/')[2]}' not found in account")
    if evaluator.state(now) != "ACTIVE":
        return not_now(f"evaluator {body['evaluator']} is not in ACTIVE state")
    return None


def _fill_in(service: Service, account: Account, identifier: str, body: dict[str, Any]) -> None:
    body["name"] = name_of(account.identifier, "reinforcementFineTuningJobs", identifier)
    body["createTime"] = service.clock.timestamp()
    body["createdBy"] = service.user
    training = body["trainingConfig"]
    training["outputModel"] = training["outputModel"] or name_of(account.identifier, "models", identifier)
    model = service.model_by_name(training["warmStartFrom"] or training["baseModel"])
    training["maxContextLength"] = (
        training["maxContextLength"] or (model or {}).get("trainingContextLength") or 8192
    )
    if body["wandbConfig"] and body["wandbConfig"]["enabled"]:
        wandb = body["wandbConfig"]
        wandb["runId"] = wandb["runId"] or identifier
        wandb["url"] = f"https://wandb.ai/{wandb['entity']}/{wandb['project']}/runs/{wandb['runId']}"
    if service.settings.echoes_float32:
        rounded_to_single(body)


def start(service: Service, account: Account, identifier: str, body: dict[str, Any], script: Script) -> Job:
    """Put a job into an account, from this moment on."""
    dataset = service.dataset_by_name(body["dataset"])
    training, inference = body["trainingConfig"], body["inferenceParameters"]
    sampling = Sampling(
        seed=zlib.crc32(f"{service.seed} {identifier}".encode()),
        candidates=inference["responseCandidatesCount"],
        max_tokens=inference["maxOutputTokens"],
        learning_rate=training["learningRate"],
        learns=script.learns,
        failing=script.failing,
    )
    rows = max(1, dataset.count if dataset else 1)
    plan = cut(rows, body["chunkSize"], training["epochs"])
    job = Job(identifier, body, script, plan, sampling, service.clock.seconds)
    account.jobs[identifier] = job
    return job


def found(service: Service, call: Call) -> tuple[Account, Job]:
    account = service.own_account(call)
    identifier = call.params["job"]
    if identifier not in account.jobs:
        raise not_found(name_of(account.identifier, "reinforcementFineTuningJobs", identifier))
    return account, account.jobs[identifier]


def get(service: Service, call: Call) -> Answer:
    account, job = found(service, call)
    mask = call.query.get("readMask", "")
    seen = view(service, account, job, wanted(mask, FIELDS))
    service.looked(moving=not job.is_foreign and job.is_moving(service.clock.seconds))
    return Answer(masked(seen, mask, empties=service.settings.masked_fields_are_empty))


def list_all(service: Service, call: Call) -> Answer:
    account = service.own_account(call)
    lean = frozenset[str]()
    bodies = [view(service, account, job, lean) for job in account.jobs.values()]

    def complete(body: Mapping[str, Any], fields: frozenset[str]) -> Mapping[str, Any]:
        return view(service, account, account.jobs[body["name"].rpartition("/")[2]], fields)

    empties = service.settings.masked_fields_are_empty
    seen = page(
        "reinforcementFineTuningJobs", bodies, call.query, known=FIELDS, empties=empties, complete=complete
    )
    service.looked(
        moving=any(
            not job.is_foreign and job.is_moving(service.clock.seconds) for job in account.jobs.values()
        )
    )
    return Answer(seen)


def cancel(service: Service, call: Call) -> Answer:
    _, job = found(service, call)
    there = job.at(service.clock.seconds)
    if job.is_foreign or there.is_over or job.deleted_at is not None:
        raise not_now(f"job {job.identifier} is in state JOB_STATE_{there.state} and cannot be cancelled")
    if job.cancelled_at is None:
        job.cancelled_at = job.settles_at = service.clock.seconds
        service.committed("cancel-job")
    return Answer({})


def resume(service: Service, call: Call) -> Answer:
    account, job = found(service, call)
    service.needs_good_standing(account)
    now = service.clock.seconds
    there = job.at(now)
    if (
        job.is_foreign
        or f"JOB_STATE_{there.state}" not in service.settings.resumable
        or job.deleted_at is not None
    ):
        raise not_now(f"job {job.identifier} is in state JOB_STATE_{there.state} and cannot be resumed")
    service.needs_gpus(account, GPUS_OF_A_NODE * job.body["nodeCount"])
    job.chunks_before, job.started, job.lost = there.chunks, now, 0.0
    job.held_since = job.cancelled_at = None
    job.script, job.settles_at = service.next_script(), now
    job.sampling = job.sampling._replace(learns=job.script.learns, failing=job.script.failing)
    service.committed("resume-job")
    return Answer(view(service, account, job))


def delete(service: Service, call: Call) -> Answer:
    _, job = found(service, call)
    if job.is_foreign:
        raise RefusedError(Code.PERMISSION_DENIED, "system jobs cannot be deleted")
    if job.deleted_at is None:
        job.deleted_at = job.settles_at = service.clock.seconds
        service.committed("delete-job")
    return Answer({})


def update(service: Service, call: Call) -> Answer:
    account, job = found(service, call)
    given = call.json()
    if set(given) - {"displayName"}:
        raise invalid("only display_name can be updated")
    job.body |= given
    service.committed("update-job")
    return Answer(view(service, account, job))


def metrics_file(service: Service, call: Call) -> Answer:
    account, job = found(service, call)
    key = f"metrics/{account.identifier}/{job.identifier}.json"
    service.storage.objects[key] = view(service, account, job)["outputMetrics"].encode()
    return Answer({"signedUrl": service.storage.url(call.base, "GET", key)})


def metrics(service: Service, call: Call) -> Answer:
    account, job = found(service, call)
    text = view(service, account, job)["outputMetrics"]
    if not service.settings.has_metrics_route or not text:
        raise not_found(f"{job.body['name']}/metrics")
    return Answer(text.encode())


def gpus_in_use(account: Account, now: float) -> int:
    live = [job for job in account.jobs.values() if not job.is_foreign and not job.at(now).is_over]
    return sum(GPUS_OF_A_NODE * job.body["nodeCount"] for job in live)
