"""Starts the rehearsal engine as a process of its own session, and reads what it leaves in its run folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rft_cli
from rft_cli.backends.base import Handle, Poll, Ref
from rft_cli.backends.local import shape
from rft_cli.backends.local.liveness import Children, is_alive
from rft_cli.errors import ExitCode, SetupError
from rft_cli.runs.event_lines import read_new
from rft_cli.worker import (
    EVENTS_FILE,
    LOG_FILE,
    ROLLOUTS_DIR,
    STATE_FILE,
    EventKind,
    Failure,
    Rollout,
    Schedule,
    State,
    StateFile,
    process_start,
    read_json,
)

if TYPE_CHECKING:
    from rft_cli.config import Config
    from rft_cli.diagnostics import Finding

# -P: a file such as random.py in the user's project must not take the place of a module that the worker imports.
WORKER = (sys.executable, "-P", "-m", "rft_cli.trainer.rehearsal")

ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""More threads add in another order, so a run's numbers would change with the machine's load."""

START_SECONDS = 20.0
"""How long a worker whose pid nobody knows may take to write its first state. Chosen: ten times a cold start on a slow disk."""

STALL_SECONDS = 120.0
"""Silence after which a live worker counts as stalled. Chosen: longer than a slow judge takes for one step."""

LOG_TAIL_BYTES = 4096
"""How much of the end of a log is read for its last line. Chosen: longer than one traceback's last lines."""


