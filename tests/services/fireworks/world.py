"""What is there before a client comes: the public models, a few resources of the account, and the demo job that everybody has."""

from __future__ import annotations

import copy
import functools
import math
from typing import Any

from . import datasets, evaluators, jobs
from .job_fields import merged
from .job_life import Job
from .models import OLDER_ADAPTER, PUBLIC, adapter_body, public_body
from .names import SHARED, name_of
from .service import Account, Service
from .timeline import SCRIPTS

DATASET = "sums"
EVALUATOR = "sums-exact"
MODEL = "qwen3-0p6b"
ROWS = 500

DEMO_JOB = "demo-rft-job"
DEMO_DATASET = "demo-gsm8k-math-dataset-1000"


@functools.cache
def sums(rows: int) -> list[dict[str, Any]]:
    """Rows of a small arithmetic task; shared, so nobody may change them."""
    return [
        {"id": f"sum-{i}", "messages": [{"role": "user", "content": f"{i}+{i}="}], "ground_truth": str(2 * i)}
        for i in range(rows)
    ]


def furnish(service: Service) -> None:
    """Fill a new world."""
    when = service.clock.timestamp()
    shared = service.accounts[SHARED]
    shared.models |= {model.identifier: public_body(model, when) for model in PUBLIC}
    demo = datasets.add(service, shared, DEMO_DATASET, {"format": "CHAT"}, by="system")
    datasets.fill(service, demo, sums(1000))
    evaluators.add(service, shared, "gsm8k-evaluator", {}, "ACTIVE")
    for name in service.settings.accounts:
        account = service.accounts[name]
        account.jobs[DEMO_JOB] = _demo_job(service, account)
    if service.settings.accounts:
        _furnish_own(service, service.accounts[service.settings.accounts[0]], when)


def _furnish_own(service: Service, account: Account, when: str) -> None:
    add_dataset(service, account, DATASET, ROWS)
    datasets.add(service, account, "still-uploading", {"exampleCount": "10"}, by=service.user)
    for identifier, state in (
        (EVALUATOR, "ACTIVE"),
        ("still-building", None),
        ("broken-build", "BUILD_FAILED"),
    ):
        given = {"displayName": identifier, "entryPoint": "sums.py::evaluate"}
        evaluators.add(service, account, identifier, given, state)
    account.models[OLDER_ADAPTER] = adapter_body(
        name_of(account.identifier, "models", OLDER_ADAPTER), name_of(SHARED, "models", MODEL), 8, "", when
    )


def add_dataset(
    service: Service, account: Account, identifier: str, rows: int | list[dict[str, Any]]
) -> None:
    """A data set that is READY."""
    dataset = datasets.add(
        service, account, identifier, {"displayName": identifier, "format": "RL"}, by=service.user
    )
    datasets.fill(service, dataset, sums(rows) if isinstance(rows, int) else rows)


def add_jobs(service: Service, account: Account, count: int, script: str, start: int = 0) -> list[str]:
    """Jobs that somebody started a while ago, each at another place of its way; all of them live."""
    made = []
    for number in range(start, start + count):
        identifier = f"job-{number:04}"
        body = merged(
            {
                "dataset": name_of(account.identifier, "datasets", DATASET),
                "evaluator": name_of(account.identifier, "evaluators", EVALUATOR),
                "displayName": identifier,
                "trainingConfig": {
                    "baseModel": name_of(SHARED, "models", MODEL),
                    "outputModel": name_of(account.identifier, "models", f"{identifier}-model"),
                    "maxContextLength": 8192,
                },
            },
            refuses_unknown=True,
        )
        body["name"] = name_of(account.identifier, "reinforcementFineTuningJobs", identifier)
        body["createTime"], body["createdBy"] = service.clock.timestamp(), service.user
        job = jobs.start(service, account, identifier, body, SCRIPTS[script])
        job.started -= 60.0 * (number % 8)
        made.append(identifier)
    return made


def _demo_job(service: Service, account: Account) -> Job:
    """The system's job, in the shape that jobs had when it was made."""
    body = merged({}, refuses_unknown=True)
    for newer in ("purpose", "useReservation", "reservationTarget", "encryptionState", "lossConfig"):
        del body[newer]
    body |= {
        "name": name_of(account.identifier, "reinforcementFineTuningJobs", DEMO_JOB),
        "displayName": "Fake Demo GSM8K Math (No Charge)",
        "createdBy": "system",
        "createTime": service.clock.timestamp(),
        "completedTime": service.clock.timestamp(),
        "dataset": name_of(SHARED, "datasets", DEMO_DATASET),
        "evaluator": name_of(SHARED, "evaluators", "gsm8k-evaluator"),
        "state": "JOB_STATE_COMPLETED",
        "nodeCount": 0,
        "chunkSize": 100,
    }
    training = copy.deepcopy(body["trainingConfig"])
    for newer in ("batchSizeSamples", "loraAlpha", "loraDropout", "loraTargetModules", "lrScheduler"):
        del training[newer]
    training |= {"baseModel": name_of(SHARED, "models", MODEL), "maxContextLength": 8192}
    body["trainingConfig"] = training
    job = jobs.start(service, account, DEMO_JOB, body, SCRIPTS["completed"])
    job.settles_at = math.inf
    return job
