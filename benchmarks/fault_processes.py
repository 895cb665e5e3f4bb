"""Commands of a user as processes that die when they are told to: each is a fork of one that has everything imported.

`Processes` starts it and talks to it in lines of JSON: a list of tasks goes in, and when all of them have ended their exit codes
come out, below 0 for a signal. Time is the double's: who waits moves its clock, and nobody sleeps.
"""

from __future__ import annotations

import gc
import http.client
import importlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import httpx

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from rft_cli.backends.fireworks import upload  # noqa: E402  the checkout has to be found first
from rft_cli.backends.fireworks.access import Access  # noqa: E402
from rft_cli.backends.fireworks.act import FireworksBackend  # noqa: E402
from rft_cli.backends.fireworks.client import FireworksClient  # noqa: E402
from rft_cli.backends.fireworks.connection import READ_SECONDS, Connection  # noqa: E402
from rft_cli.backends.fireworks.shape.wire import JOBS  # noqa: E402
from rft_cli.errors import RftError  # noqa: E402
from rft_cli.runs.place import Place  # noqa: E402
from rft_cli.workflow import control  # noqa: E402
from rft_cli.workflow.launch import launch  # noqa: E402
from rft_cli.workflow.project import Project  # noqa: E402
from rft_cli.workflow.request import Request  # noqa: E402

PATIENCE = 0.15
"""Real seconds that an answer may keep silent, for `READ_SECONDS` of the double's time. Chosen: far above what one takes."""

SMALL = 100
"""Bytes from which a file counts as large where a task wants that, so that it goes to the store."""

LONGEST = 60.0
"""Real seconds after which a process counts as hung. Chosen: a hundred times a usual one."""

CRASHED = 70
"""Exit code of what is a bug here or in rft."""

LATE = (
    "rft_cli.config.compose",
    "rft_cli.spec.schema",
    "jsonschema",
    "httpcore",
    "yaml",
    "pprint",
    "stringprep",
    "zipfile",
)
"""What a command imports when it needs it, and a fork is to have already."""

BEFORE, BETWEEN, AFTER, ANY = (
    "before the request",
    "between request and answer",
    "after the answer",
    "at any moment",
)

CREATE = 0
"""In place of a number: the request that makes the job."""


class Kill(NamedTuple):
    """When a process dies."""

    where: str
    """`BEFORE`, `BETWEEN` or `AFTER` a request, or at `ANY` moment."""
    at: float
    """The number of the request, from 1; `CREATE` for the one that makes the job; seconds of real time for `ANY`."""


class Task(NamedTuple):
    """One command."""

    what: str
    """`launch`, `sync` or `cancel`."""
    root: str
    url: str
    key: str
    seed: str
    """Of its own chances."""
    large: bool
    """Whether data sets go to the store."""
    kill: Kill | None


class Clock:
    """The double's time, over its back door."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url).netloc

    def advance(self, seconds: float) -> float:
        """Let time pass; the time that it is then."""
        with closing(http.client.HTTPConnection(self._address, timeout=LONGEST)) as connection:
            connection.request("POST", "/__double__/advance", json.dumps({"seconds": seconds}))
            found: float = json.loads(connection.getresponse().read())["seconds"]
        return found

    def moment(self) -> float:
        """Seconds since 1970, as far on as the double is."""
        return time.time() + self.advance(0)


class Deadly(httpx.HTTPTransport):
    """Carries requests with little patience, and kills its process at one of them."""

    def __init__(self, clock: Clock, kill: Kill | None) -> None:
        super().__init__()
        self._clock, self._kill, self._number = clock, kill, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, unless the process dies."""
        self._number += 1
        at = CREATE if request.method == "POST" and request.url.path.endswith(f"/{JOBS}") else self._number
        where = self._kill.where if self._kill and self._kill.at in {at, self._number} else ""
        if where == BEFORE:
            die()
        request.extensions["timeout"] = {**request.extensions["timeout"], "read": PATIENCE}
        if where == BETWEEN:
            request.extensions["trace"] = dies_when_sent
        try:
            response = super().handle_request(request)
        except httpx.ReadTimeout:
            self._clock.advance(READ_SECONDS)
            raise
        if where == AFTER:
            die()
        return response


def dies_when_sent(event: str, _info: object) -> None:
    """A trace of httpcore's."""
    if event == "http11.send_request_body.complete":
        die()


def die() -> None:
    """What nothing in a process can prevent or clean up after."""
    os.kill(os.getpid(), signal.SIGKILL)


def act(task: Task) -> int:
    """Carry a task out; its exit code."""
    at_any = task.kill if task.kill and task.kill.where == ANY else None
    signal.setitimer(signal.ITIMER_REAL, max(at_any.at, 1e-4) if at_any else LONGEST)
    if task.large:
        upload.LARGEST_REQUEST = SMALL
    rng, clock, root = random.Random(task.seed), Clock(task.url), Path(task.root)
    access = Access(task.key, task.url)
    os.chdir(root)
    connection = Connection(
        access, transport=Deadly(clock, task.kill), sleep=clock.advance, chance=rng.random
    )
    backend = FireworksBackend(
        lambda _root: FireworksClient(access, connection), sleep=clock.advance, moment=clock.moment
    )
    project = Project(Place(root, root / ".rft"), lambda _name: backend)
    commands: dict[str, Callable[[], object]] = {
        "launch": lambda: list(launch(project, Request(root / "sums.yaml", detach=True, confirmed=True))),
        "sync": lambda: control.sync(project),
        "cancel": lambda: list(control.cancel(project, ["sums"])),
    }
    try:
        commands[task.what]()
    except RftError as error:
        return int(error.exit_code)
    return 0


class Processes:
    """The process that forks; use it in a ``with`` block.

    Args:
        environment: of all tasks.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**environment, "PYTHONPATH": str(ROOT)},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def run(self, tasks: Sequence[Task]) -> list[int]:
        """Carry tasks out at once, to the end of all of them."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(tasks), file=self._process.stdin, flush=True)
        codes: list[int] = json.loads(self._process.stdout.readline())
        return codes


def _fork(task: Task) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = CRASHED
    try:
        code = act(task)
    finally:
        if code == CRASHED:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(code)


def _task(what: Any) -> Task:
    *rest, kill = what
    return Task(*rest, Kill(*kill) if kill else None)


def main() -> None:
    for name in LATE:
        importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin:
        pids = [_fork(_task(entry)) for entry in json.loads(line)]
        print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]), flush=True)


if __name__ == "__main__":
    main()
