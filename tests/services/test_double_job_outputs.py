"""What comes out of jobs: metrics in strings, rollout data sets, logs and adapters."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from services.fireworks.double import Double

ACCOUNT = "/v1/accounts/acme"
JOBS = f"{ACCOUNT}/reinforcementFineTuningJobs"
BASE = {"baseModel": "accounts/fireworks/models/qwen3-0p6b"}

Create = Callable[..., httpx.Response]
Look = Callable[..., Any]
States = Callable[..., list[str]]


def test_a_dead_job_leaves_a_tombstone(fireworks: Double, create: Create, look: Look, states: States) -> None:
    fireworks.use("failed-internal")
    create()
    states("FAILED")
    job = look()
    told = json.loads(job["outputMetrics"])
    assert (told["curves"], list(told["epoch_to_evaluation_output"])) == ({}, ["0"])
    tomb = told["epoch_to_evaluation_output"]["0"]
    assert (tomb["end_of_epoch"], tomb["metrics"]) == (True, None)
    assert job["status"] == {
        "code": "INTERNAL",
        "message": "Internal error occurred, please contact Fireworks AI",
    }


def test_metrics_grow_by_one_chunk_at_a_time(create: Create, look: Look) -> None:
    create()
    keys = []
    for _ in range(30):
        text = look()["outputMetrics"]
        keys.append(list(json.loads(text)["epoch_to_evaluation_output"]) if text else [])
    grown = [each for at, each in enumerate(keys) if at == 0 or keys[at - 1] != each]
    assert grown == [[], ["0"], ["0", "1"], ["0", "1", "2"]]


def test_metrics_sum_up_the_very_rollouts_that_can_be_fetched(
    fireworks: Double, client: httpx.Client, bare: httpx.Client, create: Create, look: Look
) -> None:
    create(inferenceParameters={"responseCandidatesCount": 4})
    fireworks.advance(3600)
    told = json.loads(look()["outputMetrics"])
    entry = told["epoch_to_evaluation_output"]["1"]
    name = entry["output_dataset_name"]
    assert name == "accounts/acme/datasets/rft-evalv3-my-job-epoch-0-chunk-1"
    assert client.get(f"/v1/{name}").json()["exampleCount"] == "800"
    urls = client.get(f"/v1/{name}:getDownloadEndpoint").json()["filenameToSignedUrls"]
    rows = [json.loads(line) for url in urls.values() for line in bare.get(url).text.splitlines()]
    scores = [row["evaluation_result"]["score"] for row in rows]
    spread = entry["metrics"]["rollup_distribution"]
    assert (len(rows), sum(spread["counts"])) == (800, 800)
    assert sum(scores) / 800 == pytest.approx(spread["average"])
    assert (len(spread["bins"]), len(spread["counts"])) == (21, 20)
    assert told["curves"]["average"]["Score"][1] == spread["average"]
    assert rows[0]["messages"][0] == {"role": "user", "content": "200+200="}


@pytest.mark.parametrize(
    ("scenario", "curves"), [("completed-without-curves", None), ("completed-with-empty-curves", {})]
)
def test_curves_may_be_missing(
    fireworks: Double, create: Create, look: Look, scenario: str, curves: dict[str, Any] | None
) -> None:
    fireworks.use(scenario)
    create()
    fireworks.advance(3600)
    job = look()
    assert json.loads(job["outputMetrics"]).get("curves") == curves
    assert json.loads(job["outputStats"])["steps"] == 3


def test_answers_without_a_valid_score_are_counted_apart(
    fireworks: Double, client: httpx.Client, bare: httpx.Client, create: Create, look: Look
) -> None:
    fireworks.use("completed-with-errors")
    create()
    fireworks.advance(3600)
    entry = json.loads(look()["outputMetrics"])["epoch_to_evaluation_output"]["0"]
    counted = entry["metrics"]
    failed, invalid = counted["eval_error_count"], counted["invalid_score_count"]
    assert (40 < failed < 120, 15 < invalid < 65) == (True, True)
    assert counted["rollup_distribution"]["success_count"] == 1600 - failed - invalid
    name = entry["output_dataset_name"]
    assert client.get(f"/v1/{name}").json()["exampleCount"] == str(1600 - failed)
    url = next(iter(client.get(f"/v1/{name}:getDownloadEndpoint").json()["filenameToSignedUrls"].values()))
    valid = [
        json.loads(line)["evaluation_result"]["is_score_valid"] for line in bare.get(url).text.splitlines()
    ]
    assert (len(valid), valid.count(False)) == (1600 - failed, invalid)


def test_trainer_logs_are_read_where_the_account_may(
    fireworks: Double, client: httpx.Client, bare: httpx.Client, create: Create, look: Look
) -> None:
    fireworks.use("trainer-logs")
    create()
    fireworks.advance(3600)
    log = bare.get(look()["trainerLogsSignedUrl"]).text
    assert log.splitlines() == [
        "trainer started",
        *(f"chunk {k}: {n} prompts" for k, n in enumerate((200, 200, 100))),
    ]


def test_tracking_gets_a_run_and_an_address(create: Create) -> None:
    said = create(wandbConfig={"enabled": True, "apiKey": "k", "project": "p", "entity": "e"}).json()[
        "wandbConfig"
    ]
    assert (said["runId"], said["url"]) == ("my-job", "https://wandb.ai/e/p/runs/my-job")


def test_a_job_without_variance_stops_early_with_equal_scores(
    fireworks: Double, create: Create, look: Look
) -> None:
    fireworks.use("early-stopped")
    create()
    fireworks.advance(3600)
    job = look()
    spread = json.loads(job["outputMetrics"])["epoch_to_evaluation_output"]["0"]["metrics"][
        "rollup_distribution"
    ]
    assert (job["state"], spread["average"], spread["counts"][0]) == ("JOB_STATE_EARLY_STOPPED", 0.0, 1600)


def test_metrics_come_by_two_more_doors(
    fireworks: Double, client: httpx.Client, bare: httpx.Client, create: Create, look: Look
) -> None:
    create()
    assert client.get(f"{JOBS}/my-job/metrics").status_code == 404
    fireworks.advance(3600)
    told = json.loads(look()["outputMetrics"])
    url = client.get(f"{JOBS}/my-job:getMetricsFileEndpoint").json()["signedUrl"]
    assert told == client.get(f"{JOBS}/my-job/metrics").json() == bare.get(url).json()
    fireworks.adjust(has_metrics_route=False)
    assert client.get(f"{JOBS}/my-job/metrics").status_code == 404


def test_a_completed_job_leaves_its_adapter(fireworks: Double, client: httpx.Client, create: Create) -> None:
    create(trainingConfig={**BASE, "outputModel": "accounts/acme/models/better", "loraRank": 16})
    assert client.get(f"{ACCOUNT}/models/better").status_code == 404
    fireworks.advance(3600)
    model = client.get(f"{ACCOUNT}/models/better").json()
    expected = ("HF_PEFT_ADDON", 16, "accounts/acme/reinforcementFineTuningJobs/my-job")
    assert expected == (model["kind"], model["peftDetails"]["r"], model["fineTuningJob"])


def test_the_same_seed_gives_the_same_metrics(fireworks: Double, create: Create, look: Look) -> None:
    told = []
    for seed in (1, 1, 2):
        fireworks.use("happy", seed)
        create()
        fireworks.advance(3600)
        told.append(look()["outputMetrics"])
    assert told[0] == told[1] != told[2]
