"""Requests to the service: retries, waits, time limits, and which failures may hide that something was done."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from rft_cli import __version__
from rft_cli.backends.fireworks.refusals import (
    LostAnswerError,
    UnreachableError,
    clean,
    is_busy,
    refusal,
    words_of,
)

if TYPE_CHECKING:
    import httpx

    from rft_cli.backends.fireworks.access import Access
    from rft_cli.backends.fireworks.outgoing import Outgoing

USER_AGENT = f"rft-cli/{__version__}"
"""The service's edge turns away clients without one."""

TRIES = 5
"""Requests for one answer. Chosen: with the waits below some 15 s, which bridges a restart at the other end."""

CONNECT_SECONDS, READ_SECONDS, WRITE_SECONDS = 5.0, 60.0, 60.0
"""Time limits. Source: those of the service's own client."""

FIRST_WAIT, LONGEST_WAIT, JITTER = 0.5, 8.0, 0.25
"""Seconds, seconds, and the share that chance takes off. Source: the service's own client."""

LONGEST_TOLD_WAIT = 60.0
"""Seconds beyond which `retry-after` is not obeyed. Source: the service's own client."""


class Connection:
    """A connection to one service with one key.

    Args:
        access: address and key.
        transport: what carries requests; tests put their own here.
        sleep: waits so many seconds.
        chance: a number from 0 to 1.
    """

    def __init__(
        self,
        access: Access,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        import httpx

        self._sleep, self._chance, self._transport = sleep, chance, transport
        self._limits = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, write=WRITE_SECONDS)
        self._http = httpx.Client(
            base_url=access.url,
            headers={
                "authorization": f"Bearer {access.key}",
                "accept": "application/json",
                "user-agent": USER_AGENT,
            },
            timeout=self._limits,
            transport=transport,
            # Only a loopback address may go without encryption, and reading the world's certificates takes 30 ms.
            verify=access.url.startswith("https"),
        )

    def ask(
        self,
        method: str,
        path: str,
        doing: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        repeats: bool = True,
    ) -> Any:
        """The JSON of an answer.

        Args:
            method: of HTTP.
            path: from the root.
            doing: continues "the service refused to …".
            query: parameters.
            body: sent as JSON.
            repeats: whether asking twice is as good as once; else nothing is repeated that may have been done.

        Raises:
            RefusedError: it said no.
            UnreachableError: nothing was done.
            LostAnswerError: it may have been done.
            SetupError: the key is not accepted.
        """
        response = self.send(method, path, doing, repeats=repeats, params=query, json=body)
        return response.json() if response.content else {}

    def send(
        self, method: str, path: str, doing: str, *, repeats: bool = True, **request: Any
    ) -> httpx.Response:
        """An answer that is a success; raises as `ask` does."""
        import httpx

        failure: UnreachableError | LostAnswerError | None = None
        for number in range(TRIES):
            wait: float | None = None
            try:
                response = self._http.request(method, path, **request)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                failure = _unreachable(doing, type(error).__name__)
            except httpx.TransportError as error:
                failure = _lost(doing, type(error).__name__)
            else:
                if response.is_success and (not response.content or _is_json(response)):
                    return response
                words = words_of(response.content)
                status = response.status_code
                if response.is_success:
                    failure = _lost(doing, "an answer that is not JSON")
                elif is_busy(status, words.reason):
                    failure = _unreachable(doing, "too many requests")
                elif status >= 500 or status == 408:
                    failure = _lost(doing, f"HTTP {status}{f', {words.message}' if words.message else ''}")
                else:
                    raise refusal(status, words, doing)
                if response.headers.get("x-should-retry") == "false":
                    raise failure
                wait = _told_wait(response.headers)
            if number + 1 == TRIES or (isinstance(failure, LostAnswerError) and not repeats):
                raise failure
            self._sleep(self._own_wait(number) if wait is None else wait)
        raise AssertionError("a try ends with an answer or a failure")

    def fetch(self, url: str, doing: str) -> bytes:
        """What lies at a signed URL; the key is not sent there."""
        return self._at_store("GET", url, doing)

    def put(self, url: str, content: Outgoing, doing: str) -> None:
        """Leave something at a signed URL, which names its size; the key is not sent there."""
        headers = {
            "content-type": "application/octet-stream",
            "x-goog-content-length-range": f"{content.size},{content.size}",
        }
        self._at_store("PUT", url, doing, content=content, headers=headers)

    def _at_store(self, method: str, url: str, doing: str, **request: Any) -> bytes:
        import httpx

        why = ""
        for number in range(TRIES):
            if "content" in request:
                request["content"].seek(0)
            try:
                with self._elsewhere() as http:
                    response = http.request(method, url, **request)
                if response.is_success:
                    return response.content
                why = f"HTTP {response.status_code}"
            except httpx.HTTPError as error:
                why = type(error).__name__
            if number + 1 < TRIES:
                self._sleep(self._own_wait(number))
        raise _unreachable(doing, why)

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def _elsewhere(self) -> httpx.Client:
        import httpx

        return httpx.Client(
            headers={"user-agent": USER_AGENT}, timeout=self._limits, transport=self._transport
        )

    def _own_wait(self, number: int) -> float:
        seconds: float = min(FIRST_WAIT * 2**number, LONGEST_WAIT) * (1 - JITTER * self._chance())
        return seconds


def _is_json(response: httpx.Response) -> bool:
    try:
        response.json()
    except ValueError:
        return False
    return True


def _told_wait(headers: httpx.Headers) -> float | None:
    """Seconds that the service asks to wait; None: it does not say, or says too much."""
    text, scale = headers.get("retry-after-ms"), 1000.0
    if text is None:
        text, scale = headers.get("retry-after"), 1.0
    if text is None:
        return None
    try:
        seconds = float(text) / scale
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - time.time()
        except ValueError:
            return None
    return seconds if 0 < seconds <= LONGEST_TOLD_WAIT else None


def _unreachable(doing: str, why: str) -> UnreachableError:
    return UnreachableError(
        f"the service could not be asked to {doing}: {clean(why)}",
        hint="check the network and the service's status page, then try again; nothing was done",
    )


def _lost(doing: str, why: str) -> LostAnswerError:
    return LostAnswerError(
        f"the service was asked to {doing} and did not answer: {clean(why)}",
        hint="try again; rft sync finds out what became of it",
    )
