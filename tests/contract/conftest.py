"""One suite over every backend: `tests/support/backends.py` says which there are and how their runs are made to behave.

A test that asks for `under_test` runs once for each. One that can only hold for some names the property that they share:
``@pytest.mark.where(has_worker=True)``. A test that asks for `end` runs for every end that a backend knows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.backends import MAKERS, Local, UnderTest

from rft_cli.backends.base import Backend, Handle, Poll, ref_of
from rft_cli.runs import folders
from rft_cli.runs.place import Place
from rft_cli.worker import now
from rft_cli.workflow.prepare import plan_of, prepare
from rft_cli.workflow.project import Project


def has(maker: type[UnderTest], name: str) -> object:
    """A property of a backend, or of its runs under test."""
    return getattr(maker, name) if hasattr(maker, name) else getattr(maker.backend, name)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "under_test" not in metafunc.fixturenames:
        return
    wanted = {
        name: value
        for mark in metafunc.definition.iter_markers("where")
        for name, value in mark.kwargs.items()
    }
    makers = [maker for maker in MAKERS if all(has(maker, name) == value for name, value in wanted.items())]
    if "end" in metafunc.fixturenames:
        ends = [(maker, end) for maker in makers for end in maker.ends]
        ids = [f"{maker.__name__.lower()}-{end}" for maker, end in ends]
        metafunc.parametrize(("under_test", "end"), ends, indirect=["under_test"], ids=ids)
    else:
        metafunc.parametrize("under_test", makers, indirect=True, ids=lambda maker: maker.__name__.lower())


@pytest.fixture
def under_test(request: pytest.FixtureRequest, folder: Path) -> UnderTest:
    """A backend whose runs behave as the test wants; the project has a config for it."""
    found: UnderTest = request.param(request, folder)
    (folder / "sums.yaml").write_text(found.config)
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with data and an evaluator."""
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
    (tmp_path / "sums.yaml").write_text(Local.config)
    return tmp_path


@pytest.fixture
def project_of(folder: Path) -> Callable[[Backend], Project]:
    """Backend → project in which everything trains on it."""
    return lambda backend: Project(Place(folder, folder / ".rft"), lambda _name: backend)


@pytest.fixture
def recorded(project_of, folder: Path) -> Callable[[Backend], tuple[Handle, dict]]:
    """A run with its folder and its job, as the ledger would hand it to its backend, and what it is submitted with."""

    def record(backend: Backend) -> tuple[Handle, dict]:
        project = project_of(backend)
        plan = plan_of(project, prepare(project, Path("sums.yaml")))
        job = {**plan.payload, "run": "sums.1"}
        project.place.make()
        run_folder = folders.create(project.place, "sums.1", job)
        return Handle(
            "sums.1",
            folder,
            run_folder,
            {},
            0,
            now(),
            fingerprint=plan.fingerprint,
            config=plan.config.values,
        ), job

    return record


@pytest.fixture
def submitted(recorded) -> Callable[[Backend], Handle]:
    """Submit one run and return the handle to look at it with."""

    def submit(backend: Backend) -> Handle:
        handle, job = recorded(backend)
        return handle._replace(ref=ref_of(backend.submit(handle, job)))

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
