"""How the service says no: gRPC codes, their HTTP statuses, and the body that every refusal has."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any


class Code(IntEnum):
    """gRPC status codes; their names stand in resources, their numbers in the bodies of errors."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


HTTP = {
    Code.CANCELLED: 499,
    Code.UNKNOWN: 500,
    Code.INVALID_ARGUMENT: 400,
    Code.DEADLINE_EXCEEDED: 504,
    Code.NOT_FOUND: 404,
    Code.ALREADY_EXISTS: 409,
    Code.PERMISSION_DENIED: 403,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.FAILED_PRECONDITION: 400,
    Code.ABORTED: 409,
    Code.OUT_OF_RANGE: 400,
    Code.UNIMPLEMENTED: 501,
    Code.INTERNAL: 500,
    Code.UNAVAILABLE: 503,
    Code.DATA_LOSS: 500,
    Code.UNAUTHENTICATED: 401,
}
"""grpc-gateway's map."""

ASK_SUPPORT = "Internal error occurred, please contact Fireworks AI"


class RefusedError(Exception):
    """A request is turned down; nothing of it was done."""

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        details: list[dict[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details or []
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        return HTTP[self.code]

    @property
    def body(self) -> dict[str, Any]:
        return error_body(self.code, self.message, self.details)


def error_body(code: Code, message: str, details: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"code": int(code), "message": message, "details": details or []}


def error_info(reason: str, **metadata: str) -> dict[str, Any]:
    """The typed reason that a client may branch on; never the message."""
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "fireworks.ai",
        "metadata": metadata,
    }


def invalid(message: str) -> RefusedError:
    return RefusedError(Code.INVALID_ARGUMENT, message)


def not_now(message: str) -> RefusedError:
    return RefusedError(Code.FAILED_PRECONDITION, message)


def not_found(name: str) -> RefusedError:
    return RefusedError(Code.NOT_FOUND, f"{name} not found")


def status(code: Code = Code.OK, message: str = "") -> dict[str, str]:
    """The `status` of a resource, where the code is a name."""
    return {"code": code.name, "message": message}
