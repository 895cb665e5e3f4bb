"""What can go wrong between a client and the service, before or after the service has done what it was asked for."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from .exchange import Answer
from .refusals import HTTP, Code, error_body, error_info


class Kind(NamedTuple):
    """A way to fail."""

    how: str
    """`reset`, `close`, `error`, `empty`, `html`, `limit`, `truncated`, `slow`, `trickle`, `hang` or `late`."""
    commits: bool
    """Whether the request is carried out all the same."""
    about: str


KINDS: dict[str, Kind] = {
    "reset-before": Kind("reset", False, "the connection is reset and nothing was done"),
    "reset-after": Kind("reset", True, "it was done, and the connection is reset instead of an answer"),
    "close-before": Kind("close", False, "the connection is closed politely and nothing was done"),
    "close-after": Kind("close", True, "it was done, and the connection is closed without an answer"),
    "error-before": Kind("error", False, "5xx in the service's own form, and nothing was done"),
    "error-after": Kind("error", True, "5xx in the service's own form, although it was done"),
    "empty-before": Kind("empty", False, "5xx without a body, and nothing was done"),
    "empty-after": Kind("empty", True, "5xx without a body, although it was done"),
    "html-before": Kind("html", False, "a proxy's page with a 5xx, and nothing was done"),
    "html-after": Kind("html", True, "a proxy's page with a 5xx, although it was done"),
    "not-json": Kind("html", True, "a page with status 200 in place of the answer"),
    "rate-limit": Kind("limit", False, "429 with retry-after and a typed reason"),
    "truncated": Kind("truncated", True, "the answer breaks off in the middle"),
    "slow": Kind("slow", True, "the answer comes after some real seconds"),
    "trickle": Kind("trickle", True, "the answer comes in small pieces, over some real seconds"),
    "hang-before": Kind("hang", False, "no answer until the client gives up, and nothing was done"),
    "hang-after": Kind("hang", True, "no answer until the client gives up, although it was done"),
    "late": Kind("late", False, "no answer until the client gives up, and it is done some time afterwards"),
}

QUICK = tuple(name for name, kind in KINDS.items() if kind.how not in {"slow", "trickle", "hang", "late"})
"""Kinds that cost no real time."""

REAL_SECONDS = (0.01, 0.05, 0.5)
"""How long slow answers of a schedule take. Chosen: two within the patience of a benchmark's client, one beyond it."""

LATEST_S = 90.0
"""After how much of the double's time a late request is done at the most. Chosen: half as much again as clients wait for an answer."""

PIECES = 5
"""Of an answer that trickles."""

PAGE = b"<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"


class Fault(NamedTuple):
    """One failure."""

    kind: str
    status: int = 503
    seconds: float = 1.0
    """How long `slow` and `trickle` take, in real time; how much of the double's time passes before `late` is done."""
    retry_after: float | None = None
    """Told to the client, in seconds."""
    should_retry: bool | None = None
    """Told to the client in `x-should-retry`."""

    @property
    def how(self) -> str:
        return KINDS[self.kind].how

    @property
    def commits(self) -> bool:
        return KINDS[self.kind].commits

    def answer(self) -> Answer | None:
        """What is sent in place of the true answer; None: something happens to the connection or to the time."""
        headers = {}
        if self.retry_after is not None:
            headers["retry-after"] = f"{self.retry_after:g}"
        if self.should_retry is not None:
            headers["x-should-retry"] = str(self.should_retry).lower()
        match self.how:
            case "error":
                by_status = {status: code for code, status in HTTP.items()}
                code = by_status.get(self.status, Code.UNAVAILABLE)
                return Answer(error_body(code, "the service is unavailable"), self.status, headers)
            case "empty":
                return Answer(None, self.status, headers)
            case "html":
                status = 200 if self.kind == "not-json" else self.status
                return Answer(PAGE, status, headers, "text/html; charset=utf-8")
            case "limit":
                headers.setdefault("retry-after", "1")
                return rate_limited(headers)
        return None


def rate_limited(headers: dict[str, str]) -> Answer:
    detail = error_info("RATE_LIMIT_EXCEEDED")
    return Answer(error_body(Code.RESOURCE_EXHAUSTED, "rate limit exceeded", [detail]), 429, headers)


def matches(pattern: str, operation: str, method: str) -> bool:
    """Whether an operation is meant: by its name, by `*`, by `read` (GET) or by `write` (all others)."""
    return pattern in {operation, "*", "read" if method == "GET" else "write"}


@dataclass(slots=True)
class Rule:
    """The next calls of an operation fail."""

    operation: str
    fault: Fault
    times: int
    after: int
    """Calls that still go well."""


@dataclass(slots=True)
class Schedule:
    """Failures by chance, the same for the same seed and the same requests; after the last one all is well."""

    rng: random.Random
    rate: float
    left: int
    operations: Collection[str]
    kinds: tuple[str, ...]


class Faults:
    """What is going to fail."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.schedule: Schedule | None = None

    def add(self, operation: str, fault: Fault, *, times: int = 1, after: int = 0) -> None:
        if fault.kind not in KINDS:
            raise ValueError(f"no fault {fault.kind!r}; there are {', '.join(KINDS)}")
        self.rules.append(Rule(operation, fault, times, after))

    def at_random(
        self, seed: int, rate: float, limit: int, operations: Collection[str], kinds: tuple[str, ...] = QUICK
    ) -> None:
        self.schedule = Schedule(random.Random(seed), rate, limit, operations, kinds)

    def draw(self, operation: str, method: str) -> Fault | None:
        """What happens to the request that has just come in."""
        for rule in self.rules:
            if rule.times and matches(rule.operation, operation, method):
                if rule.after:
                    rule.after -= 1
                    continue
                rule.times -= 1
                return rule.fault
        return self._by_chance(operation, method)

    def _by_chance(self, operation: str, method: str) -> Fault | None:
        plan = self.schedule
        if plan is None or not plan.left:
            return None
        if not any(matches(pattern, operation, method) for pattern in plan.operations):
            return None
        if plan.rng.random() >= plan.rate:
            return None
        plan.left -= 1
        kind, status = plan.rng.choice(plan.kinds), plan.rng.choice((500, 502, 503, 504))
        if kind in QUICK:
            return Fault(kind, status)
        late = KINDS[kind].how == "late"
        seconds = plan.rng.uniform(1.0, LATEST_S) if late else plan.rng.choice(REAL_SECONDS)
        return Fault(kind, status, seconds)
