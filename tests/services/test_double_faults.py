"""Every way to fail does what it says, before and after the commit, and shows in the log; the double's own doors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from services.fireworks.double import Double
from services.fireworks.faults import KINDS, QUICK
from services.fireworks.scenarios import SCENARIOS
from services.fireworks.timeline import SCRIPTS

JOBS = "/v1/accounts/acme/reinforcementFineTuningJobs"

Create = Callable[..., httpx.Response]

SHOWN: dict[str, type[Exception] | int] = {
    "reset-before": httpx.ReadError,
    "reset-after": httpx.ReadError,
    "close-before": httpx.RemoteProtocolError,
    "close-after": httpx.RemoteProtocolError,
    "error-before": 503,
    "error-after": 503,
    "empty-before": 503,
    "empty-after": 503,
    "html-before": 503,
    "html-after": 503,
    "not-json": 200,
    "rate-limit": 429,
    "truncated": httpx.RemoteProtocolError,
    "slow": 200,
    "trickle": 200,
    "hang-before": httpx.ReadTimeout,
    "hang-after": httpx.ReadTimeout,
    "late": httpx.ReadTimeout,
}
"""Kind → what the client gets."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_shows_as_it_says_and_commits_as_it_says(
    fireworks: Double, client: httpx.Client, create: Create, kind: str
) -> None:
    fireworks.fault("create-job", kind, seconds=60.0 if kind == "late" else 0.01)
    if kind.startswith(("hang", "late")):
        client.timeout = httpx.Timeout(5, read=0.05)
    try:
        got: type[Exception] | int = create().status_code
    except httpx.TransportError as problem:
        got = type(problem)
    entry = fireworks.calls("create-job")[0]
    commits = KINDS[kind].commits
    assert got == SHOWN[kind]
    assert (entry["fault"], entry["committed"], fireworks.jobs) == (
        kind,
        commits,
        ["my-job"] if commits else [],
    )
    client.timeout = httpx.Timeout(5)
    assert create().status_code == (409 if commits else 200)


@pytest.mark.parametrize(
    ("kind", "media", "body"),
    [
        (
            "error-before",
            "application/json",
            b'{"code": 14, "message": "the service is unavailable", "details": []}',
        ),
        ("empty-before", "application/json", b""),
        ("html-before", "text/html; charset=utf-8", b"<!DOCTYPE html>"),
        ("not-json", "text/html; charset=utf-8", b"<!DOCTYPE html>"),
    ],
)
def test_a_faults_answer_has_its_form(
    fireworks: Double, client: httpx.Client, kind: str, media: str, body: bytes
) -> None:
    fireworks.fault("list-jobs", kind, retry_after=1.5, should_retry=False)
    answer = client.get(JOBS)
    assert (answer.headers["content-type"], answer.content[: len(body)]) == (media, body)
    assert (answer.headers["retry-after"], answer.headers["x-should-retry"]) == ("1.5", "false")


def test_a_late_request_is_done_when_its_time_has_come(
    fireworks: Double, client: httpx.Client, create: Create
) -> None:
    fireworks.fault("create-job", "late", seconds=60.0)
    client.timeout = httpx.Timeout(5, read=0.05)
    with pytest.raises(httpx.ReadTimeout):
        create()
    fireworks.advance(59)
    assert fireworks.jobs == []
    fireworks.advance(1)
    assert (fireworks.jobs, fireworks.calls("create-job")[0]["committed"]) == (["my-job"], True)


def test_a_fault_waits_its_turn_and_meets_its_operation_only(fireworks: Double, client: httpx.Client) -> None:
    fireworks.fault("read", "error-before", times=2, after=1, status=500)
    paths = [JOBS, JOBS, f"{JOBS}/demo-rft-job", JOBS]
    assert [client.get(path).status_code for path in paths] == [200, 500, 500, 200]
    fireworks.fault("write", "error-before")
    assert client.get(JOBS).status_code == 200
    assert client.delete(f"{JOBS}/nothing").status_code == 503


@pytest.mark.parametrize("name", ["proxy-pages", "not-json", "down"])
def test_a_broken_service_stays_broken(fireworks: Double, client: httpx.Client, name: str) -> None:
    fireworks.use(name)
    faults = {client.get(JOBS).status_code for _ in range(3)}
    assert faults == {{"proxy-pages": 502, "not-json": 200, "down": 503}[name]}


def outcome_of(create: Create) -> str:
    try:
        return str(create().status_code)
    except httpx.TransportError as problem:
        return type(problem).__name__


