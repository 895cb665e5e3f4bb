"""A client of the double, and a job that it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from services.fireworks.double import Double

ACCOUNT = "/v1/accounts/acme"
JOBS = f"{ACCOUNT}/reinforcementFineTuningJobs"

NO_TLS = False
"""Reading the certificates of the world takes longer than most tests here."""


@pytest.fixture
def client(fireworks: Double) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {fireworks.key}", "user-agent": "a-test"}
    with httpx.Client(base_url=fireworks.url, headers=headers, timeout=10, verify=NO_TLS) as client:
        yield client


@pytest.fixture
def bare(fireworks: Double) -> Iterator[httpx.Client]:
    """A client without a key."""
    with httpx.Client(base_url=fireworks.url, timeout=10, verify=NO_TLS) as client:
        yield client


@pytest.fixture
def wish() -> dict[str, Any]:
    """A create's body, as small as it can be."""
    return {
        "dataset": "accounts/acme/datasets/sums",
        "evaluator": "accounts/acme/evaluators/sums-exact",
        "trainingConfig": {"baseModel": "accounts/fireworks/models/qwen3-0p6b"},
    }


@pytest.fixture
def create(client: httpx.Client, wish: dict[str, Any]) -> Callable[..., httpx.Response]:
    """Create a job by its id, with sections of the body replaced."""

    def create(identifier: str = "my-job", **changed: Any) -> httpx.Response:
        query = {"reinforcementFineTuningJobId": identifier} if identifier else {}
        return client.post(JOBS, params=query, json={**wish, **changed})

    return create


@pytest.fixture
def look(client: httpx.Client) -> Callable[..., Any]:
    """GET a job."""
    return lambda identifier="my-job", **query: client.get(f"{JOBS}/{identifier}", params=query).json()


@pytest.fixture
def states(look: Callable[..., Any]) -> Callable[..., list[str]]:
    """Look at a job until its state is one of the given, at most `polls` times; the states that it went through, each once."""

    def states(*until: str, identifier: str = "my-job", polls: int = 80) -> list[str]:
        seen: list[str] = []
        for _ in range(polls):
            state = look(identifier, readMask="state")["state"].removeprefix("JOB_STATE_")
            if seen[-1:] != [state]:
                seen.append(state)
            if state in until:
                break
        return seen

    return states
