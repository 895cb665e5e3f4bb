"""What can be done with a run that was launched before: watch it, end it, let it go on, bring its record up to date."""

from __future__ import annotations

import time
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.config.root import SERVICE_NAME_PREFIX
from rft_cli.errors import (
    ExitCode,
    FindingsError,
    GuardError,
    InterruptionError,
    RftError,
    SetupError,
    UnansweredError,
)
from rft_cli.rules.files import is_elsewhere
from rft_cli.runs import folders
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.lookup import find_run
from rft_cli.runs.reconcile import Look, look_at, reconcile
from rft_cli.task.data import file_digest
from rft_cli.task.entry import EvaluatorSpec
from rft_cli.task.sources import digest
from rft_cli.worker import State
from rft_cli.workflow.ending import ended
from rft_cli.workflow.events import Detached, Event, Noted, Resumed, Watched
from rft_cli.workflow.follow import SHORTEST_WAIT, follow
from rft_cli.workflow.handover import hand_over
from rft_cli.workflow.headway import Headway, Tell
from rft_cli.workflow.interrupts import Interrupts
from rft_cli.workflow.lookout import Lookout
from rft_cli.workflow.variables import require_variables
from rft_cli.workflow.verdict import with_verdict

if TYPE_CHECKING:
    from pathlib import Path

    from rft_cli.advice.alarm import Alarm
    from rft_cli.backends.base import Backend, Submission
    from rft_cli.runs.record import Run
    from rft_cli.workflow.project import Project


class Cancellation(NamedTuple):
    """What became of a request to end a run."""

    run: Run
    was_live: bool
    """False: it was over already, and is as it was."""
    can_resume: bool
    """Whether its backend lets such a run go on."""


def watch(
    project: Project, name: str, *, timeout: float | None = None, stop_on: Collection[Alarm] = ()
) -> Iterator[Event]:
    """Follow a run from its first event on; show it if it is over.

    Args:
        project: where it is.
        name: a run id, or a name for its latest run.
        timeout: seconds to wait for the end; None: as long as it takes.
        stop_on: what ends the run while it is followed.

    Raises:
        UsageError: there is no such run.
        BackendError: the run should be ended, and the backend refused.
    """
    with Interrupts() as interrupts, project.ledger() as ledger:
        run = find_run(ledger, name)
        backend = project.backend(run.summary.backend)
        yield Watched(run, backend.about)
        yield from _to_its_end(project, ledger, run, interrupts, timeout=timeout, stop_on=stop_on)


def resume(
    project: Project, name: str, *, detach: bool = False, timeout: float | None = None
) -> Iterator[Event]:
    """Let a run that is over without having trained all its steps go on from its newest checkpoint, and follow it.

    It stays the same run: id, attempt and job. A live run is followed, and one that completed is shown.

    Args:
        project: where it is.
        name: a run id, or a name for its latest run.
        detach: leave it to itself once it goes on.
        timeout: seconds to follow it; None: to its end.

    Raises:
        UsageError: there is no such run.
        FindingsError: its data or its evaluator are no longer what it was launched with.
        GuardError: a later attempt has taken its place.
        SetupError: its run folder is gone, or this machine cannot start it.
    """
    with Interrupts() as interrupts, project.ledger() as ledger:
        run = find_run(ledger, name)
        backend = project.backend(run.summary.backend)
        if not run.state.live:
            look_at(ledger, project.backend, run)  # its folder may know more than the ledger
            run = ledger.run(run.id)
        if run.state is State.COMPLETED:
            yield Watched(run, backend.about)
            yield Noted(run.id, "it has trained all its steps: there is nothing to resume")
        elif run.state.live:
            yield Watched(run, backend.about)
        else:
            if not backend.costs_money:  # a worker of ours reads them again; the service has kept them
                require_variables(run.config["evaluator"], project.root)
            run = yield from _start_again(ledger, backend, run, interrupts)
            yield Resumed(run, backend.about)
        if run.state.live and detach:
            yield Detached(run.id, ExitCode.DONE)
        else:
            yield from _to_its_end(project, ledger, run, interrupts, timeout=timeout)


def cancel(project: Project, names: Sequence[str]) -> Iterator[Cancellation]:
    """End runs, one after the other. What they have trained stays, and `resume` goes on from there.

    Args:
        project: where they are.
        names: run ids, or names for their latest runs.

    Raises:
        UsageError: there is no such run; nothing has been cancelled.
        BackendError: the backend refused.
    """
    with project.ledger() as ledger:
        runs = [find_run(ledger, name) for name in names]
        for run in {run.id: run for run in runs}.values():
            backend = project.backend(run.summary.backend)
            if run.state.live:
                handed = _handed_over(ledger, project, run)
                if handed.state.live or handed.ref:
                    backend.cancel(ledger.handle(handed))
                    look_at(ledger, project.backend, ledger.run(run.id))
            now = ledger.run(run.id)
            yield Cancellation(now, run.state.live, now.state in backend.resumes)