class LocalBackend:
    """The local backend.

    Args:
        command: what to start, without the run folder; tests put a worker of their own here.
    """

    name = "local"
    about = "the local backend rehearses a run – data, evaluator, parameters – on a tiny model; it does not make a useful model"
    engine = shape.ENGINE
    costs_money = False
    takes_seconds = True

    def __init__(self, command: Sequence[str] = WORKER) -> None:
        self._command = tuple(command)
        self._children = Children()

    def preflight(self, config: Config) -> tuple[Finding, ...]:
        """What the engine cannot do."""
        return tuple(shape.preflight(config))

    def schedule(self, config: Config, rows: int) -> Schedule:
        """The engine's step arithmetic."""
        return shape.schedule(config, rows)

    def payload(
        self, config: Config, schedule: Schedule, digests: Mapping[str, str], *, force: bool = False
    ) -> dict[str, Any]:
        """The worker's job."""
        return shape.payload(config, schedule, digests, force=force)

    def submit(self, handle: Handle, payload: Mapping[str, Any]) -> Ref:
        """Start a worker on a run folder that has its job.

        Raises:
            SetupError: the process cannot be started.
        """
        del payload  # it stands in the folder as job.json
        try:
            with (handle.folder / LOG_FILE).open("ab") as log:
                child = subprocess.Popen(
                    [*self._command, str(handle.folder)],
                    cwd=handle.root,
                    env=_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            raise SetupError(
                f"the worker cannot be started: {error.strerror or error}",
                hint="check free memory, the limit on processes and the disk, then launch again",
            ) from error
        # The worker outlives us on purpose; this tells Popen that nobody will wait for it.
        child.returncode = 0
        self._children.started(child.pid)
        return {"pid": child.pid, "process_start": process_start(child.pid)}

    def poll(self, handle: Handle) -> Poll:
        """Where the run is, from its folder and its process."""
        # Asked before the events are read: what a worker wrote before it ended is then always seen.
        process = self._process(handle)
        events, cursor = read_new(handle.folder / EVENTS_FILE, handle.cursor)
        end = next((event for event in reversed(events) if event["event"] == EventKind.END), None)
        if end is not None:
            state = _state(end.get("state"))
            return Poll(
                state,
                str(end.get("state")),
                cursor,
                events,
                str(end.get("reason") or ""),
                end.get("failure"),
            )
        if process == _ENDED:
            return self._vanished(handle, events, cursor)
        if process == _EXPECTED:
            return Poll(State.SUBMITTING, "starting", cursor, events)
        begun = cursor > 0
        return Poll(
            State.RUNNING if begun else State.QUEUED,
            "running" if begun else "starting",
            cursor,
            events,
            stalled_since="" if events else _stalled_since(handle.folder),
        )

    def logs(self, handle: Handle) -> str:
        """What the worker and the evaluator printed."""
        try:
            return (handle.folder / LOG_FILE).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def rollouts(self, handle: Handle, step: int | None = None) -> Iterator[Rollout]:
        """Stored rollouts, of one step or of all; lines that are not JSON are left out."""
        pattern = "*.jsonl" if step is None else f"{step:06}.jsonl"
        for path in sorted((handle.folder / ROLLOUTS_DIR).glob(pattern)):
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                with suppress(ValueError):
                    yield json.loads(line)

    def _process(self, handle: Handle) -> str:
        """One of `_ALIVE`, `_ENDED`, `_EXPECTED`."""
        ref: Mapping[str, Any] = handle.ref or _state_file(handle.folder) or {}
        pid = ref.get("pid")
        if pid is None:
            return _EXPECTED if _age_seconds(handle.since) < START_SECONDS else _ENDED
        if pid in self._children and self._children.return_code(pid) is not None:
            return _ENDED
        return _ALIVE if is_alive(pid, ref.get("process_start", "")) else _ENDED

    def _vanished(self, handle: Handle, events: tuple[dict[str, Any], ...], cursor: int) -> Poll:
        """The end of a worker that left none."""
        code = self._children.return_code(handle.ref.get("pid", 0))
        if not (handle.ref or cursor or _state_file(handle.folder)):
            what = "it was recorded, and the launch ended before a worker started"
        elif not handle.folder.is_dir():
            what = "its run folder is gone"
        else:
            what = f"the worker vanished {_place(handle.folder, events)}{_how(code)}"
        last = _last_log_line(handle.folder)
        failure = Failure(
            kind="vanished",
            message=f"{what}; its log ends with: {last}" if last else what,
            hint=f"rft launch the config again; the log is {_shown(handle.folder / LOG_FILE, handle.root)}"
            if last
            else "rft launch the config again",
            exit_code=ExitCode.SETUP if code == ExitCode.SETUP else ExitCode.RUN_FAILED,
        )
        return Poll(State.FAILED, "vanished", cursor, events, failure["message"], failure)


_ALIVE, _ENDED, _EXPECTED = "alive", "ended", "expected"


def _environment() -> dict[str, str]:
    """The worker's environment: ours, with numbers that repeat and prints that reach the log at once."""
    environment = {
        **os.environ,
        **ONE_THREAD,
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8:backslashreplace",
    }
    package = Path(rft_cli.__file__).resolve().parent.parent
    if package.name not in {"site-packages", "dist-packages"}:
        # Run from a source tree that need not be installed. An installed package is found without.
        paths = [str(package), environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    return environment


def _state(word: object) -> State:
    """The end that a worker wrote; a word that we do not know counts as failed and stays as the raw state."""
    try:
        return State(str(word))
    except ValueError:
        return State.FAILED


def _state_file(folder: Path) -> StateFile | None:
    try:
        content: StateFile = read_json(folder / STATE_FILE)
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _stalled_since(folder: Path) -> str:
    state = _state_file(folder)
    heartbeat = state["heartbeat"] if state else ""
    return heartbeat if heartbeat and _age_seconds(heartbeat) > STALL_SECONDS else ""


def _age_seconds(moment: str) -> float:
    return time.time() - datetime.fromisoformat(moment).timestamp()


def _place(folder: Path, events: tuple[dict[str, Any], ...]) -> str:
    """How far the worker came: by its events, else by its last state."""
    step = max((event.get("step", 0) for event in events if event["event"] == EventKind.METRICS), default=0)
    state = _state_file(folder)
    step = max(step, state["step"] if state else 0)
    return f"at step {step}" if step else "before step 1"


def _how(code: int | None) -> str:
    if code is None:
        return ""
    if code >= 0:
        return f" (exit code {code})"
    name = signal.Signals(-code).name if -code in signal.valid_signals() else f"signal {-code}"
    memory = ", as the system does when memory runs out" if name == "SIGKILL" else ""
    return f" (killed by {name}{memory})"


def _last_log_line(folder: Path) -> str:
    try:
        with (folder / LOG_FILE).open("rb") as log:
            log.seek(max(0, log.seek(0, 2) - LOG_TAIL_BYTES))
            text = log.read().decode(errors="replace")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
