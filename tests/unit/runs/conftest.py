from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rft_cli.backends.base import Poll
from rft_cli.runs.place import Place
from rft_cli.runs.record import Draft
from rft_cli.worker import State


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, tmp_path / ".rft")


def make_draft(
    name: str = "sums", *, fingerprint: str = "f", scope: str = "s", is_default: bool = True
) -> Draft:
    schedule = {
        "prompts_per_step": 4,
        "rollouts_per_step": 16,
        "steps": 8,
        "rows": 32,
        "effective": {},
        "notes": [],
    }
    record = {"schedule": schedule, "config_path": "sums.yaml", "digests": {}, "origins": {}, "versions": {}}
    config = {"name": name, "model": "rehearsal", "rollout": {"n": 4}, "training": {"epochs": 1}}
    return Draft(name, scope, fingerprint, "local", is_default, 8, config, record)


def make_poll(*events: dict[str, Any], state: State = State.RUNNING, cursor: int = 1, **more: Any) -> Poll:
    return Poll(state, str(state), cursor, events, **more)


def metrics(step: int, reward: float) -> dict[str, Any]:
    return {"event": "metrics", "step": step, "values": {"reward": reward}}


@pytest.fixture
def draft() -> Any:
    return make_draft


@pytest.fixture
def poll() -> Any:
    return make_poll


@pytest.fixture
def measured() -> Any:
    return metrics
