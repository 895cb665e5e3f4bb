"""Starts the rehearsal engine as a process of its own session, and reads what it leaves in its run folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rft_cli
from rft_cli.backends.base import Handle, Log, Poll, Ref, Submission
from rft_cli.backends.local.liveness import Children, is_alive, kill_session, terminate
from rft_cli.backends.local.remains import doing, last_log_line, manner, place, state_file, waiting_words
from rft_cli.backends.local.shape import job
from rft_cli.backends.local.shape.opinions import RULES
from rft_cli.errors import ExitCode, SetupError
from rft_cli.rules.engine import check_config
from rft_cli.rules.rule import facts_of
from rft_cli.runs.event_lines import end_half_line, read_new
from rft_cli.worker import (
    EVENTS_FILE,
    JOB_FILE,
    LOG_FILE,
    ROLLOUTS_DIR,
    UNWRITABLE_FOLDER,
    EventKind,
    Failure,
    Rollout,
    RunFolder,
    Schedule,
    State,
    StateFile,
    process_start,
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

GRACE_SECONDS = 10.0
"""How long a worker that is asked to end may take. Chosen: longer than one step and a checkpoint; the evaluator does not count,
because it is interrupted at once."""

ENDING_WAIT = 0.02
"""Seconds between two looks at a worker that is ending. Chosen: below what a person notices."""

VANISHED = "vanished"
"""The raw state of a run whose worker left no end."""


class LocalBackend:
    """The local backend.

    Args:
        command: what to start, without the run folder; tests put a worker of their own here.
        grace_seconds: how long a worker that is asked to end may take.
    """

    name = "local"
    about = "the local backend rehearses a run – data, evaluator, parameters – on a tiny model; it does not make a useful model"
    engine = job.ENGINE
    costs_money = False
    takes_seconds = True
    resumes = frozenset({State.FAILED, State.CANCELLED, State.STOPPED_EARLY})
    holds_out = True

    def __init__(self, command: Sequence[str] = WORKER, *, grace_seconds: float = GRACE_SECONDS) -> None:
        self._command = tuple(command)
        self._grace_seconds = grace_seconds
        self._children = Children()

    def preflight(self, config: Config, rows: int = 0) -> tuple[Finding, ...]:
        """What the engine cannot do."""
        return check_config(config, facts_of(rows), rules=RULES)

    def inspect(self, config: Config, root: Path) -> tuple[Finding, ...]:
        """Nothing: there is nobody to ask."""
        del config, root
        return ()

    def elsewhere(self, root: Path) -> None:
        """None: what it trains is in this project's run folders."""
        del root

    def schedule(self, config: Config, rows: int) -> Schedule:
        """The engine's step arithmetic."""
        return job.schedule(config, rows)

    def payload(
        self, config: Config, schedule: Schedule, digests: Mapping[str, str], *, force: bool = False
    ) -> dict[str, Any]:
        """The worker's job."""
        return job.payload(config, schedule, digests, force=force)

    def submit(self, handle: Handle, payload: Mapping[str, Any]) -> Submission:
        """Start a worker on a run folder that has its job, which takes no time that is worth a word.

        Raises:
            SetupError: the process cannot be started.
        """
        del payload  # it stands in the folder as job.json
        yield from ()
        return self._start(handle)

    def resume(self, handle: Handle, payload: Mapping[str, Any]) -> Ref:
        """Start another worker on the run folder; its job says that it goes on.

        Raises:
            SetupError: the process cannot be started.
        """
        del payload
        end_half_line(handle.folder / EVENTS_FILE)
        return self._start(handle)

    def cancel(self, handle: Handle) -> None:
        """Send SIGTERM, which lets the worker save; after the grace period SIGKILL, also to what the evaluator has started.

        A worker that does not write its own end any more has it written here.
        """
        ref = self._ref(handle)
        pid, start = ref.get("pid", 0), ref.get("process_start", "")
        if not pid or not self._is_alive(pid, start):
            return
        terminate(pid, start)
        deadline = time.monotonic() + self._grace_seconds
        how = ""
        while self._is_alive(pid, start):
            if time.monotonic() > deadline:
                kill_session(pid, start)
                how = f": it had not ended within {self._grace_seconds:g} s and was killed"
            time.sleep(ENDING_WAIT)
        poll = self.poll(handle)
        if poll.raw_state == VANISHED and handle.folder.is_dir():
            end_half_line(handle.folder / EVENTS_FILE)
            present = read_new(handle.folder / EVENTS_FILE, handle.origin)[0]
            reason = f"cancelled {place(handle.folder, present)}{how}"
            RunFolder(handle.folder).append(EventKind.END, state=State.CANCELLED, reason=reason, failure=None)

    def _start(self, handle: Handle) -> Ref:
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
        path = handle.folder / EVENTS_FILE
        events, cursor = read_new(path, handle.cursor)
        present = events if handle.cursor >= handle.origin else read_new(path, handle.origin)[0]
        end = next((event for event in reversed(present) if event["event"] == EventKind.END), None)
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
            return self._vanished(handle, events, cursor, present)
        if process == _EXPECTED:
            return Poll(State.SUBMITTING, State.SUBMITTING, cursor, events)
        state = State.RUNNING if cursor > handle.origin else State.QUEUED
        waits_for, waits_since = doing(self._state_of(handle))
        return Poll(
            state,
            state,
            cursor,
            events,
            stalled_since="" if events else _stalled_since(handle.folder),
            doing=waits_for,
            doing_since=waits_since,
        )

    def logs(self, handle: Handle, cursor: int = 0) -> Log:
        """What the worker and the evaluator printed."""
        try:
            with (handle.folder / LOG_FILE).open("rb") as log:
                log.seek(cursor)
                data = log.read()
        except OSError:
            return Log("", cursor)
        return Log(data.decode(errors="replace"), cursor + len(data))

    def rollouts(self, handle: Handle, step: int | None = None) -> Iterator[Rollout]:
        """Stored rollouts, of one step or of all; lines that are not JSON are left out."""
        pattern = "*.jsonl" if step is None else f"{step:06}.jsonl"
        for path in sorted((handle.folder / ROLLOUTS_DIR).glob(pattern)):
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                with suppress(ValueError):
                    yield json.loads(line)

    def _ref(self, handle: Handle) -> Mapping[str, Any]:
        """Pid and process start: what `submit` returned, or what the worker says where that was never recorded."""
        return handle.ref or self._state_of(handle) or {}

    def _state_of(self, handle: Handle) -> StateFile | None:
        """What the present worker says of itself; one before a resumption says nothing of it."""
        state = state_file(handle.folder)
        return state if state and state["heartbeat"] >= handle.since else None

    def _is_alive(self, pid: int, start: str) -> bool:
        if pid in self._children and self._children.return_code(pid) is not None:
            return False
        return is_alive(pid, start)

    def _process(self, handle: Handle) -> str:
        """One of `_ALIVE`, `_ENDED`, `_EXPECTED`."""
        ref = self._ref(handle)
        pid = ref.get("pid")
        if pid is None:
            return _EXPECTED if _age_seconds(handle.since) < START_SECONDS else _ENDED
        return _ALIVE if self._is_alive(pid, ref.get("process_start", "")) else _ENDED

    def _vanished(
        self,
        handle: Handle,
        events: tuple[dict[str, Any], ...],
        cursor: int,
        present: tuple[dict[str, Any], ...],
    ) -> Poll:
        """The end of a worker that left none."""
        code = self._children.return_code(handle.ref.get("pid", 0))
        if not (handle.ref or cursor or state_file(handle.folder)):
            what = "it was recorded, and the launch ended before a worker started"
        elif not handle.folder.is_dir():
            what = "its run folder is gone"
        else:
            seen = waiting_words(self._state_of(handle))
            what = f"the worker vanished {place(handle.folder, present)}{seen}{manner(code)}"
        last = last_log_line(handle.folder)
        failure = Failure(
            kind="vanished",
            message=f"{what}; its log ends with: {last}" if last else what,
            hint=_way_on(handle),
            exit_code=ExitCode.SETUP if code == UNWRITABLE_FOLDER else ExitCode.RUN_FAILED,
        )
        return Poll(State.FAILED, VANISHED, cursor, events, failure["message"], failure)


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
    """The end that a worker wrote; a word that means no end to us counts as failed and stays as the raw state."""
    try:
        state = State(str(word))
    except ValueError:
        return State.FAILED
    return State.FAILED if state.live else state


def _stalled_since(folder: Path) -> str:
    state = state_file(folder)
    heartbeat = state["heartbeat"] if state else ""
    return heartbeat if heartbeat and _age_seconds(heartbeat) > STALL_SECONDS else ""


def _age_seconds(moment: str) -> float:
    return time.time() - datetime.fromisoformat(moment).timestamp()


def _way_on(handle: Handle) -> str:
    """What can be done with a run whose worker vanished."""
    if not (handle.folder / JOB_FILE).is_file():
        return "launch the config again"
    resume = f"rft resume {handle.run} goes on from its newest checkpoint"
    log = handle.folder / LOG_FILE
    return f"{resume}; the log is {_shown(log, handle.root)}" if log.is_file() else resume


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
