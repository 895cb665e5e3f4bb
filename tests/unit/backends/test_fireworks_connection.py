"""What stands between a user and the service: proxies, certificates, redirects, pages, clocks. Nothing leaves this machine."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from rft_cli.backends.fireworks.access import Access, read_access
from rft_cli.backends.fireworks.client import FireworksClient
from rft_cli.backends.fireworks.connection import Connection
from rft_cli.backends.fireworks.refusals import (
    LostAnswerError,
    NotFoundError,
    QuotaError,
    RefusedError,
    UnreachableError,
)
from rft_cli.backends.waits import Wait
from rft_cli.errors import RftError, SetupError

KEY = "plain-key-of-another-form-SECRET"
URL = "https://service.test"
PAGE = b"<html><body>Access denied by ACME</body></html>"


def over(handler, waits: list[float] | None = None, url: str = URL) -> FireworksClient:
    seen = [] if waits is None else waits
    given = Access(KEY, url, "acme")
    connection = Connection(
        given, transport=httpx.MockTransport(handler), sleep=seen.append, chance=lambda: 0.0
    )
    return FireworksClient(given, connection)


def answering(*answers: httpx.Response, waits: list[float] | None = None) -> FireworksClient:
    """A client that gets these answers, the last of them for ever."""
    left = list(answers)
    return over(lambda _request: left.pop(0) if len(left) > 1 else left[0], waits)


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_waits_outlast_a_minute_in_which_too_much_was_asked_and_are_told(chance: float) -> None:
    waits: list[float] = []
    told: list[Wait] = []
    given = Access(KEY, URL, "acme")
    busy = httpx.MockTransport(lambda _request: httpx.Response(429, json={"error": {"message": "slow"}}))
    connection = Connection(
        given, transport=busy, sleep=waits.append, chance=lambda: chance, tell=told.append
    )
    with pytest.raises(UnreachableError):
        connection.ask("GET", "/v1/accounts", "list accounts")
    assert sum(waits) > 60
    assert [wait.seconds for wait in told] == waits
    assert "no more requests for now" in told[0].why


@contextmanager
def proxy(first_line: bytes) -> Iterator[int]:
    """A proxy that answers every CONNECT alike."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            self.wfile.write(first_line + b"\r\nContent-Length: 0\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required", "407 Proxy Authentication Required"),
        (b"HTTP/1.1 502 Bad Gateway", "502 Bad Gateway"),
    ],
)
def test_a_proxy_that_refuses_is_named_and_nothing_was_sent(monkeypatch, line, said) -> None:
    with proxy(line) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:password@127.0.0.1:{port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        connection = Connection(Access(KEY, URL), sleep=lambda _: None)
        with pytest.raises(UnreachableError) as caught:
            connection.ask("POST", "/v1/x", "make the job x", body={}, repeats=False)
    where = f"service.test through the proxy 127.0.0.1:{port}"
    assert caught.value.message == f"the service could not be asked to make the job x: {where}: {said}"


def test_no_proxy_gets_what_goes_to_this_machine_unencrypted(monkeypatch) -> None:
    with proxy(b"HTTP/1.1 200 OK") as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        connection = Connection(Access(KEY, "http://127.0.0.1:1"), sleep=lambda _: None)
        with pytest.raises(UnreachableError):
            connection.ask("GET", "/v1/x", "show x")


@pytest.mark.parametrize(
    ("name", "value"), [("HTTPS_PROXY", "socks9://me:password@127.0.0.1:9"), ("SSL_CERT_FILE", "/nowhere")]
)
def test_settings_that_allow_no_connection_are_a_matter_of_set_up(monkeypatch, name, value) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SetupError) as caught:
        Connection(Access(KEY, URL))
    assert "password" not in caught.value.message
    assert name in caught.value.hint


def test_a_certificate_is_told_in_its_own_words() -> None:
    text = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1006)"

    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(text, request=request)

    with pytest.raises(UnreachableError) as caught:
        over(handler).account()
    assert caught.value.message.endswith("service.test: certificate verify failed: self-signed certificate")


def test_an_answer_that_cannot_be_unpacked_is_a_lost_one() -> None:
    def handler(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"{}"))

    with pytest.raises(LostAnswerError):
        over(handler).account()


def test_the_key_follows_no_redirect() -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(307, headers={"location": "https://user:pw@evil.test/v1/accounts/acme?x=1"})

    with pytest.raises(RefusedError) as caught:
        over(handler).account()
    assert asked == ["service.test"]
    assert "leads elsewhere, to evil.test," in caught.value.message


@pytest.mark.parametrize("status", [403, 404, 409, 429])
def test_a_page_is_never_taken_for_the_services_own_no(status) -> None:
    with pytest.raises(RftError) as caught:
        answering(httpx.Response(status, content=PAGE)).job("sums-1")
    assert not isinstance(caught.value, NotFoundError | QuotaError)
    assert str(status) in caught.value.message or "too many requests" in caught.value.message
    assert "HTTPS_PROXY" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"Unauthorized", b'{"code": 16}'])
def test_a_key_is_not_accepted_whatever_form_that_is_said_in(content) -> None:
    with pytest.raises(SetupError) as caught:
        answering(httpx.Response(401, content=content)).account()
    assert caught.value.message.startswith("the service does not accept the key in FIREWORKS_API_KEY")


