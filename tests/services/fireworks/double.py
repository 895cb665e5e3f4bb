"""The double as tests hold it: an address, and hands to move its world. The server runs in a thread; nothing here waits on time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from . import world
from .app import CuttableProtocol, application
from .evaluators import add as add_evaluator
from .faults import QUICK, Fault
from .job_view import view
from .journal import Entry
from .scenarios import SCENARIOS
from .service import Account, Service
from .settings import Settings
from .timeline import SCRIPTS

HOST = "127.0.0.1"


class Double:
    """One double; `use` gives it another world at the same address."""

    def __init__(self, scenario: str = "happy", seed: int = 0, **settings: Any) -> None:
        self.url = ""
        self.use(scenario, seed, **settings)

    # Its world

    def use(self, scenario: str, seed: int = 0, **settings: Any) -> None:
        """Forget everything and begin a scenario.

        Args:
            scenario: a name of `SCENARIOS`.
            seed: of everything that is made up.
            settings: fields of `Settings` that differ besides.
        """
        if scenario not in SCENARIOS:
            raise ValueError(f"no scenario {scenario!r}; there are {', '.join(SCENARIOS)}")
        chosen = SCENARIOS[scenario]
        service = Service(Settings(**{**chosen.settings, **settings}), chosen.scripts, seed)
        world.furnish(service)
        if chosen.live_jobs:
            world.add_jobs(
                service, service.accounts[service.settings.accounts[0]], chosen.live_jobs, "completed"
            )
        for trouble in chosen.troubles:
            service.faults.add(trouble.operation, trouble.fault, times=trouble.times)
        if chosen.chance:
            chance = chosen.chance
            service.faults.at_random(seed, chance.rate, chance.limit, chance.operations, chance.kinds)
        self.service = service

    def adjust(self, **settings: Any) -> None:
        """Change settings and keep everything else."""
        with self.service.lock:
            self.service.adjust(**settings)

    def advance(self, seconds: float) -> None:
        """Let time pass for the double alone."""
        with self.service.lock:
            self.service.clock.advance(seconds)
            self.service.catch_up()

    @property
    def seconds(self) -> float:
        """The time that has passed for it."""
        with self.service.lock:
            return self.service.clock.seconds

    sleep = advance
    """To be handed to a client that can be told how to sleep."""

    # What goes wrong, and what becomes of jobs

    def fault(
        self,
        operation: str,
        kind: str,
        *,
        times: int = 1,
        after: int = 0,
        status: int = 503,
        seconds: float = 1.0,
        retry_after: float | None = None,
        should_retry: bool | None = None,
    ) -> None:
        """Let the next calls of an operation fail.

        Args:
            operation: a name of `routes.OPERATIONS`, ``put-object``, ``get-object``, ``*``, ``read`` or ``write``.
            kind: a name of `faults.KINDS`.
            times: how many calls.
            after: how many go well first.
            status: of kinds that answer.
            seconds: of real time, for ``slow`` and ``trickle``; of the double's own, for ``late``.
            retry_after: seconds, told to the client.
            should_retry: told to the client.
        """
        with self.service.lock:
            fault = Fault(kind, status, seconds, retry_after, should_retry)
            self.service.faults.add(operation, fault, times=times, after=after)

    def random_faults(
        self,
        seed: int,
        rate: float = 0.5,
        limit: int = 6,
        operations: Collection[str] = ("create-job",),
        kinds: tuple[str, ...] = QUICK,
    ) -> None:
        """Let calls fail by chance, at most `limit` of them."""
        with self.service.lock:
            self.service.faults.at_random(seed, rate, limit, operations, kinds)

    def next_jobs(self, *scripts: str) -> None:
        """What becomes of the next jobs, in their order; of later ones the same as of the last. A resume takes one too."""
        unknown = [name for name in scripts if name not in SCRIPTS]
        if unknown:
            raise ValueError(f"no script {unknown[0]!r}; there are {', '.join(SCRIPTS)}")
        with self.service.lock:
            self.service.scripts.clear()
            self.service.scripts.extend(scripts)

    def go_on(self) -> None:
        """Let every job that somebody created go on to its end, whatever its script had in store."""
        with self.service.lock:
            for identifier in self.jobs:
                job = self._account.jobs[identifier]
                job.script, job.settles_at = SCRIPTS["completed"], 0.0

    def remove_job(self, identifier: str) -> None:
        """As if there had never been such a job."""
        with self.service.lock:
            del self._account.jobs[identifier]

    # What is there

    @property
    def _account(self) -> Account:
        return self.service.accounts[self.account]

    def add_jobs(self, count: int, script: str = "completed") -> list[str]:
        """Live jobs of somebody else; their ids."""
        with self.service.lock:
            there = sum(name.startswith("job-") for name in self._account.jobs)
            return world.add_jobs(self.service, self._account, count, script, there)

    def add_dataset(self, identifier: str, rows: int | list[dict[str, Any]]) -> None:
        """A data set that is READY; a number makes up that many rows."""
        with self.service.lock:
            world.add_dataset(self.service, self._account, identifier, rows)

    def add_evaluator(self, identifier: str, state: str = "ACTIVE", **fields: Any) -> None:
        """An evaluator that has been in a state for long."""
        with self.service.lock:
            add_evaluator(self.service, self._account, identifier, fields, state)

    @property
    def account(self) -> str:
        return (*self.service.settings.accounts, "nobody")[0]

    @property
    def key(self) -> str:
        """The key that is right."""
        return self.service.settings.key

    @property
    def environment(self) -> dict[str, str]:
        """What a client reads."""
        return {
            "FIREWORKS_API_KEY": self.key,
            "FIREWORKS_ACCOUNT_ID": self.account,
            "FIREWORKS_BASE_URL": self.url,
        }

    @property
    def jobs(self) -> list[str]:
        """Ids of the jobs that clients created and that are still there, oldest first."""
        with self.service.lock:
            return [name for name, job in self._account.jobs.items() if not job.is_foreign]

    def job(self, identifier: str) -> dict[str, Any]:
        """A job, whole, without time passing."""
        with self.service.lock:
            return view(self.service, self._account, self._account.jobs[identifier])

    def secret_value(self, identifier: str) -> str:
        """What was handed in; no answer of the service shows it."""
        with self.service.lock:
            return self._account.secrets[identifier].value

    def state(self) -> dict[str, Any]:
        """Everything that exists, secrets masked."""
        with self.service.lock:
            return self.service.snapshot()

    def log(self) -> list[Entry]:
        """Every request so far, secrets masked."""
        with self.service.lock:
            return list(self.service.log)

    def calls(self, operation: str) -> list[Entry]:
        """The requests of one operation."""
        return [entry for entry in self.log() if entry["operation"] == operation]


class _Server(uvicorn.Server):
    """Says when it listens, instead of being asked again and again."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # What hangs on purpose ends with its connection.
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await super().shutdown(sockets)


def server(double: Double, port: int = 0) -> tuple[_Server, socket.socket]:
    """A server that has its port and is yet to run; the double learns its address."""
    listening = socket.create_server((HOST, port))
    double.url = f"http://{HOST}:{listening.getsockname()[1]}"
    config = uvicorn.Config(
        application(double),
        http=CuttableProtocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=1,
    )
    return _Server(config), listening


@contextmanager
def serve(scenario: str = "happy", seed: int = 0, **settings: Any) -> Iterator[Double]:
    """A double that answers on a free port of this machine while the block runs."""
    double = Double(scenario, seed, **settings)
    running, listening = server(double)
    thread = threading.Thread(target=running.run, args=([listening],), name="fireworks-double", daemon=True)
    thread.start()
    if not running.is_up.wait(10):
        raise RuntimeError("the double does not come up")
    try:
        yield double
    finally:
        running.should_exit = running.force_exit = True
        thread.join(10)
        listening.close()
