"""What clients ask of reinforcement fine-tuning jobs, and what follows from jobs as time passes."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import datasets, models
from .chunks import Chunk, Sampling, cut
from .exchange import Answer, Call
from .fieldmask import masked, wanted
from .job_checks import check, check_model
from .job_fields import FIELDS, merged, rounded_to_single
from .job_life import GPUS_OF_A_NODE, Job
from .job_view import view
from .names import FULL_NAME, checked_id, made_id, name_of
from .outputs import rollout_dataset, rollout_rows
from .paging import page
from .refusals import Code, RefusedError, invalid, not_found, not_now
from .timeline import SCRIPTS, Script

if TYPE_CHECKING:
    from .service import Account, Service


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
