"""Brings files to the service under ids that follow from their content: what is there already is used, and never overwritten."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from rft_cli.backends.base import Progress, Stage
from rft_cli.backends.fireworks.outgoing import Outgoing
from rft_cli.backends.fireworks.packing import ENTRY_POINT, pack
from rft_cli.backends.fireworks.refusals import (
    ConflictError,
    InvalidError,
    NotFoundError,
    RefusedError,
    clean,
    field,
)
from rft_cli.backends.fireworks.shape.wire import content_id, evaluator_id, is_service_name
from rft_cli.errors import FindingsError, WaitTimeoutError
from rft_cli.task.data import file_digest
from rft_cli.task.entry import EvaluatorSpec
from rft_cli.task.environment import provide
from rft_cli.task.sources import evaluator_digests

if TYPE_CHECKING:
    from rft_cli.backends.base import Handle
    from rft_cli.backends.fireworks.aside import Tell
    from rft_cli.backends.fireworks.client import FireworksClient

LARGEST_REQUEST = 150_000_000
"""Bytes of a file that is sent to the service itself; larger ones go to its store. Source: the service's limit, 150 MB."""

FIRST_LOOK_SECONDS, LOOK_SECONDS = 0.5, 5.0
"""Between two looks at what the service makes of an upload: the first pause, which doubles, and the longest. Chosen: a data set
takes seconds, a build minutes."""

LONGEST_SECONDS = 1800.0
"""How long that may take. Chosen: three times the service's own limit for a build."""

REFUSED_SECONDS = 120.0
"""How long a data set may take whose upload was refused. Chosen: one that is there already is READY in seconds; where it is not,
the refusal was meant."""

LOG_LINES = 5
"""Lines of a build log that are shown. Chosen: the error and what led to it."""


class _Fate(NamedTuple):
    """How one kind of resource says that it can be used, or never will be."""

    good: str
    bad: frozenset[str]
    making: str
    """What the service does with it, in one word."""


_DATASET = _Fate("READY", frozenset(), "validates")
_EVALUATOR = _Fate("ACTIVE", frozenset({"BUILD_FAILED"}), "builds")

ARCHIVE = "evaluator.tar.gz"


def bring(
    client: FireworksClient,
    handle: Handle,
    body: Mapping[str, Any],
    sleep: Callable[[float], None],
    tell: Tell,
) -> None:
    """Everything that a job needs and that lies here, at the service and ready.

    Args:
        client: of the account.
        handle: of the run; its config names the files.
        body: of the job; its names say where the content goes.
        sleep: waits so many seconds.
        tell: hears of every step.

    Raises:
        FindingsError: a file has changed since it was planned.
        SetupError: a variable of the evaluator is not set.
        BackendError: the service refused.
        WaitTimeoutError: it took too long to make something of an upload.
    """
    held_out = handle.config.get("evaluation", {}).get("dataset")
    pairs = ((handle.config["dataset"], "dataset"), (held_out, "evaluationDataset"))
    for path, key in pairs:
        if path and not is_service_name(path):
            _Bringing(client, sleep, tell, path, body[key], _DATASET).dataset(handle.root / path)
    spec = EvaluatorSpec.from_config(handle.config["evaluator"])
    if not is_service_name(spec.path):
        _Bringing(client, sleep, tell, spec.path, body["evaluator"], _EVALUATOR).evaluator(spec, handle.root)


