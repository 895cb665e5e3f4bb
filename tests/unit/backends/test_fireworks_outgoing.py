"""A file on its way: read in pieces, counted, begun again from its start, and never sent whole when it has changed."""

from __future__ import annotations

import hashlib
import io
import tracemalloc
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from rft_cli.backends.fireworks.access import Access
from rft_cli.backends.fireworks.client import FireworksClient
from rft_cli.backends.fireworks.connection import Connection
from rft_cli.backends.fireworks.outgoing import Outgoing
from rft_cli.errors import FindingsError

CONTENT = bytes(range(256)) * 40
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def outgoing(content: bytes = CONTENT, digest: str = DIGEST, told=lambda *_: None, **given) -> Outgoing:
    seconds = iter(range(10**6))
    return Outgoing(
        "rows.jsonl",
        io.BytesIO(content),
        len(CONTENT),
        told,
        digest,
        clock=lambda: float(next(seconds)),
        **given,
    )


def pieces(body: Outgoing, size: int = 1000) -> list[bytes]:
    return list(iter(lambda: body.read(size), b""))


def test_it_is_read_in_pieces_and_counted_from_nothing_to_all() -> None:
    told: list[tuple[int, int]] = []
    found = pieces(outgoing(told=lambda *words: told.append(words)))
    assert b"".join(found) == CONTENT
    assert {len(piece) for piece in found} == {1000, 240}
    assert told[0] == (0, 1)
    assert told[-1] == (len(CONTENT), 1)
    assert len(told) == 1 + len(found)


def test_another_try_begins_at_the_start_and_says_so() -> None:
    told: list[tuple[int, int]] = []
    body = outgoing(told=lambda *words: told.append(words))
    body.read(5000)
    body.seek(0)
    assert b"".join(pieces(body)) == CONTENT
    assert told[:3] == [(0, 1), (5000, 1), (0, 2)]


def test_counts_come_no_more_often_than_anybody_looks() -> None:
    told: list[tuple[int, int]] = []
    body = Outgoing(
        "a", io.BytesIO(CONTENT), len(CONTENT), lambda *words: told.append(words), clock=lambda: 0.0
    )
    pieces(body, 10)
    assert told == [(0, 1), (len(CONTENT), 1)]


@pytest.mark.parametrize("changed", [b"X" + CONTENT[1:], CONTENT[:-1] + b"X", CONTENT[:-1], b""])
def test_a_file_that_has_changed_is_not_sent_whole(changed) -> None:
    body = outgoing(changed)
    sent: list[bytes] = []
    with pytest.raises(FindingsError, match=r"rows\.jsonl has changed while it was sent"):
        sent.extend(iter(lambda: body.read(1000), b""))
    assert len(b"".join(sent)) < len(CONTENT)


def test_what_is_appended_while_it_is_sent_stays_out() -> None:
    assert b"".join(pieces(outgoing(CONTENT + b"more"))) == CONTENT


def test_what_a_listener_raises_ends_it() -> None:
    class StopError(BaseException):
        pass

    def told(done: int, tries: int) -> None:
        if done:
            raise StopError

    with pytest.raises(StopError):
        pieces(outgoing(told=told))


@pytest.mark.parametrize("form", ["content", "files"])
def test_an_http_client_knows_its_length_and_sends_it_as_it_is_each_time(tmp_path: Path, form) -> None:
    body = outgoing()
    given = {"content": body} if form == "content" else {"files": {"file": ("rows.jsonl", body)}}
    for _ in range(2):
        body.seek(0)
        request = httpx.Request("PUT", "http://127.0.0.1:1", **given)
        assert "transfer-encoding" not in request.headers
        sent = b"".join(request.stream)
        assert len(sent) == int(request.headers["content-length"])
        assert CONTENT in sent


class Draining(httpx.BaseTransport):
    """Takes a body piece by piece and keeps none of it."""

    def __init__(self) -> None:
        self.taken: list[int] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        self.taken.append(sum(len(piece) for piece in request.stream))
        return httpx.Response(200, json={})


@pytest.mark.parametrize("way", ["service", "store"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, way) -> None:
    size = 64 << 20
    file = tmp_path / "rows.jsonl"
    with file.open("wb") as large:
        large.truncate(size)
    transport = Draining()
    access = Access("fw_key", "http://127.0.0.1:1", "acme")
    with closing(Connection(access, transport=transport)) as connection, file.open("rb") as source:
        body = Outgoing("rows.jsonl", source, size, lambda *_: None)
        tracemalloc.start()
        if way == "service":
            FireworksClient(access, connection).upload_file("accounts/acme/datasets/rows", body)
        else:
            connection.put("http://127.0.0.1:1/store", body, "take it")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert size <= transport.taken[0] < size + 1000
    assert peak < 4 << 20
