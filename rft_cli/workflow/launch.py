"""Launching: check → plan → record → submit → follow. The record is in the ledger before anything is started."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli import __version__
from rft_cli.diagnostics import Severity
from rft_cli.errors import ExitCode, FindingsError, RftError, SetupError
from rft_cli.runs import folders
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.reconcile import reconcile
from rft_cli.runs.record import Draft, Run
from rft_cli.worker import SCHEMA_VERSION, Failure, State
from rft_cli.workflow.events import Checked, Detached, Ended, Event, Submitted, exit_code_of
from rft_cli.workflow.follow import follow
from rft_cli.workflow.interrupts import Interrupts
from rft_cli.workflow.prepare import prepare

if TYPE_CHECKING:
    from rft_cli.backends.base import Backend
    from rft_cli.plan import Plan
    from rft_cli.workflow.project import Project


class Request(NamedTuple):
    """What the user asked for."""

    config: Path
    overrides: tuple[str, ...] = ()
    """``path=value`` entries."""
    new_attempt: bool = False
    """Train again although these settings have run."""
    force: bool = False
    """Train although the evaluator cannot tell answers apart."""
    detach: bool = False
    """Leave the run to itself once it is submitted."""
    timeout: float | None = None
    """Seconds to follow the run; None: to its end."""


def launch(project: Project, request: Request) -> Iterator[Event]:
    """Launch a run and follow it to its end.

    Settings that are running are followed, and those that have a result are shown, unless a new attempt is asked for.

    Raises:
        UsageError: there is no such config.
        FindingsError: the config or its files have errors; `Checked` has named them.
        SetupError: this machine, or this version, cannot do it.
        BackendError: the backend refused.
    """
    prepared = prepare(project, request.config, request.overrides, force=request.force)
    yield Checked(prepared.findings, prepared.sources)
    if prepared.plan is None:
        errors = sum(finding.severity is Severity.ERROR for finding in prepared.findings)
        raise FindingsError(
            f"{request.config}: {errors} error{'s' if errors != 1 else ''}, nothing was submitted",
            hint="mend what is named above, then launch again; rft explain CODE says more",
        )
    plan = prepared.plan
    backend = project.backend(plan.config.get("backend"))
    with Interrupts() as interrupts, Ledger(project.place, create=True) as ledger:
        reconcile(ledger, project.backend)
        admission = ledger.admit(_draft(plan), new_attempt=request.new_attempt)
        run = _start(ledger, backend, plan, admission.run) if admission.is_new else admission.run
        yield Submitted(run, admission.is_new, backend.about)
        if run.state.live and request.detach:
            yield Detached(run.id, ExitCode.DONE)
        elif run.state.live:
            yield from follow(ledger, backend, run, interrupts, timeout=request.timeout)
        else:
            yield Ended(run, ledger.points(run.id), exit_code_of(run))


def _draft(plan: Plan) -> Draft:
    config = plan.config
    return Draft(
        name=config.name,
        scope=plan.scope,
        fingerprint=plan.fingerprint,
        backend=config.get("backend"),
        is_default=plan.is_default,
        steps=plan.schedule["steps"],
        config=config.values,
        record={
            "schema_version": SCHEMA_VERSION,
            "config_path": config.path,
            "schedule": plan.schedule,
            "digests": plan.digests.as_job(),
            "origins": {path: _origin(origin) for path, origin in config.origins.items()},
            "versions": {"rft": __version__, "python": platform.python_version()},
        },
    )


def _origin(origin: Any) -> str:
    """Where a value came from, as ``show`` tells it."""
    if origin.kind == "default":
        return "default"
    return f"{origin.location.path}:{origin.location.line}"


def _start(ledger: Ledger, backend: Backend, plan: Plan, run: Run) -> Run:
    """Hand a recorded run over to its backend; when that fails the record says so."""
    try:
        job: Mapping[str, Any] = {**plan.payload, "run": run.id}
        folders.create(ledger.place, run.id, job)
        ref = backend.submit(ledger.handle(run), job)
    except (RftError, OSError) as error:
        failure = _failure(error)
        ledger.not_started(run.id, failure)
        if isinstance(error, RftError):
            raise
        raise SetupError(
            f"{run.id} could not be started: {failure['message']}", hint=failure["hint"]
        ) from error
    ledger.submitted(run.id, ref, State.QUEUED)
    return ledger.run(run.id)


def _failure(error: RftError | OSError) -> Failure:
    if isinstance(error, RftError):
        return Failure(
            kind="submission", message=error.message, hint=error.hint, exit_code=int(error.exit_code)
        )
    where = f": {error.filename}" if error.filename else ""
    return Failure(
        kind="disk",
        message=f"{error.strerror or error}{where}",
        hint="check the free space and the permissions of the folder, then launch again",
        exit_code=int(ExitCode.SETUP),
    )
