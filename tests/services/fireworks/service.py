"""The service itself, without a network: what exists, who may do what, and what a request comes to."""

from __future__ import annotations

import math
import random
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import jobs, journal
from .clock import Clock
from .datasets import Dataset
from .evaluators import Evaluator
from .exchange import Answer, Call
from .faults import Faults, rate_limited
from .job_life import Job
from .job_view import gpus_in_use, view
from .names import FULL_NAME, SHARED
from .refusals import Code, RefusedError, error_info, invalid, not_now
from .secrets import Secret
from .settings import Settings
from .storage import Storage
from .timeline import SCRIPTS, Script

WINDOW_S = 60.0


@dataclass(slots=True)
class Account:
    """Everything that one account holds."""

    identifier: str
    datasets: dict[str, Dataset] = field(default_factory=dict)
    evaluators: dict[str, Evaluator] = field(default_factory=dict)
    secrets: dict[str, Secret] = field(default_factory=dict)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)


class Service:
    """One world; a reset makes a new one. All of it is touched under `lock` only."""

    def __init__(self, settings: Settings, scripts: tuple[str, ...] = (), seed: int = 0) -> None:
        self.lock = threading.RLock()
        self.settings = settings
        self.seed = seed
        self.rng = random.Random(seed)
        self.clock = Clock(settings.start_ns, settings.wall_speed)
        self.storage = Storage(self.clock, seed)
        self.faults = Faults()
        self.accounts = {name: Account(name) for name in (*settings.accounts, SHARED)}
        self.scripts = deque(scripts)
        """Of the next jobs; the last one is used again and again."""
        self.commits: Counter[str] = Counter()
        self.log: list[journal.Entry] = []
        self.base = ""
        """Under which address the last client saw the double; signed URLs begin with it."""
        self._recent: deque[float] = deque()
        self._later: list[tuple[float, Callable[[], object]]] = []

    @property
    def user(self) -> str:
        """Who the key belongs to."""
        return f"dev@{(*self.settings.accounts, 'nobody')[0]}.example"

    # Acting

    def handle(self, call: Call, handler: Any) -> Answer:
        """Carry out a request.

        Raises:
            RefusedError: it is turned down.
        """
        self._authenticate(call)
        self.base = call.base
        limited = self._limit()
        if limited:
            return limited
        for name in self.settings.accounts:
            jobs.settle(self, self.accounts[name])
        answer: Answer = handler(self, call)
        return answer

    def committed(self, operation: str) -> None:
        """Count that something was changed."""
        self.commits[operation] += 1

    def later(self, seconds: float, do: Callable[[], object]) -> None:
        """Let something be done when so much time has passed."""
        self._later.append((self.clock.seconds + seconds, do))

    def catch_up(self) -> None:
        """Do what was to be done by now, in its order."""
        due = sorted(
            (each for each in self._later if each[0] <= self.clock.seconds), key=lambda each: each[0]
        )
        self._later = [each for each in self._later if each not in due]
        for _moment, do in due:
            do()

    def looked(self, *, moving: bool) -> None:
        """Let the time pass that a client needs to look again."""
        if moving:
            self.clock.advance(self.settings.poll_step_s)

    def adjust(self, **changes: Any) -> None:
        """Change settings; with the account's standing its jobs stand still or go on."""
        self.settings = self.settings._replace(**changes)
        held = self.settings.suspend_state != "UNSUSPENDED"
        for name in self.settings.accounts:
            for job in self.accounts[name].jobs.values():
                job.hold(self.clock.seconds, held=held)

    def next_script(self) -> Script:
        if not self.scripts:
            return SCRIPTS["completed"]
        return SCRIPTS[self.scripts.popleft() if len(self.scripts) > 1 else self.scripts[0]]

    # Who may do what

    def _authenticate(self, call: Call) -> None:
        if self.settings.refuses_urllib and call.headers.get("user-agent", "").startswith("Python-urllib/"):
            raise RefusedError(Code.PERMISSION_DENIED, "forbidden")
        scheme, _, bearer = call.headers.get("authorization", "").partition(" ")
        given = bearer if scheme.lower() == "bearer" else call.headers.get("x-api-key", "")
        if given != self.settings.key:
            raise RefusedError(Code.UNAUTHENTICATED, "invalid API key" if given else "missing API key")

    def _limit(self) -> Answer | None:
        now = self.clock.seconds
        while self._recent and self._recent[0] <= now - WINDOW_S:
            self._recent.popleft()
        if len(self._recent) < self.settings.requests_per_minute:
            self._recent.append(now)
            return None
        wait = max(1, math.ceil(WINDOW_S - (now - self._recent[0])))
        return rate_limited({"retry-after": str(wait)} if self.settings.sends_retry_after else {})

    def own_account(self, call: Call) -> Account:
        """The account of the path, if the key may change it.

        Raises:
            RefusedError: it may not.
        """
        name = call.params["account"]
        if name not in self.settings.accounts:
            raise RefusedError(Code.PERMISSION_DENIED, f"the API key has no access to account {name}")
        return self.accounts[name]

    def readable_account(self, call: Call) -> Account:
        """The account of the path, if the key may read it: also the shared one."""
        if call.params["account"] == SHARED:
            return self.accounts[SHARED]
        return self.own_account(call)

    def needs_admin(self, method: str) -> None:
        if not self.settings.is_admin:
            raise RefusedError(Code.PERMISSION_DENIED, f"admin role required to call {method}")

    def needs_good_standing(self, account: Account) -> None:
        if self.settings.suspend_state != "UNSUSPENDED":
            why = self.settings.suspend_state
            raise not_now(f"account {account.identifier} is suspended ({why}); check its billing")

    def needs_gpus(self, account: Account, wanted: int) -> None:
        if self.settings.tier_refusal:
            raise RefusedError(
                Code.RESOURCE_EXHAUSTED,
                "ResourceExhausted: B200/B300 training requires a Tier 2 account or higher. "
                "Add $50 in credits to upgrade.",
                details=[error_info("TIER_TOO_LOW")],
            )
        free = self.settings.gpus_available - gpus_in_use(account, self.clock.seconds)
        if wanted > free:
            raise RefusedError(
                Code.RESOURCE_EXHAUSTED,
                "quota_exceeded: This job requires more GPUs than your current quota",
                details=[
                    error_info(
                        "QUOTA_EXCEEDED", quota_required=str(wanted), quota_available=str(max(0, free))
                    )
                ],
            )

    # Finding by full name

    def _named(self, name: str) -> tuple[Account, str] | None:
        found = FULL_NAME.fullmatch(name)
        account = self.accounts.get(found[1]) if found else None
        return (account, found[3]) if found and account else None

    def dataset_by_name(self, name: str) -> Dataset | None:
        found = self._named(name)
        return found[0].datasets.get(found[1]) if found else None

    def evaluator_by_name(self, name: str) -> Evaluator | None:
        found = self._named(name)
        return found[0].evaluators.get(found[1]) if found else None

    def model_by_name(self, name: str) -> dict[str, Any] | None:
        found = self._named(name)
        return found[0].models.get(found[1]) if found else None

    def signed_puts(self, call: Call, folder: str) -> tuple[dict[str, str], dict[str, str]]:
        """URLs to put files to, and where in the store they will be.

        Raises:
            RefusedError: `filenameToSize` is not a map from names to sizes in strings.
        """
        sizes = call.json().get("filenameToSize")
        if not isinstance(sizes, dict) or not sizes:
            raise invalid("filename_to_size is required")
        urls, keys = {}, {}
        for filename, size in sizes.items():
            if not str(size).isdigit():
                raise invalid(f"invalid value for int64 field filenameToSize[{filename}]: {size!r}")
            keys[filename] = f"{folder}/{filename}"
            urls[filename] = self.storage.url(call.base, "PUT", keys[filename], int(size))
        return urls, keys

    # Looking in from outside

    def snapshot(self) -> dict[str, Any]:
        """Everything that exists, for assertions; metrics are left out and secrets masked."""
        now = self.clock.seconds
        accounts = {}
        for name in self.settings.accounts:
            account = self.accounts[name]
            jobs.settle(self, account)
            accounts[name] = {
                "jobs": {key: view(self, account, job, frozenset()) for key, job in account.jobs.items()},
                "datasets": {key: each.view(now) for key, each in account.datasets.items()},
                "evaluators": {key: each.view(now) for key, each in account.evaluators.items()},
                "secrets": {
                    key: {**each.body, "value": journal.MASK} for key, each in account.secrets.items()
                },
                "models": dict(account.models),
            }
        return {
            "clock": {"seconds": now, "now": self.clock.timestamp()},
            "commits": dict(self.commits),
            "requests": len(self.log),
            "accounts": journal.masked(accounts),
        }