def test_chance_is_the_same_for_the_same_seed_and_runs_out(fireworks: Double, create: Create) -> None:
    seen = []
    for seed in (1, 1, 2):
        fireworks.use("happy")
        fireworks.random_faults(seed, rate=1.0, limit=5)
        seen.append([outcome_of(create) for _ in range(7)])
    assert seen[0] == seen[1] != seen[2]
    assert all(each[5:] in (["200", "409"], ["409", "409"]) for each in seen)


def test_repeating_a_create_with_the_same_id_makes_one_job_whatever_happens(
    fireworks: Double, create: Create
) -> None:
    for seed in range(30):
        fireworks.use("happy")
        fireworks.random_faults(seed, rate=0.7, limit=4)
        while outcome_of(create) != "409":
            pass
        assert (fireworks.jobs, fireworks.state()["commits"]["create-job"]) == (["my-job"], 1)


def test_the_log_and_the_state_hold_no_secret(
    fireworks: Double, client: httpx.Client, create: Create
) -> None:
    create(wandbConfig={"enabled": True, "apiKey": "wandb-very-secret", "project": "p", "entity": "e"})
    assert client.get(f"{JOBS}/my-job").json()["wandbConfig"]["apiKey"] == "wandb-very-secret"
    url = client.get("/v1/accounts/acme/datasets/sums:getDownloadEndpoint").json()["filenameToSignedUrls"][
        "sums.jsonl"
    ]
    with httpx.Client(verify=False) as bare:
        bare.get(url)
    told = json.dumps([fireworks.state(), fireworks.log()])
    signature = url.partition("Signature=")[2]
    assert [each for each in ("wandb-very-secret", fireworks.key, signature) if each in told] == []
    entry = fireworks.calls("create-job")[0]
    assert (entry["headers"]["authorization"], entry["body"]["wandbConfig"]["apiKey"]) == ("***", "***")
    assert (entry["query"], entry["status"]) == ({"reinforcementFineTuningJobId": "my-job"}, 200)


def test_every_scenario_opens(fireworks: Double) -> None:
    for name, scenario in SCENARIOS.items():
        fireworks.use(name)
        assert scenario.about
        assert set(scenario.scripts) <= set(SCRIPTS)
    assert set(QUICK) < set(KINDS)


@pytest.mark.parametrize(
    "act",
    [
        lambda double: double.use("no-such"),
        lambda double: double.fault("create-job", "no-such"),
        lambda double: double.next_jobs("no-such"),
        lambda double: double.adjust(colour="red"),
    ],
)
def test_a_word_that_the_double_does_not_know_is_an_error(
    fireworks: Double, act: Callable[[Double], None]
) -> None:
    with pytest.raises(ValueError):
        act(fireworks)


def test_the_back_door_moves_the_world_over_http(
    fireworks: Double, client: httpx.Client, create: Create
) -> None:
    def ask(what: str, **given: Any) -> Any:
        return client.post(f"/__double__/{what}", json=given).json()

    ask("use", scenario="happy", seed=3, poll_step_s=0.0)
    ask("next-jobs", scripts=["failed-midway"])
    ask("fault", operation="create-job", kind="error-before", status=500)
    assert [create().status_code, create().status_code] == [500, 200]
    ask("advance", seconds=3600)
    state = client.get("/__double__/state").json()
    assert state["accounts"]["acme"]["jobs"]["my-job"]["state"] == "JOB_STATE_FAILED"
    assert [entry["status"] for entry in client.get("/__double__/log").json()] == [500, 200]
    assert ask("add-jobs", count=2)["jobs"] == ["job-0000", "job-0001"]
    assert ask("adjust", colour="red")["error"].startswith("ValueError")
    assert client.get("/__double__/nothing").status_code == 404


def test_it_runs_by_itself_and_says_how_to_reach_it() -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.services.fireworks", "--port", "0", "--scenario", "paused"]
    with subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as alone:
        assert alone.stdout is not None
        said = dict(alone.stdout.readline().removeprefix("export ").strip().split("=", 1) for _ in range(3))
        try:
            with httpx.Client(verify=False, base_url=said["FIREWORKS_BASE_URL"]) as client:
                key = {"authorization": f"Bearer {said['FIREWORKS_API_KEY']}"}
                answer = client.get(f"/v1/accounts/{said['FIREWORKS_ACCOUNT_ID']}", headers=key)
                assert answer.json()["name"] == "accounts/acme"
        finally:
            alone.terminate()
