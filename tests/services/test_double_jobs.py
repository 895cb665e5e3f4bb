"""Jobs: what a create answers and refuses, every way a job can go, and what comes out of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from services.fireworks.double import Double
from services.fireworks.timeline import SCRIPTS

ACCOUNT = "/v1/accounts/acme"
JOBS = f"{ACCOUNT}/reinforcementFineTuningJobs"

Create = Callable[..., httpx.Response]
Look = Callable[..., Any]
States = Callable[..., list[str]]


def test_a_create_is_answered_with_every_field(create: Create) -> None:
    answer = create(
        displayName="my-job",
        trainingConfig={
            "baseModel": "accounts/fireworks/models/qwen3-vl-8b-instruct",
            "learningRate": 1e-5,
            "loraRank": 16,
            "outputModel": "accounts/acme/models/my-model",
        },
        lossConfig={"method": "GRPO", "klBeta": 0.04},
        inferenceParameters={"responseCandidatesCount": 8, "maxOutputTokens": 512, "temperature": 0.7},
    ).json()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", answer.pop("createTime"))
    assert answer == {
        "name": "accounts/acme/reinforcementFineTuningJobs/my-job",
        "displayName": "my-job",
        "completedTime": None,
        "createdBy": "dev@acme.example",
        "dataset": "accounts/acme/datasets/sums",
        "evaluator": "accounts/acme/evaluators/sums-exact",
        "evaluationDataset": "",
        "evalAutoCarveout": False,
        "state": "JOB_STATE_PENDING",
        "status": {"code": "OK", "message": ""},
        "trainingConfig": {
            "baseModel": "accounts/fireworks/models/qwen3-vl-8b-instruct",
            "batchSize": 32768,
            "batchSizeSamples": 0,
            "epochs": 1,
            "gradientAccumulationSteps": 1,
            "jinjaTemplate": "",
            "learningRate": 1e-05,
            "learningRateWarmupSteps": 0,
            "loraAlpha": 0,
            "loraDropout": 0,
            "loraRank": 16,
            "loraTargetModules": [],
            "lrScheduler": None,
            "maxContextLength": 32768,
            "optimizerWeightDecay": 0,
            "outputModel": "accounts/acme/models/my-model",
            "trainerShardingScheme": None,
            "warmStartFrom": "",
        },
        "inferenceParameters": {
            "extraBody": "",
            "maxOutputTokens": 512,
            "responseCandidatesCount": 8,
            "temperature": 0.7,
            "topP": 1,
        },
        "lossConfig": {"dpo": None, "klBeta": 0.04, "method": "GRPO", "orpo": None},
        "chunkSize": 200,
        "nodeCount": 1,
        "maxConcurrentRollouts": 0,
        "maxConcurrentEvaluations": 0,
        "wandbConfig": None,
        "awsS3Config": None,
        "azureBlobStorageConfig": None,
        "reservationTarget": "",
        "useReservation": False,
        "purpose": "PURPOSE_UNSPECIFIED",
        "encryptionState": "ENCRYPTION_STATE_PLAINTEXT",
        "acceleratorSeconds": {},
        "outputMetrics": "",
        "outputStats": "",
        "trainerLogsSignedUrl": "",
        "jobProgress": {
            "cachedInputTokenCount": 0,
            "epoch": 0,
            "failedRequests": 0,
            "inputTokens": 0,
            "outputRows": 0,
            "outputTokens": 0,
            "percent": 0,
            "successfullyProcessedRequests": 0,
            "totalInputRequests": 0,
            "totalProcessedRequests": 0,
        },
    }


def test_what_is_optional_and_unset_is_left_out_until_it_is_set(create: Create) -> None:
    plain = create().json()
    assert "topK" not in plain["inferenceParameters"]
    assert "maxInferenceReplicaCount" not in plain
    said = create("other", inferenceParameters={"topK": 0}, maxInferenceReplicaCount=2).json()
    assert (said["inferenceParameters"]["topK"], said["maxInferenceReplicaCount"]) == (0, 2)


def test_an_id_that_is_taken_is_a_conflict_and_makes_no_second_job(fireworks: Double, create: Create) -> None:
    assert [create().status_code, create().status_code] == [200, 409]
    assert create().json()["code"] == 6
    assert (fireworks.jobs, fireworks.state()["commits"]) == (["my-job"], {"create-job": 1})


def test_without_an_id_the_service_makes_one_of_eight_characters(create: Create) -> None:
    made = [create("").json()["name"].rpartition("/")[2] for _ in range(3)]
    assert all(re.fullmatch(r"[a-z0-9]{8}", each) for each in made)
    assert len(set(made)) == 3


BASE = {"baseModel": "accounts/fireworks/models/qwen3-0p6b"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"lossConfig": {"method": "DAPO", "klBeta": 0.1}},
            "loss_config.kl_beta must be 0/unset when method is DAPO",
        ),
        (
            {"lossConfig": {"method": "GSPO_TOKEN", "klBeta": 0.1}},
            "loss_config.kl_beta must be 0/unset when method is GSPO_TOKEN",
        ),
        ({"lossConfig": {"method": "ppo"}}, "invalid value for enum field method"),
        ({"lossConfig": {"method": "DPO"}}, "is not for reinforcement fine-tuning"),
        ({"inferenceParameters": {"responseCandidatesCount": 1}}, "Invalid rollout parameters"),
        ({"inferenceParameters": {"topK": 101}}, "Invalid rollout parameters"),
        ({"inferenceParameters": {"extraBody": "{"}}, "extra_body must be a JSON object"),
        ({"inferenceParameters": {"extraBody": {"stop": []}}}, "invalid value for field extraBody"),
        ({"trainingConfig": {}}, "exactly one of"),
        (
            {"trainingConfig": {**BASE, "warmStartFrom": "accounts/acme/models/older-adapter"}},
            "exactly one of",
        ),
        (
            {"trainingConfig": {**BASE, "learningRate": 1e-2}},
            "Learning rate 1e-2 outside valid range [1e-5, 5e-4]",
        ),
        ({"trainingConfig": {**BASE, "epochs": 11}}, "outside valid range [1, 10]"),
        ({"trainingConfig": {**BASE, "epochs": 1.5}}, "invalid value for field epochs"),
        ({"trainingConfig": {**BASE, "epochs": "2"}}, "invalid value for field epochs"),
        ({"trainingConfig": {**BASE, "loraRank": 12}}, "must be one of"),
        ({"trainingConfig": {**BASE, "maxContextLength": 8200}}, "must be divisible by 16"),
        ({"trainingConfig": {**BASE, "max_tokens": 4}}, 'unknown field "max_tokens" in trainingConfig'),
        ({"colour": "red"}, 'unknown field "colour"'),
        ({"chunkSize": 10_001}, "chunk_size"),
        ({"displayName": "x" * 64}, "fewer than 64"),
        ({"dataset": "sums"}, "must be accounts/<account>/datasets/<id>"),
        ({"evaluator": ""}, "evaluator is required"),
        ({"evaluator": "accounts/acme/evaluators/nobody"}, "Evaluator 'nobody' not found in account"),
        ({"dataset": "accounts/acme/datasets/nothing"}, "Dataset 'nothing' not found in account"),
        ({"trainingConfig": {"baseModel": "accounts/fireworks/models/no-such"}}, "not found"),
        (
            {"trainingConfig": {"baseModel": "accounts/fireworks/models/qwen3p5-9b"}},
            "model is not tunable for reinforcement fine-tuning",
        ),
        (
            {"trainingConfig": {"baseModel": "accounts/acme/models/older-adapter"}},
            "HF_PEFT_ADDON is not a base model",
        ),
        (
            {"trainingConfig": {"warmStartFrom": "accounts/fireworks/models/qwen3-8b"}},
            "cannot be warm-started from",
        ),
    ],
)
def test_a_create_is_refused_for(
    fireworks: Double, create: Create, changed: dict[str, Any], said: str
) -> None:
    answer = create(**changed)
    assert (answer.status_code, answer.json()["code"]) == (400, 3)
    assert said in answer.json()["message"]
    assert fireworks.jobs == []


@pytest.mark.parametrize(
    "changed",
    [
        {"dataset": "accounts/acme/datasets/still-uploading"},
        {"evaluator": "accounts/acme/evaluators/still-building"},
        {"evaluator": "accounts/acme/evaluators/broken-build"},
        {"evaluationDataset": "accounts/acme/datasets/still-uploading"},
    ],
)
def test_what_is_not_ready_is_refused_or_kills_the_job_later(
    fireworks: Double, create: Create, states: States, changed: dict[str, str]
) -> None:
    refused = create(**changed)
    assert (refused.status_code, refused.json()["code"]) == (400, 9)
    fireworks.adjust(checks_references=False)
    assert create(**changed).status_code == 200
    assert states("FAILED") == ["PENDING", "VALIDATING", "RUNNING", "FAILED"]


@pytest.mark.parametrize("identifier", ["9lives", "Upper", "a-", "x" * 64, "a_b"])
def test_an_id_that_no_user_may_choose_is_refused(create: Create, identifier: str) -> None:
    assert create(identifier).status_code == 400


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("completed", "PENDING VALIDATING RUNNING WRITING_RESULTS COMPLETED"),
        ("completed-without-curves", "PENDING VALIDATING RUNNING WRITING_RESULTS COMPLETED"),
        ("completed-with-empty-curves", "PENDING VALIDATING RUNNING WRITING_RESULTS COMPLETED"),
        ("completed-with-errors", "PENDING VALIDATING RUNNING WRITING_RESULTS COMPLETED"),
        ("failed-internal", "PENDING VALIDATING RUNNING FAILED"),
        ("failed-midway", "PENDING VALIDATING RUNNING FAILED"),
        ("early-stopped", "PENDING VALIDATING RUNNING EARLY_STOPPED"),
        ("paused", "PENDING VALIDATING RUNNING PAUSED"),
        ("stuck", "PENDING VALIDATING RUNNING"),
        ("requeued", "PENDING VALIDATING RUNNING RE_QUEUEING PENDING RUNNING WRITING_RESULTS COMPLETED"),
        (
            "unknown-state",
            "PENDING VALIDATING RUNNING WAITING_FOR_THE_MOON RUNNING WRITING_RESULTS COMPLETED",
        ),
        ("expired", "PENDING EXPIRED"),
        ("archived", "PENDING VALIDATING RUNNING WRITING_RESULTS COMPLETED ARCHIVED"),
        ("deleted", "PENDING VALIDATING RUNNING DELETING DELETING_CLEANING_UP DELETED"),
        (
            "every-state",
            "UNSPECIFIED CREATING CREATING_INPUT_DATASET PENDING VALIDATING RUNNING IDLE RE_QUEUEING PAUSED "
            "RUNNING WRITING_RESULTS COMPLETED",
        ),
    ],
)
def test_a_job_goes_by_its_script(
    fireworks: Double, create: Create, states: States, script: str, expected: str
) -> None:
    assert script in SCRIPTS
    fireworks.use(script if script != "completed" else "happy")
    create()
    last = expected.rsplit(maxsplit=1)[-1]
    until = () if script in {"archived", "stuck", "paused"} else (last,)
    assert states(*until) == expected.split()


def test_a_job_runs_at_nothing_for_a_while_and_completes_at_97_percent(create: Create, look: Look) -> None:
    create()
    seen = [look() for _ in range(30)]
    running = [job["jobProgress"]["percent"] for job in seen if job["state"] == "JOB_STATE_RUNNING"]
    last = seen[-1]
    assert (running[:2], sorted({percent for percent in running if percent})) == ([0, 0], [32, 64])
    assert (
        last["jobProgress"]["percent"],
        last["status"],
    ) == (97, {"code": "OK", "message": "Training completed"})
    assert last["completedTime"] > last["createTime"]
    assert list(last["acceleratorSeconds"]) == ["NVIDIA_B200_180GB"]
    assert last["acceleratorSeconds"]["NVIDIA_B200_180GB"].isdigit()


def test_cancel_ends_a_job_and_a_job_that_is_over_refuses_it(
    client: httpx.Client, create: Create, states: States
) -> None:
    create()
    states("RUNNING")
    assert client.post(f"{JOBS}/my-job:cancel", json={}).json() == {}
    assert states("CANCELLED") == ["CANCELLING", "CANCELLED"]
    again = client.post(f"{JOBS}/my-job:cancel", json={})
    assert (again.status_code, again.json()["code"]) == (400, 9)
    assert client.post(f"{JOBS}/my-job:resume", json={}).status_code == 400


def test_resume_goes_on_where_a_failed_job_stopped(
    fireworks: Double, client: httpx.Client, create: Create, look: Look, states: States
) -> None:
    fireworks.use("fails-then-completes")
    create()
    states("FAILED")
    before = json.loads(look()["outputMetrics"])["epoch_to_evaluation_output"]
    resumed = client.post(f"{JOBS}/my-job:resume", json={}).json()
    assert (len(before), resumed["state"]) == (1, "JOB_STATE_PENDING")
    assert states("COMPLETED") == ["PENDING", "VALIDATING", "RUNNING", "WRITING_RESULTS", "COMPLETED"]
    after = json.loads(look()["outputMetrics"])["epoch_to_evaluation_output"]
    assert (3, before["0"]) == (len(after), after["0"])


def test_delete_takes_a_while_and_then_the_job_is_gone(
    client: httpx.Client, create: Create, look: Look
) -> None:
    create()
    assert client.delete(f"{JOBS}/my-job").json() == {}
    seen = [look().get("state", "gone") for _ in range(4)]
    assert seen == ["JOB_STATE_DELETING", "JOB_STATE_DELETING", "gone", "gone"]


def test_a_suspended_account_pauses_its_jobs_and_takes_no_new_ones(
    fireworks: Double, create: Create, look: Look, states: States
) -> None:
    create()
    states("RUNNING")
    fireworks.adjust(suspend_state="CREDIT_DEPLETED")
    fireworks.advance(86400)
    assert (look()["state"], look()["jobProgress"]["percent"]) == ("JOB_STATE_PAUSED", 0)
    refused = create("second")
    assert (refused.status_code, refused.json()["code"]) == (400, 9)
    assert "CREDIT_DEPLETED" in refused.json()["message"]
    fireworks.adjust(suspend_state="UNSUSPENDED")
    assert states("COMPLETED") == ["RUNNING", "WRITING_RESULTS", "COMPLETED"]


def test_the_tier_may_be_too_low(fireworks: Double, create: Create) -> None:
    fireworks.use("low-tier")
    refused = create()
    assert (refused.status_code, refused.json()["code"]) == (429, 8)
    assert "requires a Tier 2 account" in refused.json()["message"]


def test_fractions_may_come_back_in_32_bits(fireworks: Double, create: Create) -> None:
    fireworks.use("float32")
    said = create(lossConfig={"klBeta": 0.04}).json()["lossConfig"]["klBeta"]
    assert said == 0.03999999910593033


@pytest.mark.parametrize("body", [b"nonsense", b"[]", b'{"chunkSize": NaN}'])
def test_a_body_that_is_no_json_object_is_refused(client: httpx.Client, body: bytes) -> None:
    answer = client.post(JOBS, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, 3)
