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
    RefusedError,
    UnreachableError,
    clean,
    is_busy,
    redirected,
    refusal,
    words_of,
)
from rft_cli.backends.fireworks.trouble import trouble
from rft_cli.backends.waits import Listener, Wait
from rft_cli.backends.waits import tell as tell_wait
from rft_cli.errors import SetupError

if TYPE_CHECKING:
    import httpx

    from rft_cli.backends.fireworks.access import Access
    from rft_cli.backends.fireworks.outgoing import Outgoing
    from rft_cli.errors import RftError

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

FIRST_BUSY_WAIT, LONGEST_BUSY_WAIT = 5.0, 30.0
"""Seconds, where requests come too often and nobody says how long to wait. Chosen: the four of them make 65 s at least, and after
a minute an account with ten requests a minute has room again."""

PACED = "the service takes no more requests for now (it allows an account so many a minute)"
"""Why a request waits that came too soon."""


class Connection:
    """A connection to one service with one key.

    Args:
        access: address and key.
        transport: what carries requests; tests put their own here.
        sleep: waits so many seconds.
        chance: a number from 0 to 1.
        tell: hears of the waits of requests that came too soon.
    """

    def __init__(
        self,
        access: Access,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        tell: Listener = tell_wait,
    ) -> None:
        import httpx

        self._tell = tell
        self._sleep, self._chance, self._transport = sleep, chance, transport
        self._limits = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, write=WRITE_SECONDS)
        self._url, self._key = access.url, access.key
        self._http = self._opened(
            access.url,
            base_url=access.url,
            headers={
                "authorization": f"Bearer {access.key}",
                "accept": "application/json",
                "user-agent": USER_AGENT,
            },
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

        failure: RftError | None = None
        for number in range(TRIES):
            wait: float | None = None
            is_too_soon = False
            try:
                response = self._http.request(method, path, **request)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
                failure = _unreachable(doing, trouble(error, self._url))
            except httpx.RequestError as error:
                failure = _lost(method, doing, trouble(error, self._url))
            else:
                if response.is_success and (not response.content or _is_json(response)):
                    return response
                failure = self._failure(response, method, doing)
                told = response.headers.get("x-should-retry")
                if told == "false" or (isinstance(failure, SetupError | RefusedError) and told != "true"):
                    raise failure
                wait = _told_wait(response.headers)
                is_too_soon = response.status_code == 429
                if wait is None and is_too_soon:
                    wait = self._busy_wait(number)
            if number + 1 == TRIES or (isinstance(failure, LostAnswerError) and not repeats):
                raise failure
            wait = self._own_wait(number) if wait is None else wait
            if is_too_soon:
                self._tell(Wait(wait, PACED))
            self._sleep(wait)
        raise AssertionError("a try ends with an answer or a failure")

    def _failure(self, response: httpx.Response, method: str, doing: str) -> RftError:
        """What an answer that is none means."""
        status, words = response.status_code, words_of(response.content)
        words = words._replace(message=words.message.replace(self._key, "…"))
        if response.is_success:
            return _lost(method, doing, "an answer that is not JSON")
        if response.is_redirect:
            return redirected(response.headers.get("location", ""), doing)
        if is_busy(status, words.reason):
            return _unreachable(doing, f"too many requests{f' ({words.message})' if words.message else ''}")
        if status >= 500 or status == 408:
            page = "" if words.is_json or not response.content else ", and a page that is not the service's"
            return _lost(method, doing, f"HTTP {status}{f', {words.message}' if words.message else page}")
        return refusal(status, words, doing)

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
                with self._elsewhere(url) as http:
                    response = http.request(method, url, **request)
                if response.is_success:
                    return response.content
                why = f"HTTP {response.status_code}"
                if response.is_client_error and response.status_code not in {408, 429}:
                    raise RefusedError(
                        f"the service's store refused to {doing} ({why})",
                        hint="try again: its addresses are good for a while only",
                    )
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                why = trouble(error, url)
            if number + 1 < TRIES:
                self._sleep(self._own_wait(number))
        raise _unreachable(doing, why)

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def _elsewhere(self, url: str) -> httpx.Client:
        return self._opened(url, headers={"user-agent": USER_AGENT}, follow_redirects=True)

    def _opened(self, url: str, **settings: Any) -> httpx.Client:
        import httpx

        is_encrypted = url.startswith("https")
        try:
            return httpx.Client(
                timeout=self._limits,
                transport=self._transport,
                # Only a loopback address may go without encryption. Reading the world's certificates takes 30 ms, and a proxy
                # would see the key.
                verify=is_encrypted,
                trust_env=is_encrypted,
                **settings,
            )
        except (ImportError, ValueError, OSError, httpx.InvalidURL) as error:
            raise SetupError(
                f"no connection can be made with these settings: {clean(str(error))}",
                hint="check HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR",
            ) from error

    def _own_wait(self, number: int) -> float:
        seconds: float = min(FIRST_WAIT * 2**number, LONGEST_WAIT) * (1 - JITTER * self._chance())
        return seconds

    def _busy_wait(self, number: int) -> float:
        """Chance only adds here: four waits that are shorter than the service's minute end in a failure."""
        seconds: float = min(FIRST_BUSY_WAIT * 2**number, LONGEST_BUSY_WAIT) * (1 + JITTER * self._chance())
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
            # By the service's own clock, where it tells the time: this machine's may be wrong.
            moment = headers.get("date")
            here = parsedate_to_datetime(moment).timestamp() if moment else time.time()
            seconds = parsedate_to_datetime(text).timestamp() - here
        except ValueError:
            return None
    return seconds if 0 < seconds <= LONGEST_TOLD_WAIT else None


def _unreachable(doing: str, why: str) -> UnreachableError:
    return UnreachableError(
        f"the service could not be asked to {doing}: {clean(why)}",
        hint="check the network, HTTPS_PROXY and the service's status page, then try again; nothing was done",
    )


def _lost(method: str, doing: str, why: str) -> LostAnswerError:
    """An answer that did not come; what was only to be read needs no looking after."""
    hint = (
        "check the service's status page, and what stands between here and there, then try again"
        if method == "GET"
        else "try again; rft sync finds out what became of it"
    )
    return LostAnswerError(f"the service was asked to {doing} and did not answer: {clean(why)}", hint=hint)
