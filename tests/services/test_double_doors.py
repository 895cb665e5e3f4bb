"""Who may come in, who one is, and how lists come in pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from services.fireworks.double import Double

ACCOUNT = "/v1/accounts/acme"
JOBS = f"{ACCOUNT}/reinforcementFineTuningJobs"


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 401, 16),
        ({"authorization": "Bearer fw_wrong"}, 401, 16),
        ({"authorization": "Basic fw_double_key_0123456789"}, 401, 16),
        ({"authorization": "Bearer fw_double_key_0123456789"}, 200, None),
        ({"x-api-key": "fw_double_key_0123456789"}, 200, None),
        ({"authorization": "Bearer fw_double_key_0123456789", "user-agent": "Python-urllib/3.11"}, 403, 7),
    ],
    ids=["none", "wrong", "not a bearer", "bearer", "x-api-key", "urllib"],
)
def test_only_a_right_key_comes_in(
    bare: httpx.Client, headers: dict[str, str], status: int, code: int | None
) -> None:
    answer = bare.get(ACCOUNT, headers={"user-agent": "a-test", **headers})
    assert (status, code) == (answer.status_code, answer.json().get("code"))


def test_a_key_is_verified_in_headers_alone(client: httpx.Client) -> None:
    answer = client.get("/verifyApiKey")
    named = answer.headers["x-fireworks-account-id"], answer.headers["x-fireworks-developer-email"]
    assert (answer.content, named) == (b"", ("acme", "dev@acme.example"))


@pytest.mark.parametrize(
    ("scenario", "names"), [("no-account", []), ("happy", ["acme"]), ("two-accounts", ["acme", "zenith"])]
)
def test_a_key_sees_no_one_or_two_accounts(
    fireworks: Double, client: httpx.Client, scenario: str, names: list[str]
) -> None:
    fireworks.use(scenario)
    seen = client.get("/v1/accounts", params={"pageSize": 2}).json()
    assert [f"accounts/{name}" for name in names] == [each["name"] for each in seen["accounts"]]
    assert seen["totalSize"] == len(names)


def test_other_accounts_are_closed_but_public_models_are_not(client: httpx.Client) -> None:
    assert client.get("/v1/accounts/other/datasets").status_code == 403
    model = client.get("/v1/accounts/fireworks/models/qwen3-8b").json()
    assert (model["rlTunable"], model["baseModelDetails"]["parameterCount"]) == (True, "8000000000")
    assert "rlTunable" not in client.get("/v1/accounts/fireworks/models/gpt-oss-mystery").json()


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/v1/nothing", (404, {"code": 5, "message": "Not Found", "details": []})),
        ("PUT", JOBS, (501, {"code": 12, "message": "Method Not Allowed", "details": []})),
    ],
)
def test_unknown_routes_are_answered_as_a_gateway_does(
    client: httpx.Client, method: str, path: str, expected: tuple[int, Any]
) -> None:
    answer = client.request(method, path)
    assert expected == (answer.status_code, answer.json())


def test_a_list_comes_in_pages_and_holds_the_systems_job(fireworks: Double, client: httpx.Client) -> None:
    fireworks.add_jobs(5)
    names: list[str] = []
    token, pages = "", 0
    while token or not pages:
        query = {"pageSize": 2, "orderBy": "create_time desc,name desc", "pageToken": token}
        seen = client.get(JOBS, params=query).json()
        names += [job["name"].rpartition("/")[2] for job in seen["reinforcementFineTuningJobs"]]
        token, pages = seen["nextPageToken"], pages + 1
        assert seen["totalSize"] == 6
    assert (pages, names) == (3, ["job-0004", "job-0003", "job-0002", "job-0001", "job-0000", "demo-rft-job"])


def test_a_page_has_fifty_and_never_more_than_two_hundred(fireworks: Double, client: httpx.Client) -> None:
    fireworks.add_jobs(250)
    sizes = [
        len(client.get(JOBS, params={"readMask": "name", **query}).json()["reinforcementFineTuningJobs"])
        for query in ({}, {"pageSize": 0}, {"pageSize": 120}, {"pageSize": 1000})
    ]
    assert sizes == [50, 50, 120, 200]


def test_a_page_token_fits_its_own_question_only(fireworks: Double, client: httpx.Client) -> None:
    fireworks.add_jobs(5)
    token = client.get(JOBS, params={"pageSize": 2}).json()["nextPageToken"]
    for query in ({"pageSize": 3}, {"pageSize": 2, "filter": 'state="JOB_STATE_PENDING"'}):
        answer = client.get(JOBS, params={**query, "pageToken": token})
        assert (answer.status_code, answer.json()["code"]) == (400, 3)
    assert client.get(JOBS, params={"pageSize": 2, "pageToken": "x"}).status_code == 400


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ('state="JOB_STATE_PENDING"', 1),
        ('state="JOB_STATE_PENDING" AND display_name="job-0000"', 1),
        ('display_name:"job-" AND NOT state="JOB_STATE_PENDING"', 3),
        ('display_name="job-0000" OR display_name="job-0001"', 2),
        ('training_config.lora_rank>=8 (displayName="job-0001" OR displayName="job-0002")', 2),
        ('create_time>"2026-01-01" AND create_time<"2100-01-01"', 5),
        ('created_by="system"', 1),
    ],
)
def test_a_filter_keeps_what_it_says(fireworks: Double, client: httpx.Client, query: str, count: int) -> None:
    fireworks.add_jobs(4)
    assert client.get(JOBS, params={"filter": query}).json()["totalSize"] == count


@pytest.mark.parametrize("query", ["state", 'colour="red"', "(state=1", 'state="A")', "state >", "!"])
def test_a_filter_that_cannot_be_read_is_refused(client: httpx.Client, query: str) -> None:
    answer = client.get(JOBS, params={"filter": query})
    assert (answer.status_code, answer.json()["code"]) == (400, 3)


def test_a_mask_says_which_fields_come(
    fireworks: Double, create: Callable[..., httpx.Response], look: Callable[..., Any]
) -> None:
    create()
    assert set(look(readMask="name,state")) == {"name", "state"}
    assert look(readMask="training_config.lora_rank") == {"trainingConfig": {"loraRank": 8}}
    assert look(readMask="*") == look()
    assert look(readMask="colour")["code"] == 3
    fireworks.adjust(masked_fields_are_empty=True)
    emptied = look(readMask="name")
    assert (emptied["state"], emptied["trainingConfig"], emptied["chunkSize"]) == ("", None, 0)


def test_ten_requests_a_minute_and_then_one_is_told_to_wait(fireworks: Double, client: httpx.Client) -> None:
    fireworks.use("rate-limited")
    answers = [client.get(ACCOUNT) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    refused = answers[-1]
    assert (refused.headers["retry-after"], refused.json()["code"]) == ("60", 8)
    assert refused.json()["details"][0]["reason"] == "RATE_LIMIT_EXCEEDED"
    fireworks.sleep(60)
    assert client.get(ACCOUNT).status_code == 200


def test_quotas_count_what_live_jobs_use(
    fireworks: Double, client: httpx.Client, create: Callable[..., httpx.Response]
) -> None:
    fireworks.use("one-node")
    create()
    quota = client.get(f"{ACCOUNT}/quotas").json()["quotas"][0]
    assert (quota["value"], quota["maxValue"], quota["usage"]) == ("8", "8", 8)
    refused = create("second")
    detail = refused.json()["details"][0]
    assert (refused.status_code, detail["reason"]) == (429, "QUOTA_EXCEEDED")
    assert detail["metadata"] == {"quota_required": "8", "quota_available": "0"}
    # A repeated create of the job that uses the quota up has to say that the job is there.
    assert create().status_code == 409


def test_a_skewed_clock_shows_in_the_date_header(fireworks: Double, client: httpx.Client) -> None:
    from email.utils import parsedate_to_datetime

    right = parsedate_to_datetime(client.get(ACCOUNT).headers["date"])
    fireworks.adjust(clock_skew_s=7200.0)
    ahead = parsedate_to_datetime(client.get(ACCOUNT).headers["date"])
    assert 7199 <= (ahead - right).total_seconds() <= 7210
