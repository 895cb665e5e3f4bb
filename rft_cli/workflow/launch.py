"""Launching: check → plan → guards → record → submit → follow. The record is in the ledger before anything is started."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.diagnostics import Severity
from rft_cli.errors import ExitCode, FindingsError, GuardError
from rft_cli.guards import Verdict, refusals
from rft_cli.plan import as_baseline
from rft_cli.runs import folders
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.reconcile import reconcile
from rft_cli.runs.record import Draft, Run
from rft_cli.workflow.assess import Assessment, assess
from rft_cli.workflow.draft import draft_of
from rft_cli.workflow.ending import ended
from rft_cli.workflow.events import (
    Checked,
    Detached,
    Ended,
    Event,
    Noted,
    Planned,
    Submitted,
    Watched,
)
from rft_cli.workflow.follow import follow
from rft_cli.workflow.handover import hand_over
from rft_cli.workflow.interrupts import Interrupts
from rft_cli.workflow.lookout import Lookout
from rft_cli.workflow.prepare import Prepared, plan_of, prepare, recorded
from rft_cli.workflow.reference import known_reference
from rft_cli.workflow.request import Request
from rft_cli.workflow.variables import require_variables
from rft_cli.workflow.verdict import with_verdict

if TYPE_CHECKING:
    from rft_cli.backends.base import Backend, Submission
    from rft_cli.diagnostics import Finding
    from rft_cli.plan import Plan
    from rft_cli.workflow.project import Project


IN_THE_FOREGROUND = (
    "what the run needs is sent from here: --detach leaves the run to itself when the backend has it"
)

Ask = Callable[[Assessment], bool]
"""Shows somebody what a launch would cost and returns whether they agree."""


def launch(project: Project, request: Request, ask: Ask | None = None) -> Iterator[Event]:
    """Launch a run and follow it to its end.

    Settings that are running are followed, and those that have a result are shown, unless a new attempt is asked for. Where a
    baseline is missing and takes seconds it is launched first, and the run follows it when it has a result.

    Args:
        project: where it is launched.
        request: what is launched.
        ask: for a run that costs money; None: nobody is there to agree.

    Raises:
        UsageError: there is no such config, or the record that it names as its reference cannot be read.
        FindingsError: the config, its files or the plan have errors; `Checked` has named them.
        GuardError: a guard refused; `Planned` has told what every guard says.
        SetupError: this machine, or this version, cannot do it, or a variable that the evaluator reads is not set.
        BackendError: the backend refused.
    """
    clock = _Clock(request.timeout)
    prepared = prepare(
        project, request.config, request.overrides, force=request.force, baseline=request.baseline
    )
    wishes = request.wishes(is_asked=ask is not None)
    with project.ledger() as ledger:
        assessment, findings = assess(project, ledger, prepared, wishes)
    yield Checked(findings, prepared.sources)
    if assessment is None:
        raise _with_errors(request.config, findings)
    launching = _Launching(project, request, prepared, clock)
    if assessment.known is None or request.new_attempt:
        yield Planned(assessment)
        _insist(assessment.verdicts)
        require_variables(assessment.plan.config.get("evaluator"), project.root)
        backend = project.backend(assessment.plan.config.get("backend"))
        yield from _inspected(project, request, backend, assessment)
        if backend.costs_money and not request.confirmed and ask is not None and not ask(assessment):
            raise GuardError("nobody agreed to the price, nothing was submitted")
        if _waits_for_baseline(assessment, backend):
            ended = yield from launching.baseline(assessment)
            if not ended:
                name = assessment.plan.config.name
                yield Noted(name, f"{name} was not launched: launch it again when its baseline has a result")
                return
            with project.ledger() as ledger:
                again, _ = assess(project, ledger, prepared, wishes)
            if again is None:
                raise _with_errors(request.config, findings)
            assessment = again
            yield Planned(assessment)
            _insist(assessment.verdicts)
    yield from launching.run(assessment)


def _inspected(
    project: Project, request: Request, backend: Backend, assessment: Assessment
) -> Iterator[Event]:
    """Ask the backend about what only it knows, before anybody agrees to a price."""
    found = backend.inspect(assessment.plan.config, project.root)
    if found:
        yield Checked(found, {})
    if any(finding.severity is Severity.ERROR for finding in found):
        raise _with_errors(request.config, found)


class _Clock:
    """The time that is left to wait for runs."""

    def __init__(self, timeout: float | None) -> None:
        self.end = None if timeout is None else time.monotonic() + timeout
        """In monotonic seconds."""

    @property
    def left(self) -> float | None:
        return None if self.end is None else max(0.0, self.end - time.monotonic())


class _Launching(NamedTuple):
    """One launch under way."""

    project: Project
    request: Request
    prepared: Prepared
    clock: _Clock

    def run(self, assessment: Assessment) -> Iterator[Event]:
        """Record the run that was asked for, submit it and follow it."""
        yield from self._go(
            _draft(self._config(assessment.plan), assessment, self.request),
            assessment.plan,
            new_attempt=self.request.new_attempt,
            detach=self.request.detach,
        )

    def baseline(self, assessment: Assessment) -> Generator[Event, None, bool]:
        """Launch the baseline, or wait for it; returns whether it has a result."""
        if assessment.baseline is not None:
            events = self._wait(assessment.baseline.id)
        else:
            assert self.prepared.config is not None
            plan = plan_of(self.project, self.prepared, as_baseline(self.prepared.config))
            draft = _draft(self._config(plan), None, self.request, plan)
            events = self._go(draft, plan)
        done = False
        for event in events:
            yield event
            done = isinstance(event, Ended) and event.exit_code is ExitCode.DONE
        return done

    def _config(self, plan: Plan) -> Any:
        # The places of a plan file are those of records already.
        return plan.config if self.prepared.frozen else recorded(self.project, plan.config)

    def _go(
        self, draft: Draft, plan: Plan, *, new_attempt: bool = False, detach: bool = False
    ) -> Iterator[Event]:
        project = self.project
        backend = project.backend(draft.backend)
        with Interrupts() as interrupts, Ledger(project.place, create=True) as ledger:
            reconcile(ledger, project.backend)
            if not new_attempt:
                _make_sure_of_ends(ledger, backend, draft.fingerprint)
            admission = ledger.admit(draft, new_attempt=new_attempt)
            run = admission.run
            if admission.is_new:
                run = yield from hand_over(
                    ledger,
                    run,
                    _asking(ledger, backend, plan, run),
                    interrupts,
                    deadline=self.clock.end,
                    note=IN_THE_FOREGROUND if detach else "",
                )
            yield Submitted(run, admission.is_new, backend.about)
            if detach and (run.state.live or admission.is_new):
                yield Detached(run.id, ExitCode.INTERRUPTED if interrupts.noted else ExitCode.DONE)
            elif run.state.live:
                for event in self._follow(ledger, backend, run, interrupts):
                    yield with_reference(ledger, project, event)
            else:
                last = with_reference(ledger, project, ended(ledger, backend, run))
                yield from with_verdict(project, ledger, [last])

    def _wait(self, baseline: str) -> Iterator[Event]:
        project = self.project
        with Interrupts() as interrupts, Ledger(project.place, create=True) as ledger:
            run = ledger.run(baseline)
            backend = project.backend(run.summary.backend)
            yield Watched(run, backend.about)
            yield from self._follow(ledger, backend, run, interrupts)

    def _follow(self, ledger: Ledger, backend: Backend, run: Run, interrupts: Interrupts) -> Iterator[Event]:
        lookout = Lookout(self.project, ledger, run.id, self.request.stop_on)
        events = follow(ledger, backend, run, interrupts, timeout=self.clock.left, lookout=lookout)
        return with_verdict(self.project, ledger, events)


def with_reference(ledger: Ledger, project: Project, event: Event) -> Event:
    """The end of a run together with what it was launched against; other events as they are."""
    if not isinstance(event, Ended) or not event.run.summary.reference:
        return event
    return event._replace(reference=known_reference(ledger, project.root, event.run.summary.reference))


def _make_sure_of_ends(ledger: Ledger, backend: Backend, fingerprint: str) -> None:
    """Before another attempt is paid for: a failed one that somebody has let go on elsewhere is live again.

    Raises:
        BackendError: nobody can say.
    """
    if not backend.costs_money:
        return
    for summary in ledger.by_fingerprint(fingerprint):
        run = ledger.run(summary.id)
        if run.ref and summary.state.ended_without_result:
            poll = backend.poll(ledger.handle(run))
            if poll.state.live and ledger.resuming(run.id, run.cursor):
                ledger.submitted(run.id, run.ref, poll.state)


def _waits_for_baseline(assessment: Assessment, backend: Backend) -> bool:
    baseline = assessment.baseline
    if baseline is None:
        return assessment.situation.baseline_comes_first
    return bool(assessment.situation.tuned) and backend.takes_seconds and baseline.state.live


def _insist(verdicts: tuple[Verdict, ...]) -> None:
    refused = refusals(verdicts)
    if refused:
        raise GuardError(
            "; ".join(verdict.message for verdict in refused) + "; nothing was submitted",
            hint="; ".join(verdict.help for verdict in refused if verdict.help),
        )


def _with_errors(config: Path, findings: tuple[Finding, ...]) -> FindingsError:
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    return FindingsError(
        f"{config}: {errors} error{'s' if errors != 1 else ''}, nothing was submitted",
        hint="mend what is named above, then launch again; rft explain CODE says more",
    )


def _draft(config: Any, assessment: Assessment | None, request: Request, plan: Plan | None = None) -> Draft:
    """What is recorded of a run.

    Args:
        config: with the places of records.
        assessment: of the run; None for a baseline that is launched by itself.
        request: what the user asked for.
        plan: of that baseline.
    """
    planned = assessment.plan if assessment else plan
    assert planned is not None
    reference = assessment.reference if assessment else None
    differs = assessment.difference if assessment and reference else None
    draft = draft_of(config, planned)
    changes = (
        None
        if differs is None
        else [{"parameter": each.path, "from": each.old, "to": each.new} for each in differs.changes]
    )
    return draft._replace(
        record={**draft.record, "changes": changes},
        reference=reference.id if reference else "",
        why=_reasons(assessment, request) if assessment else MappingProxyType({}),
        make_baseline=bool(request.as_baseline) and assessment is not None,
    )


def _reasons(assessment: Assessment, request: Request) -> Mapping[str, str]:
    """The reasons given on the command line, where they mattered."""
    counted = assessment.difference.counted if assessment.difference else ()
    given = {
        "multiple": request.allow_multiple if len(counted) > 1 else "",
        "as_baseline": request.as_baseline,
    }
    return {name: why for name, why in given.items() if why}


def _asking(ledger: Ledger, backend: Backend, plan: Plan, run: Run) -> Callable[[], Submission]:
    """Writes the run folder and begins to submit."""
    job: Mapping[str, Any] = {**plan.payload, "run": run.id}

    def ask() -> Submission:
        folders.create(ledger.place, run.id, job)
        folders.keep_row(ledger.place, run.id, ledger.row(run.id))
        return backend.submit(ledger.handle(run), job)

    return ask
