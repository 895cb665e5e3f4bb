"""Backends under test, each with the same set of behaviours; another backend joins by adding an entry to `MAKERS`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from rft_cli.backends.base import Backend, Handle, Poll, ref_of
from rft_cli.backends.local.act import LocalBackend
from rft_cli.config import load
from rft_cli.runs.place import Place
from rft_cli.worker import now
from rft_cli.workflow.project import Project

FAKE_WORKER = Path(__file__).parents[1] / "support" / "fake_worker.py"

CONFIG = """\
version: 1
name: sums
model: rehearsal
dataset: data/train.jsonl
evaluator: evaluators/sums.py:evaluate
evaluation: {dataset: data/held-out.jsonl}
"""


class UnderTest(NamedTuple):
    """A backend whose runs behave as a test wants."""

    name: str
    make: Callable[[str], Backend]
    """Behaviour → backend."""


def _local(behaviour: str) -> Backend:
    return LocalBackend(command=(sys.executable, str(FAKE_WORKER), behaviour))


MAKERS = (UnderTest("local", _local),)


@pytest.fixture(params=MAKERS, ids=lambda entry: entry.name)
def under_test(request: pytest.FixtureRequest) -> UnderTest:
    return request.param


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a config, data and an evaluator."""
    monkeypatch.chdir(tmp_path)
    for name in ("data", "evaluators"):
        (tmp_path / name).mkdir()
    rows = "".join(
        f'{{"messages": [{{"role": "user", "content": "{i}+{i}="}}], "answer": "{2 * i}"}}\n'
        for i in range(16)
    )
    (tmp_path / "data/train.jsonl").write_text(rows)
    (tmp_path / "data/held-out.jsonl").write_text(rows)
    evaluator = "def evaluate(completion, record):\n    return float(completion == record['answer'])\n"
    (tmp_path / "evaluators/sums.py").write_text(evaluator)
    (tmp_path / "sums.yaml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def project_of(folder: Path) -> Callable[[Backend], Project]:
    """Backend → project in which everything trains on it."""
    return lambda backend: Project(Place(folder, folder / ".rft"), lambda _name: backend)


@pytest.fixture
def submitted(folder: Path) -> Callable[[Backend], Handle]:
    """Submit one run and return the handle to look at it with."""

    def submit(backend: Backend) -> Handle:
        config = load(folder / "sums.yaml", root=folder).config
        assert config is not None
        run_folder = folder / ".rft" / "runs" / "sums.1"
        run_folder.mkdir(parents=True)
        handle = Handle("sums.1", folder, run_folder, {}, 0, now())
        payload = backend.payload(config, backend.schedule(config, 16), {})
        return handle._replace(ref=ref_of(backend.submit(handle, payload)))

    return submit


@pytest.fixture
def polls() -> Callable[[Backend, Handle], Iterator[Poll]]:
    """Look at a run until it is over."""

    def until_over(backend: Backend, handle: Handle) -> Iterator[Poll]:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            poll = backend.poll(handle)
            handle = handle._replace(cursor=poll.cursor)
            yield poll
            if not poll.state.live:
                return
            time.sleep(0.005)
        raise AssertionError(f"{handle.run} does not end")

    return until_over