def sync(project: Project, name: str | None = None, tell: Tell | None = None) -> tuple[Look, ...]:
    """Bring the records up to date, of one run with everything that it has ever written.

    Args:
        project: whose.
        name: a run id, or a name for its latest run; None: every run that may have changed.
        tell: hears now and then how far it is.

    Raises:
        UsageError: there is no such run.
    """
    with Ledger(project.place) as ledger:
        if name is None:
            looked = Headway(tell, "looking at runs").at if tell else None
            return reconcile(ledger, project.backend, looked)
        return (look_at(ledger, project.backend, find_run(ledger, name), from_start=True),)


def _to_its_end(
    project: Project,
    ledger: Ledger,
    run: Run,
    interrupts: Interrupts,
    *,
    timeout: float | None,
    stop_on: Collection[Alarm] = (),
) -> Iterator[Event]:
    events: Iterable[Event]
    backend = project.backend(run.summary.backend)
    if run.state.live:
        lookout = Lookout(project, ledger, run.id, stop_on)
        events = follow(ledger, backend, run, interrupts, timeout=timeout, lookout=lookout)
    else:
        events = [ended(ledger, backend, run)]
    yield from with_verdict(project, ledger, events)


def _handed_over(ledger: Ledger, project: Project, run: Run) -> Run:
    """The run once its backend has it: another process may be in the middle of submitting it.

    That ends: the backend has taken the run over, or nobody has and the run counts as failed.
    """
    while run.state is State.SUBMITTING:
        time.sleep(SHORTEST_WAIT)
        look_at(ledger, project.backend, run)
        run = ledger.run(run.id)
    return run


def _start_again(
    ledger: Ledger, backend: Backend, run: Run, interrupts: Interrupts
) -> Generator[Event, None, Run]:
    for later in ledger.by_fingerprint(run.summary.fingerprint):
        if later.attempt > run.summary.attempt and (later.state.live or later.state.has_result):
            raise GuardError(
                f"{run.id} is not resumed: {later.id} is the next attempt at the same settings, and is {later.state}",
                hint=f"rft show {later.id}",
            )
    changed = changed_files(ledger.place.root, run)
    if changed:
        raise FindingsError(
            f"{run.id} cannot go on: {' and '.join(changed)} since it was launched",
            hint="put back what it was launched with, or launch the config again, which makes another run",
        )
    job = folders.read_job(ledger.place, run.id)
    if job is None:
        raise SetupError(
            f"{run.id} cannot go on: its run folder {ledger.place.shown(ledger.place.run_folder(run.id))} is gone or damaged",
            hint=_way_back(run),
        )
    if not ledger.resuming(run.id, run.cursor):
        return ledger.run(run.id)  # another process was faster
    before, run = run, ledger.run(run.id)
    job["resume"] = True

    def ask() -> Submission:
        yield from ()
        folders.write_job(ledger.place, run.id, job)
        folders.keep_row(ledger.place, run.id, ledger.row(run.id))
        return backend.resume(ledger.handle(run)._replace(ref=before.ref), job)

    try:
        return (yield from hand_over(ledger, run, ask, interrupts))
    except (UnansweredError, InterruptionError):
        raise
    except RftError:
        ledger.not_resumed(before)
        with suppress(OSError):  # what failed may be this very disk
            folders.keep_row(ledger.place, run.id, ledger.row(run.id))
        raise


def _way_back(run: Run) -> str:
    path = run.record["config_path"]
    if path.startswith(SERVICE_NAME_PREFIX):
        return f"make a config of it and launch that: rft import fireworks {path.rpartition('/')[2]}"
    return f"launch the config again: rft launch {path}"


def changed_files(root: Path, run: Run) -> tuple[str, ...]:
    """What a run was made from and is no longer the same: ``PATH has changed``, ``PATH is gone``."""
    evaluator = run.get("evaluator")
    paths = {
        "dataset": run.get("dataset"),
        "evaluator": EvaluatorSpec.from_config(evaluator).path if evaluator else None,
        "evaluation.dataset": run.get("evaluation.dataset"),
    }
    found = []
    for name, planned in run.record["digests"].items():
        path = paths.get(name)
        if not path or not planned or is_elsewhere(path):
            continue
        try:
            now = digest(root / path, root) if name == "evaluator" else file_digest(root / path)
        except OSError:
            found.append(f"{path} is gone")
        else:
            if now != planned:
                found.append(f"{path} has changed")
    return tuple(found)
