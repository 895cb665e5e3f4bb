"""The object store behind signed URLs: every URL is good for one method, one object and an hour."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import quote, urlencode

from .clock import Clock

PREFIX = "/__storage__/"
LIFE_S = 3600.0
"""How long a signed URL is good; an hour, as signed URLs of object stores usually are."""

SIGNATURE = "X-Goog-Signature"


class DeniedError(Exception):
    """The store refuses; it answers in XML, not in the service's JSON."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"


class Signed(NamedTuple):
    """What a signature stands for."""

    method: str
    key: str
    size: int
    """Exact size of what may be put there; -1 for reading."""
    until: float


class Storage:
    """Objects by key, and the URLs that were handed out for them."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self.objects: dict[str, bytes | Callable[[], bytes]] = {}
        """What is dear to make is made when it is read."""
        self._clock = clock
        self._pen = f"double {seed}".encode()
        self._signed: dict[str, Signed] = {}

    def url(self, base: str, method: str, key: str, size: int = -1) -> str:
        """A signed URL on the double itself."""
        until = self._clock.seconds + LIFE_S
        text = f"{method} {key} {size} {len(self._signed)}".encode()
        signature = hmac.new(self._pen, text, hashlib.sha256).hexdigest()
        self._signed[signature] = Signed(method, key, size, until)
        query = urlencode(
            {"X-Goog-Algorithm": "GOOG4-RSA-SHA256", "X-Goog-Expires": int(LIFE_S), SIGNATURE: signature}
        )
        return f"{base}{PREFIX}{quote(key)}?{query}"

    def put(self, key: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> None:
        """Take an object.

        Raises:
            DeniedError: the URL, the headers or the size are not what was signed.
        """
        signed = self._check("PUT", key, query, headers)
        span = f"{signed.size},{signed.size}"
        if headers.get("content-type") != "application/octet-stream":
            raise DeniedError(
                403, "SignatureDoesNotMatch", "content-type is signed as application/octet-stream"
            )
        if headers.get("x-goog-content-length-range") != span:
            raise DeniedError(
                403, "SignatureDoesNotMatch", "x-goog-content-length-range is not what was signed"
            )
        if len(body) != signed.size:
            raise DeniedError(400, "EntityTooLarge", f"the object must have {signed.size} bytes")
        self.objects[key] = body

    def get(self, key: str, query: Mapping[str, str], headers: Mapping[str, str]) -> bytes:
        """An object.

        Raises:
            DeniedError: the URL is not good for it.
        """
        self._check("GET", key, query, headers)
        if key not in self.objects:
            raise DeniedError(404, "NoSuchKey", "The specified key does not exist.")
        held = self.objects[key]
        return held() if callable(held) else held

    def _check(self, method: str, key: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Signed:
        if "authorization" in headers:
            raise DeniedError(400, "InvalidAuthentication", "a signed URL takes no Authorization header")
        signed = self._signed.get(query.get(SIGNATURE, ""))
        if signed is None or (signed.method, signed.key) != (method, key):
            raise DeniedError(403, "SignatureDoesNotMatch", "the signature does not match the request")
        if self._clock.seconds > signed.until:
            raise DeniedError(400, "ExpiredToken", "the signed URL has expired")
        return signed
