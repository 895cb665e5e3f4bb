"""Named worlds: each is settings, scripts of the jobs to come, and faults. A table; `python -m tests.services.fireworks --list` prints it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .faults import QUICK, Fault
from .timeline import SCRIPTS


class Trouble(NamedTuple):
    """A fault and the calls that it meets."""

    operation: str
    fault: Fault
    times: int = 1


class Chance(NamedTuple):
    """Faults by chance."""

    rate: float
    limit: int
    operations: tuple[str, ...] = ("*",)
    kinds: tuple[str, ...] = QUICK


class Scenario(NamedTuple):
    """A world."""

    about: str
    settings: Mapping[str, Any] = {}
    scripts: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    chance: Chance | None = None
    live_jobs: int = 0
    """Jobs that somebody started before."""


SCENARIOS: dict[str, Scenario] = {
    "happy": Scenario("everything works"),
    **{
        name: Scenario(f"every job: {script.about}", scripts=(name,))
        for name, script in SCRIPTS.items()
        if name != "completed"
    },
    "fails-then-completes": Scenario(
        "the first job dies midway, its resumption completes", scripts=("failed-midway", "completed")
    ),
    "no-account": Scenario("the key sees no account", {"accounts": ()}),
    "two-accounts": Scenario("the key sees two accounts", {"accounts": ("acme", "zenith")}),
    "wrong-key": Scenario("the usual key is refused", {"key": "fw_another_key"}),
    "no-role": Scenario("the key may not create evaluators", {"is_admin": False}),
    "suspended": Scenario("the account's credit is used up", {"suspend_state": "CREDIT_DEPLETED"}),
    "low-tier": Scenario("the account's tier allows no training", {"tier_refusal": True}),
    "no-quota": Scenario("half a node is left", {"gpus_available": 4}),
    "one-node": Scenario("one job of one node at a time", {"gpus_available": 8}),
    "rate-limited": Scenario("ten requests a minute", {"requests_per_minute": 10}),
    "rate-limited-silently": Scenario(
        "ten requests a minute, and 429 without retry-after",
        {"requests_per_minute": 10, "sends_retry_after": False},
    ),
    "late-checks": Scenario(
        "a create with a missing data set is accepted and dies", {"checks_references": False}
    ),
    "discards-unknown-fields": Scenario(
        "unknown fields are dropped, not refused", {"refuses_unknown_fields": False}
    ),
    "masked-fields-are-empty": Scenario(
        "a mask empties fields instead of leaving them out", {"masked_fields_are_empty": True}
    ),
    "float32": Scenario("fractions come back in 32 bits", {"echoes_float32": True}),
    "trainer-logs": Scenario("the account may read trainer logs", {"shows_trainer_logs": True}),
    "no-metrics-route": Scenario("/metrics does not exist", {"has_metrics_route": False}),
    "missing-secret-is-500": Scenario(
        "a secret that is not there is an internal error", {"missing_secret_status": 500}
    ),
    "build-fails": Scenario("no evaluator builds", {"evaluator_build": "fails"}),
    "build-times-out": Scenario("no evaluator builds in ten minutes", {"evaluator_build": "times-out"}),
    "build-never-ends": Scenario("every evaluator builds for ever", {"evaluator_build": "never-ends"}),
    "resumable-cancelled": Scenario(
        "cancelled and paused jobs may be resumed too",
        {"resumable": frozenset({"JOB_STATE_FAILED", "JOB_STATE_CANCELLED", "JOB_STATE_PAUSED"})},
    ),
    "clock-ahead": Scenario("the service's clock is two hours ahead", {"clock_skew_s": 7200.0}),
    "clock-behind": Scenario("the service's clock is two hours behind", {"clock_skew_s": -7200.0}),
    "create-lost-before": Scenario(
        "the first create is reset before it is done",
        troubles=(Trouble("create-job", Fault("reset-before")),),
    ),
    "create-lost-after": Scenario(
        "the first create is done, its answer lost", troubles=(Trouble("create-job", Fault("reset-after")),)
    ),
    "create-500-after": Scenario(
        "the first create is done and answered with an empty 500",
        troubles=(Trouble("create-job", Fault("empty-after", status=500)),),
    ),
    "create-truncated": Scenario(
        "the first create is done, its answer cut", troubles=(Trouble("create-job", Fault("truncated")),)
    ),
    "create-slow": Scenario(
        "the first create takes five real seconds",
        troubles=(Trouble("create-job", Fault("slow", seconds=5.0)),),
    ),
    "proxy-pages": Scenario(
        "a proxy answers everything with its own page",
        troubles=(Trouble("*", Fault("html-before", 502), 10**9),),
    ),
    "not-json": Scenario(
        "everything is answered with a page and 200", troubles=(Trouble("*", Fault("not-json"), 10**9),)
    ),
    "down": Scenario("503 for everything", troubles=(Trouble("*", Fault("error-before"), 10**9),)),
    "flaky": Scenario("a third of all requests fail somehow, twenty in all", chance=Chance(0.33, 20)),
    "crowd": Scenario("500 live jobs of somebody else", live_jobs=500),
}
