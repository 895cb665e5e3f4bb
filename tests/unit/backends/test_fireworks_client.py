"""The client against the service double; what no double can show is put in with a transport of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from services.fireworks.double import Double

from rft_cli.backends.fireworks.access import Access, read_access
from rft_cli.backends.fireworks.client import FireworksClient
from rft_cli.backends.fireworks.connection import Connection
from rft_cli.backends.fireworks.refusals import (
    ConflictError,
    LostAnswerError,
    NotFoundError,
    QuotaError,
    RefusedError,
    UnreachableError,
    clean,
)
from rft_cli.errors import ExitCode, RftError, SetupError

BODY = {
    "dataset": "accounts/acme/datasets/sums",
    "evaluator": "accounts/acme/evaluators/sums-exact",
    "trainingConfig": {"baseModel": "accounts/fireworks/models/qwen3-0p6b"},
}


@pytest.fixture
def client(fireworks: Double) -> Iterator[FireworksClient]:
    connection = Connection(Access(fireworks.key, fireworks.url), sleep=fireworks.sleep)
    yield FireworksClient(Access(fireworks.key, fireworks.url), connection)
    connection.close()


def over(handler, waits: list[float] | None = None, **access: str) -> FireworksClient:
    """A client whose requests a function answers."""
    given = Access("fw_abcd1234SECRET", "http://127.0.0.1:1", **access)
    seen = [] if waits is None else waits
    transport = httpx.MockTransport(handler)
    return FireworksClient(
        given, Connection(given, transport=transport, sleep=seen.append, chance=lambda: 0.0)
    )


def test_the_account_is_the_keys(client) -> None:
    assert client.account_id == "acme"


def test_a_named_account_needs_no_request() -> None:
    assert over(lambda _request: httpx.Response(500), account="mine").account_id == "mine"


@pytest.mark.parametrize(("accounts", "said"), [([], "no account"), (["a", "b"], "more than one account")])
def test_a_key_without_one_account_is_told(accounts, said) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/verifyApiKey":
            return httpx.Response(404)
        return httpx.Response(200, json={"accounts": [{"name": f"accounts/{name}"} for name in accounts]})

    with pytest.raises(SetupError) as caught:
        _ = over(handler).account_id
    assert caught.value.message == f"the key belongs to {said}"


def test_a_wrong_key_is_a_matter_of_set_up(fireworks) -> None:
    access = Access("fw_wrong", fireworks.url)
    with closing(Connection(access)) as connection, pytest.raises(SetupError) as caught:
        _ = FireworksClient(access, connection).account_id
    assert caught.value.exit_code is ExitCode.SETUP
    assert "FIREWORKS_API_KEY" in caught.value.message


def test_jobs_are_made_shown_listed_and_ended(client, fireworks) -> None:
    made = client.create_job("sums-1", BODY)
    assert made["name"] == "accounts/acme/reinforcementFineTuningJobs/sums-1"
    assert client.job("sums-1", "state") == {"state": "JOB_STATE_PENDING"} | client.job("sums-1", "state")
    fireworks.add_jobs(250)
    assert len(list(client.jobs())) == 252
    client.cancel_job("sums-1")
    client.cancel_job("sums-1")
    assert client.job("sums-1")["state"] in {"JOB_STATE_CANCELLING", "JOB_STATE_CANCELLED"}


def test_refusals_have_types_and_the_services_words(client) -> None:
    client.create_job("sums-1", BODY)
    with pytest.raises(ConflictError):
        client.create_job("sums-1", BODY)
    with pytest.raises(NotFoundError) as caught:
        client.job("nobody")
    assert caught.value.exit_code is ExitCode.BACKEND
    with pytest.raises(RefusedError) as refused:
        client.create_job("sums-2", {**BODY, "lossConfig": {"method": "DAPO", "klBeta": 0.1}})
    assert refused.value.message == (
        "the service refused to make the job sums-2: loss_config.kl_beta must be 0/unset when method is DAPO"
    )


def test_no_room_is_not_asked_for_again(client, fireworks) -> None:
    fireworks.adjust(gpus_available=0)
    with pytest.raises(QuotaError) as caught:
        client.create_job("sums-1", BODY)
    assert len(fireworks.calls("create-job")) == 1
    assert "more GPUs than your current quota" in caught.value.message


@pytest.mark.parametrize(
    "kind", ["reset-before", "close-before", "error-before", "html-before", "rate-limit", "not-json"]
)
def test_a_reading_is_repeated_until_it_is_answered(client, fireworks, kind) -> None:
    client.create_job("sums-1", BODY)
    fireworks.fault("get-job", kind, times=3)
    assert client.job("sums-1")["displayName"] == ""
    assert len(fireworks.calls("get-job")) == 4


@pytest.mark.parametrize(
    "kind",
    ["reset-after", "close-after", "error-after", "html-after", "not-json", "truncated", "error-before"],
)
def test_a_create_without_an_answer_is_not_repeated(client, fireworks, kind) -> None:
    fireworks.fault("create-job", kind)
    with pytest.raises(LostAnswerError):
        client.create_job("sums-1", BODY)
    assert len(fireworks.calls("create-job")) == 1


def test_a_create_that_nobody_looked_at_is_repeated(client, fireworks) -> None:
    fireworks.fault("create-job", "rate-limit", times=2)
    client.create_job("sums-1", BODY)
    assert fireworks.jobs == ["sums-1"]


def test_waits_grow_and_what_the_service_says_comes_first() -> None:
    headers = [{}, {}, {"retry-after": "7"}, {"retry-after-ms": "250"}]
    waits: list[float] = []

    def handler(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(503, headers=headers[len(waits)] if len(waits) < len(headers) else {})

    with pytest.raises(LostAnswerError):
        over(handler, waits, account="a").account()
    assert waits == [0.5, 1.0, 7.0, 0.25]


def test_the_service_can_forbid_another_try() -> None:
    waits: list[float] = []
    with pytest.raises(LostAnswerError):
        over(lambda _: httpx.Response(503, headers={"x-should-retry": "false"}), waits, account="a").account()
    assert waits == []


def test_a_connection_that_is_refused_is_told_as_nothing_done() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no", request=request)

    with pytest.raises(UnreachableError) as caught:
        over(handler, account="a").create_job("x", {})
    assert caught.value.message == "the service could not be asked to make the job x: 127.0.0.1: no"


def test_a_request_says_who_asks() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    over(handler, account="a").account()
    assert seen[0].headers["user-agent"].startswith("rft-cli/")
    assert seen[0].headers["authorization"] == "Bearer fw_abcd1234SECRET"


def test_no_key_and_no_signature_is_in_a_message() -> None:
    body = {
        "code": 3,
        "message": "key fw_abcd1234SECRET and https://x.test/file?X-Goog-Signature=abc are bad",
    }
    with pytest.raises(RftError) as caught:
        over(lambda _: httpx.Response(400, json=body), account="a").account()
    assert "SECRET" not in f"{caught.value.message} {caught.value.hint}"
    assert "Signature" not in caught.value.message
    assert "SECRET" not in repr(Access("fw_SECRET"))
    assert clean("a\n<b>\x1b[0m") == "a <b> [0m"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "the managed service needs a key, and FIREWORKS_API_KEY is not set"),
        (
            {"FIREWORKS_API_KEY": "a b"},
            "FIREWORKS_API_KEY holds no key: it has spaces or characters that no key has",
        ),
        (
            {
                "FIREWORKS_API_KEY": "k",
                "FIREWORKS_BASE_URL": "https://a.test",
                "FIREWORKS_API_BASE": "https://b.test",
            },
            "FIREWORKS_BASE_URL and FIREWORKS_API_BASE differ",
        ),
        (
            {"FIREWORKS_API_KEY": "k", "FIREWORKS_BASE_URL": "http://a.test"},
            "FIREWORKS_BASE_URL would send the key unencrypted",
        ),
        (
            {"FIREWORKS_API_KEY": "k", "FIREWORKS_BASE_URL": "https://a.test/inference/v1"},
            "FIREWORKS_BASE_URL has a path: /inference/v1",
        ),
        ({"FIREWORKS_API_KEY": "k", "FIREWORKS_BASE_URL": "ftp://a"}, "FIREWORKS_BASE_URL is no address"),
    ],
)
def test_what_the_environment_must_give(monkeypatch, tmp_path: Path, variables, said) -> None:
    for name in ("FIREWORKS_API_KEY", "FIREWORKS_ACCOUNT_ID", "FIREWORKS_BASE_URL", "FIREWORKS_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SetupError) as caught:
        read_access(tmp_path)
    assert caught.value.message == said


def test_the_dotenv_file_gives_what_the_environment_does_not(monkeypatch, tmp_path: Path) -> None:
    for name in ("FIREWORKS_API_KEY", "FIREWORKS_BASE_URL", "FIREWORKS_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FIREWORKS_ACCOUNT_ID", "mine")
    (tmp_path / ".env").write_text("FIREWORKS_API_KEY=k\nFIREWORKS_ACCOUNT_ID=other\n")
    assert read_access(tmp_path) == Access("k", "https://api.fireworks.ai", "mine")
