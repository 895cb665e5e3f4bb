"""Brings files to the service under ids that follow from their content: what is there already is used, and never overwritten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.backends.fireworks.packing import ENTRY_POINT, pack
from rft_cli.backends.fireworks.refusals import NotFoundError, RefusedError, clean, field
from rft_cli.backends.fireworks.shape.wire import content_id, is_service_name
from rft_cli.errors import FindingsError, WaitTimeoutError
from rft_cli.task.data import file_digest
from rft_cli.task.entry import EvaluatorSpec
from rft_cli.task.environment import provide
from rft_cli.task.sources import digest

if TYPE_CHECKING:
    from rft_cli.backends.base import Handle
    from rft_cli.backends.fireworks.client import FireworksClient

LARGEST_REQUEST = 150_000_000
"""Bytes of a file that is sent to the service itself; larger ones go to its store. Source: the service's limit, 150 MB."""

LOOK_SECONDS = 5.0
"""Between two looks at what the service makes of an upload. Chosen: a build takes minutes, a data set seconds."""

LONGEST_SECONDS = 1800.0
"""How long that may take. Chosen: three times the service's own limit for a build."""

LOG_LINES = 5
"""Lines of a build log that are shown. Chosen: the error and what led to it."""


class _Fate(NamedTuple):
    """How one kind of resource says that it can be used, or never will be."""

    good: str
    bad: frozenset[str]


_DATASET = _Fate("READY", frozenset())
_EVALUATOR = _Fate("ACTIVE", frozenset({"BUILD_FAILED"}))


def bring(
    client: FireworksClient, handle: Handle, body: Mapping[str, Any], sleep: Callable[[float], None]
) -> None:
    """Everything that a job needs and that lies here, at the service and ready.

    Args:
        client: of the account.
        handle: of the run; its config names the files.
        body: of the job; its names say where the content goes.
        sleep: waits so many seconds.

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
            _dataset(client, handle.root / path, path, body[key], sleep)
    spec = EvaluatorSpec.from_config(handle.config["evaluator"])
    if not is_service_name(spec.path):
        _evaluator(client, handle.root, spec, body["evaluator"], sleep)


def _dataset(
    client: FireworksClient, file: Path, shown: str, name: str, sleep: Callable[[float], None]
) -> None:
    _insist_same(name, file_digest(file), shown)
    if _state(client, name) == _DATASET.good:
        return
    content = file.read_bytes()
    rows = sum(bool(line.strip()) for line in content.splitlines())
    client.create_dataset(name.rpartition("/")[2], file.name, rows)
    send = client.upload_file if len(content) <= LARGEST_REQUEST else client.upload_elsewhere
    try:
        send(name, file.name, content)
    except RefusedError:
        # Another process may have sent it, or an answer was lost; then it is on its way or there.
        if _problem(client.named(name)) or not _is_there(client, name):
            raise
    _wait(client, name, shown, _DATASET, sleep)


def _evaluator(
    client: FireworksClient, root: Path, spec: EvaluatorSpec, name: str, sleep: Callable[[float], None]
) -> None:
    _insist_same(name, digest(root / spec.path, root), spec.path)
    values = dict(zip(spec.env, provide(spec.env, root), strict=True))
    for variable, value in values.items():
        client.create_secret(variable, value)
    state = _state(client, name)
    if state == _EVALUATOR.good:
        return
    if state != "BUILDING" or not client.build_log(name):
        if state in _EVALUATOR.bad:
            client.reopen_evaluator(name)
        else:
            client.create_evaluator(name.rpartition("/")[2], spec.path, ENTRY_POINT)
        client.upload_elsewhere(name, "evaluator.tar.gz", pack(spec, root))
    _wait(client, name, spec.path, _EVALUATOR, sleep)


def _insist_same(name: str, found: str, shown: str) -> None:
    if name.rpartition("/")[2] != content_id(found):
        raise FindingsError(f"{shown} has changed since it was planned", hint="launch the config again")


def _state(client: FireworksClient, name: str) -> str:
    """The state of a resource; empty: there is none."""
    try:
        return str(field(client.named(name), "state", ""))
    except NotFoundError:
        return ""


def _is_there(client: FireworksClient, name: str) -> bool:
    return bool(_state(client, name))


def _problem(found: Mapping[str, Any]) -> str:
    status = field(found, "status", {})
    return (
        ""
        if field(status, "code", "OK") == "OK"
        else clean(field(status, "message", "")) or "no reason given"
    )


def _wait(
    client: FireworksClient, name: str, shown: str, fate: _Fate, sleep: Callable[[float], None]
) -> None:
    waited = 0.0
    while waited < LONGEST_SECONDS:
        found = client.named(name)
        state, problem = field(found, "state", ""), _problem(found)
        if state == fate.good:
            return
        if state in fate.bad or problem:
            log = client.build_log(name) if fate is _EVALUATOR else ""
            lines = [clean(line) for line in log.splitlines() if line.strip()][-LOG_LINES:]
            told = f"; its build log ends with: {' / '.join(lines)}" if lines else ""
            identifier = name.rpartition("/")[2]
            raise RefusedError(
                f"the service cannot use {shown}: {problem or state}{told}",
                hint=f"mend it, and launch again, which uploads it anew; what is there is called {identifier}",
            )
        sleep(LOOK_SECONDS)
        waited += LOOK_SECONDS
    raise WaitTimeoutError(
        f"the service has not made {shown} usable in {LONGEST_SECONDS / 60:.0f} minutes",
        hint="launch again, which goes on waiting; nothing was started",
    )