class _Bringing(NamedTuple):
    """One file on its way to the service."""

    client: FireworksClient
    sleep: Callable[[float], None]
    tell: Tell
    shown: str
    """The file as the config names it."""
    name: str
    """What it is called at the service."""
    fate: _Fate

    def dataset(self, file: Path) -> None:
        """Bring a data set."""
        self._say(Stage.LOOK, f"looking for {self.shown} at the service")
        digest_found = file_digest(file)
        _insist_same(self.name, content_id(digest_found), self.shown)
        if self._is_there_already():
            return
        self.client.create_dataset(self.name.rpartition("/")[2], file.name, _count_rows(file))
        size = file.stat().st_size
        send = self.client.upload_file if size <= LARGEST_REQUEST else self.client.upload_elsewhere
        with file.open("rb") as source:
            try:
                send(self.name, self._outgoing(file.name, source, size, digest_found))
            except (InvalidError, ConflictError) as refusal:
                # Another process may have sent it, or an answer was lost; then it is on its way or there.
                self._wait(REFUSED_SECONDS, refusal)
                return
        self._wait()

    def evaluator(self, spec: EvaluatorSpec, root: Path) -> None:
        """Bring an evaluator, and the secrets that it reads."""
        self._say(Stage.LOOK, f"looking for {self.shown} at the service")
        _insist_same(self.name, evaluator_id(spec, evaluator_digests(root / spec.path, root)), self.shown)
        values = dict(zip(spec.env, provide(spec.env, root), strict=True))
        for variable, value in values.items():
            self.client.create_secret(variable, value)
        if self._is_there_already():
            return
        state = _state(self.client, self.name)
        if state != "BUILDING" or not self.client.build_log(self.name):
            if state in self.fate.bad:
                self.client.reopen_evaluator(self.name)
            else:
                self.client.create_evaluator(self.name.rpartition("/")[2], spec.path, ENTRY_POINT)
            content = pack(spec, root)
            self.client.upload_elsewhere(
                self.name, self._outgoing(ARCHIVE, io.BytesIO(content), len(content))
            )
        self._wait()

    def _is_there_already(self) -> bool:
        if _state(self.client, self.name) != self.fate.good:
            return False
        self._say(Stage.READY, f"{self.shown} is at the service already")
        return True

    def _outgoing(self, name: str, source: BinaryIO, size: int, digest: str = "") -> Outgoing:
        doing = f"uploading {self.shown}"

        def told(done: int, tries: int) -> None:
            self.tell(Progress(Stage.UPLOAD, self.shown, doing, done, size, tries))

        return Outgoing(name, source, size, told, digest)

    def _wait(self, longest: float = LONGEST_SECONDS, otherwise: RefusedError | None = None) -> None:
        """Until it can be used; what else to say when that does not come."""
        doing = f"the service {self.fate.making} {self.shown}"
        self._say(Stage.WAIT, doing)
        waited, pause = 0.0, FIRST_LOOK_SECONDS
        while waited < longest:
            found = self.client.named(self.name)
            state, problem = field(found, "state", ""), _problem(found)
            if state == self.fate.good:
                self._say(Stage.READY, f"{self.shown} is ready at the service")
                return
            if state in self.fate.bad or problem:
                raise otherwise or self._unusable(problem or state)
            self.sleep(pause)
            waited, pause = waited + pause, min(2 * pause, LOOK_SECONDS)
            self._say(Stage.WAIT, doing)
        raise otherwise or WaitTimeoutError(
            f"the service has not made {self.shown} usable in {longest / 60:.0f} minutes",
            hint="launch again, which goes on waiting; nothing was started",
        )

    def _unusable(self, why: str) -> RefusedError:
        log = self.client.build_log(self.name) if self.fate is _EVALUATOR else ""
        lines = [clean(line) for line in log.splitlines() if line.strip()][-LOG_LINES:]
        told = f"; its build log ends with: {' / '.join(lines)}" if lines else ""
        identifier = self.name.rpartition("/")[2]
        return RefusedError(
            f"the service cannot use {self.shown}: {why}{told}",
            hint=f"mend it, and launch again, which uploads it anew; what is there is called {identifier}",
        )

    def _say(self, stage: Stage, message: str) -> None:
        self.tell(Progress(stage, self.shown, message))


def _count_rows(file: Path) -> int:
    """Lines with something in them, however they end; one line is held at a time."""
    with file.open("rb") as lines:
        return sum(bool(part.strip()) for line in lines for part in line.splitlines())


def _insist_same(name: str, found: str, shown: str) -> None:
    if name.rpartition("/")[2] != found:
        raise FindingsError(f"{shown} has changed since it was planned", hint="launch the config again")


def _state(client: FireworksClient, name: str) -> str:
    """The state of a resource; empty: there is none."""
    try:
        return str(field(client.named(name), "state", ""))
    except NotFoundError:
        return ""


def _problem(found: Mapping[str, Any]) -> str:
    status = field(found, "status", {})
    return (
        ""
        if field(status, "code", "OK") == "OK"
        else clean(field(status, "message", "")) or "no reason given"
    )