def test_what_was_only_to_be_read_is_not_to_be_looked_after() -> None:
    with pytest.raises(LostAnswerError) as caught:
        answering(httpx.Response(502, content=PAGE)).account()
    assert "sync" not in caught.value.hint
    assert caught.value.message.endswith("HTTP 502, and a page that is not the service's")


def test_the_service_can_ask_for_another_try() -> None:
    waits: list[float] = []
    no = httpx.Response(409, headers={"x-should-retry": "true"}, json={"code": 10, "message": "aborted"})
    assert answering(no, httpx.Response(200, json={"name": "n"}), waits=waits).account() == {"name": "n"}
    assert waits == [0.5]


def test_too_many_requests_without_a_time_are_waited_out() -> None:
    waits: list[float] = []
    busy = httpx.Response(429, json={"code": 8, "message": "quota_exceeded: no room"})
    with pytest.raises(UnreachableError) as caught:
        answering(busy, waits=waits).account()
    assert sum(waits) >= 60
    assert "quota_exceeded: no room" in caught.value.message


@pytest.mark.parametrize("hours", [-2, 0, 2])
def test_a_date_to_come_again_is_read_by_the_services_own_clock(hours) -> None:
    waits: list[float] = []
    there = datetime.now(UTC) + timedelta(hours=hours)
    headers = {
        "date": format_datetime(there, usegmt=True),
        "retry-after": format_datetime(there + timedelta(seconds=9), usegmt=True),
    }
    answering(httpx.Response(503, headers=headers), httpx.Response(200, json={}), waits=waits).account()
    assert waits == [9.0]


@pytest.mark.parametrize("text", ["soon", "nan", "-1", "3600", ""])
def test_a_time_that_is_none_is_not_obeyed(text) -> None:
    waits: list[float] = []
    answers = httpx.Response(503, headers={"retry-after": text}), httpx.Response(200, json={})
    answering(*answers, waits=waits).account()
    assert waits == [0.5]


def test_a_key_of_any_form_is_taken_out_of_the_services_words() -> None:
    answer = httpx.Response(400, json={"code": 3, "message": f"key {KEY} and https://u:pw@x.test are bad"})
    with pytest.raises(RefusedError) as caught:
        answering(answer).account()
    assert caught.value.message.endswith("key … and https://…@x.test are bad")


def test_a_store_that_says_no_is_not_asked_again() -> None:
    waits: list[float] = []
    with pytest.raises(RefusedError) as caught:
        answering(httpx.Response(403, content=b"<Error/>"), waits=waits).text_at(
            "https://store.test/x?sig=SECRET"
        )
    assert waits == []
    assert "SECRET" not in caught.value.message


def test_a_build_log_that_cannot_be_fetched_hides_nothing_else() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "store.test":
            return httpx.Response(404)
        return httpx.Response(200, json={"buildLogSignedUri": "https://store.test/x?sig=1"})

    assert over(handler).build_log("accounts/acme/evaluators/e") == ""


def test_the_store_does_not_get_the_key() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=b"log")

    assert over(handler).text_at("https://store.test/x?sig=1") == "log"
    assert "authorization" not in seen[0].headers


@pytest.mark.parametrize("answer", [httpx.Response(403, json={"code": 7}), httpx.Response(404)])
def test_where_a_key_cannot_be_verified_the_accounts_are_listed(answer) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/verifyApiKey":
            return answer
        return httpx.Response(200, json={"accounts": [{"name": "accounts/mine"}]})

    given = Access(KEY, URL)
    connection = Connection(given, transport=httpx.MockTransport(handler))
    assert FireworksClient(given, connection).account_id == "mine"


@pytest.mark.parametrize(
    ("name", "address", "said"),
    [
        ("FIREWORKS_BASE_URL", "https://a.test:b", "FIREWORKS_BASE_URL is no address"),
        ("FIREWORKS_BASE_URL", "https://[::1", "FIREWORKS_BASE_URL is no address"),
        ("FIREWORKS_BASE_URL", "https://me:pw@a.test", "FIREWORKS_BASE_URL is more than an address"),
        ("FIREWORKS_BASE_URL", "https://a.test?x=1", "FIREWORKS_BASE_URL is more than an address"),
        (
            "FIREWORKS_API_BASE",
            "https://a.test/inference/v1/",
            "FIREWORKS_API_BASE has a path: /inference/v1",
        ),
    ],
)
def test_an_address_is_only_an_address_and_the_variable_is_named(
    monkeypatch, tmp_path: Path, name, address, said
) -> None:
    for other in ("FIREWORKS_BASE_URL", "FIREWORKS_API_BASE"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv("FIREWORKS_API_KEY", "k")
    monkeypatch.setenv(name, address)
    with pytest.raises(SetupError) as caught:
        read_access(tmp_path)
    assert caught.value.message == said


def test_a_projects_own_file_does_not_lead_the_users_key_elsewhere(monkeypatch, tmp_path: Path) -> None:
    for name in ("FIREWORKS_BASE_URL", "FIREWORKS_API_BASE", "FIREWORKS_ACCOUNT_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FIREWORKS_API_KEY", "mine")
    (tmp_path / ".env").write_text("FIREWORKS_BASE_URL=https://elsewhere.test\n")
    with pytest.raises(SetupError) as caught:
        read_access(tmp_path)
    assert "it could be sent anywhere" in caught.value.message
    (tmp_path / ".env").write_text("FIREWORKS_BASE_URL=https://elsewhere.test\nFIREWORKS_API_KEY=mine\n")
    assert read_access(tmp_path).url == "https://elsewhere.test"
