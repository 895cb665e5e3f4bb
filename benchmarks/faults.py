"""Random fault schedules against the double of the managed service: is there exactly one job after each?

A schedule draws failures of any request (dropped before, dropped after commit, 5xx, pages of proxies, 429, truncated answers) and
kills the process before or after a request. Whoever launches launches again until the run is with the service, as a user would.

    python benchmarks/faults.py --schedules 1000 --write benchmarks/results/faults.md
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

import httpx

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from services.fireworks.double import Double, serve  # noqa: E402

from rft_cli.backends.fireworks.access import Access  # noqa: E402
from rft_cli.backends.fireworks.act import GRACE_SECONDS, FireworksBackend  # noqa: E402
from rft_cli.backends.fireworks.client import FireworksClient  # noqa: E402
from rft_cli.backends.fireworks.connection import Connection  # noqa: E402
from rft_cli.errors import RftError  # noqa: E402
from rft_cli.runs.ledger import Ledger  # noqa: E402
from rft_cli.runs.place import Place  # noqa: E402
from rft_cli.worker import State  # noqa: E402
from rft_cli.workflow.launch import launch  # noqa: E402
from rft_cli.workflow.project import Project  # noqa: E402
from rft_cli.workflow.request import Request  # noqa: E402

CONFIG = """\
version: 1
name: sums
backend: fireworks
model: accounts/fireworks/models/llama-v3p1-8b-instruct
dataset: accounts/acme/datasets/sums
evaluator: accounts/acme/evaluators/sums-exact
"""
MOST_LAUNCHES = 40
"""After so many a schedule counts as never ending. Chosen: several times the failures that one can hold."""


class KilledError(BaseException):
    """The process dies here."""


class Deadly(httpx.HTTPTransport):
    """Carries requests, and kills the process before or after some of them.

    Args:
        rng: decides.
        rate: share of requests that kill.
        left: how many may kill, shared by all processes of a schedule.
    """

    def __init__(self, rng: random.Random, rate: float, left: list[int]) -> None:
        super().__init__()
        self._rng, self._rate, self._left = rng, rate, left

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, unless the process dies."""
        dies = self._left[0] > 0 and self._rng.random() < self._rate
        before = self._rng.random() < 0.5
        if dies and before:
            self._left[0] -= 1
            raise KilledError
        response = super().handle_request(request)
        if dies:
            self._left[0] -= 1
            response.close()
            raise KilledError
        return response


class Outcome(NamedTuple):
    """What came of one schedule."""

    jobs: int
    launches: int
    kills: int
    unknown: int
    faults: Counter[str]
    seconds: float


def one(fireworks: Double, seed: int) -> Outcome:
    """One schedule, to its end."""
    started = time.perf_counter()
    rng = random.Random(seed)
    fireworks.use("happy", seed)
    fireworks.random_faults(
        seed,
        rate=rng.choice((0.1, 0.3, 0.6, 0.95)),
        limit=16,
        operations=rng.choice((("create-job", "get-job"), ("create-job", "read"))),
    )
    most = rng.choice((0, 1, 3))
    left = [most]
    late = [0.0]
    launches = unknown = 0
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "sums.yaml").write_text(CONFIG)
        place = Place(root, root / ".rft")
        while launches < MOST_LAUNCHES:
            launches += 1
            access = Access(fireworks.key, fireworks.url)
            connection = Connection(
                access, transport=Deadly(rng, 0.1, left), sleep=lambda _: None, chance=rng.random
            )
            with closing(connection):
                backend = FireworksBackend(
                    lambda _root, made=(access, connection): FireworksClient(*made),
                    sleep=lambda _: None,
                    moment=lambda: time.time() + late[0],
                )
                project = Project(place, lambda _name, backend=backend: backend)
                with suppress(RftError, KilledError):
                    list(launch(project, Request(root / "sums.yaml", detach=True, confirmed=True)))
            found = state_of(place)
            unknown += found is State.UNKNOWN
            if found in {State.QUEUED, State.RUNNING}:
                break
            if found in {State.SUBMITTING, State.UNKNOWN}:
                late[0] += GRACE_SECONDS  # the user comes back later
    faults = Counter(entry["fault"] for entry in fireworks.log() if entry["fault"])
    return Outcome(
        len(fireworks.jobs), launches, most - left[0], unknown, faults, time.perf_counter() - started
    )


def state_of(place: Place) -> State | None:
    if not place.ledger.exists():
        return None
    with Ledger(place) as ledger:
        newest = ledger.latest("sums")
        return ledger.run(newest).state if newest else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first schedule")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    started = time.perf_counter()
    outcomes: dict[int, Outcome] = {}
    with serve("happy", seed=0) as fireworks:
        for seed in range(options.first, options.first + options.schedules):
            outcomes[seed] = one(fireworks, seed)
            if outcomes[seed].jobs != 1:
                print(f"seed {seed}: {outcomes[seed]}", flush=True)
    text = report(outcomes, time.perf_counter() - started)
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    return any(outcome.jobs != 1 for outcome in outcomes.values())


def report(outcomes: dict[int, Outcome], seconds: float) -> str:
    every = list(outcomes.values())
    faults: Counter[str] = sum((outcome.faults for outcome in every), Counter())
    slowest = max(outcome.seconds for outcome in every)
    rows: list[tuple[str, Any]] = [
        ("schedules", len(every)),
        ("jobs made", sum(outcome.jobs for outcome in every)),
        ("schedules without a job", sum(outcome.jobs == 0 for outcome in every)),
        ("schedules with more than one", sum(outcome.jobs > 1 for outcome in every)),
        ("launches", sum(outcome.launches for outcome in every)),
        ("most launches of one schedule", max(outcome.launches for outcome in every)),
        ("processes killed", sum(outcome.kills for outcome in every)),
        ("times that the fate was unknown", sum(outcome.unknown for outcome in every)),
        ("requests that failed", sum(faults.values())),
        ("seconds, all", f"{seconds:.0f}"),
        ("seconds, slowest schedule", f"{slowest:.2f}"),
    ]
    lines = [
        "# Faults of the managed service",
        "",
        "Made by `benchmarks/faults.py`.",
        "",
        "| | |",
        "| --- | --- |",
    ]
    lines += [f"| {name} | {value} |" for name, value in rows]
    lines += [
        "",
        "| failure | requests |",
        "| --- | --- |",
        *(f"| {kind} | {count} |" for kind, count in sorted(faults.items())),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
