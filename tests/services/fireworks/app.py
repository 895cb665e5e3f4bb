"""The service over HTTP: reads requests, lets faults happen, sends answers. Also the back door under `/__double__/`."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Callable
from email.utils import formatdate
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from . import backdoor, journal
from .exchange import Answer, Call, Upload
from .faults import PIECES, Fault
from .refusals import RefusedError
from .routes import Handler, resolve
from .storage import PREFIX, DeniedError

if TYPE_CHECKING:
    from .double import Double
    from .service import Service

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

TRANSPORTS: dict[Any, asyncio.Transport] = {}
"""Both ends of a connection → the connection; the only way for an application to cut one."""


class CuttableProtocol(H11Protocol):
    """Remembers its connection, so that a fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio does this only for sockets made with an explicit protocol; without it every answer waits 40 ms for an acknowledgement.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        TRANSPORTS[self.client, self.server] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        TRANSPORTS.pop((self.client, self.server), None)
        super().connection_lost(exc)


class Cut(Response):
    """No answer: the connection is reset, closed, or left open until the client gives up."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.how in {"reset", "close"}:
            _end(scope, reset=self.how == "reset")
        await _client_gone(receive)


class Truncated(Response):
    """Half of an answer that promised to be whole."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        whole = bytes(self.body)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": whole[: len(whole) // 2], "more_body": True})
        _end(scope, reset=False)
        await _client_gone(receive)


class Trickle(Response):
    """The whole answer, in small pieces with waits between them."""

    def __init__(self, *given: Any, seconds: float) -> None:
        super().__init__(*given)
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        whole = bytes(self.body)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for number in range(PIECES):
            piece = whole[number * len(whole) // PIECES : (number + 1) * len(whole) // PIECES]
            await send({"type": "http.response.body", "body": piece, "more_body": number + 1 < PIECES})
            if number + 1 < PIECES and await _is_gone_within(receive, self.seconds / (PIECES - 1)):
                return


async def _client_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _is_gone_within(receive: Receive, seconds: float) -> bool:
    try:
        await asyncio.wait_for(_client_gone(receive), seconds)
    except TimeoutError:
        return False
    return True


def _end(scope: Scope, *, reset: bool) -> None:
    transport = TRANSPORTS.get((tuple(scope["client"]), tuple(scope["server"])))
    if transport is None:
        return
    if reset:
        wire = transport.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()


def application(double: Double) -> Starlette:
    """The double as an ASGI application."""

    async def serve(request: Request) -> Response:
        if request.url.path.startswith(backdoor.PREFIX):
            body = await request.body()
            answer = backdoor.answer(double, request.method, request.url.path, body)
            return JSONResponse(answer[1], answer[0])
        try:
            return await _serve(double.service, request)
        except ClientDisconnect:  # whoever asked has died in the middle of the request
            return Response()

    return Starlette(routes=[Route("/{path:path}", serve, methods=METHODS)])


async def _serve(service: Service, request: Request) -> Response:
    try:
        call = await _read(request)
    except ClientDisconnect:
        return Cut("close")  # it died while it sent
    fault, answer, entry = _decide(service, call)
    entry["fault"] = fault.kind if fault else None
    if fault is None or fault.how == "slow":
        assert answer is not None
        if fault:
            await _is_gone_within(request.receive, fault.seconds)
        entry["status"] = answer.status
        return _sent(answer, service, Response)
    if fault.how == "trickle":
        assert answer is not None
        entry["status"] = answer.status
        return _sent(answer, service, partial(Trickle, seconds=fault.seconds))
    if fault.how == "truncated":
        assert answer is not None
        entry["status"] = answer.status
        return _sent(answer, service, Truncated)
    instead = fault.answer()
    if instead is None:
        return Cut(fault.how)
    entry["status"] = instead.status
    return _sent(instead, service, Response)


async def _read(request: Request) -> Call:
    uploads: dict[str, Upload] = {}
    body = b""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form() as form:
            for name, part in form.multi_items():
                if isinstance(part, UploadFile):
                    uploads[name] = Upload(part.filename or "", await part.read())
    else:
        body = await request.body()
    return Call(
        method=request.method,
        path=request.url.path,
        params={},
        query=dict(request.query_params),
        headers=dict(request.headers),
        body=body,
        uploads=uploads,
        base=str(request.base_url).rstrip("/"),
    )


def _decide(service: Service, call: Call) -> tuple[Fault | None, Answer | None, journal.Entry]:
    """What the request comes to: a fault, the true answer unless the fault came first, and the line in the log."""
    with service.lock:
        service.catch_up()
        handler = None
        try:
            if call.path.startswith(PREFIX):
                operation = "put-object" if call.method == "PUT" else "get-object"
            else:
                route, params = resolve(call.method, call.path)
                call = call._replace(params=params)
                operation, handler = route.operation, route.handler
        except RefusedError as refusal:
            operation, answer = "unknown", Answer(refusal.body, refusal.status)
        entry = journal.entry(len(service.log) + 1, operation, call, service.clock.seconds)
        service.log.append(entry)
        if operation == "unknown":
            return None, answer, entry
        fault = service.faults.draw(operation, call.method)
        if fault and fault.how == "late":
            service.later(fault.seconds, lambda: _done(service, call, handler, entry))
        if fault and not fault.commits:
            return fault, None, entry
        return fault, _done(service, call, handler, entry), entry


def _done(service: Service, call: Call, handler: Handler | None, entry: journal.Entry) -> Answer:
    """Carry a request out, and note whether that has changed anything."""
    before = service.commits.total()
    try:
        answer = service.handle(call, handler) if handler else _stored(service, call)
    except RefusedError as refusal:
        answer = Answer(refusal.body, refusal.status, refusal.headers)
    except DeniedError as denied:
        answer = Answer(denied.body.encode(), denied.status, media="application/xml")
    entry["committed"] = service.commits.total() > before
    return answer


def _stored(service: Service, call: Call) -> Answer:
    key = call.path.removeprefix(PREFIX)
    if call.method == "PUT":
        service.storage.put(key, call.query, call.headers, call.body)
        service.committed("put-object")
        return Answer(None)
    return Answer(service.storage.get(key, call.query, call.headers), media="application/octet-stream")


def _sent(answer: Answer, service: Service, kind: Callable[..., Response]) -> Response:
    headers = {**answer.headers, "date": formatdate(time.time() + service.settings.clock_skew_s, usegmt=True)}
    return kind(answer.content, answer.status, headers, answer.media)
