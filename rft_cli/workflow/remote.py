"""Taking runs that were started elsewhere into the ledger. A backend is only looked at, and nothing is changed there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.backends.registry import AVAILABLE
from rft_cli.config import from_values
from rft_cli.errors import RftError, SetupError
from rft_cli.plan import Digests, Plan, make_plan
from rft_cli.runs import folders
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.reconcile import look_at
from rft_cli.runs.record import Adoption, Draft, Run
from rft_cli.spec.parameters import NOT_FROM_GUIDE
from rft_cli.task.entry import EvaluatorSpec
from rft_cli.workflow.draft import draft_of
from rft_cli.workflow.headway import Headway, Tell
from rft_cli.workflow.prepare import recorded
from rft_cli.workflow.provenance import Provenance
from rft_cli.workflow.selection import Selection, moment_of

if TYPE_CHECKING:
    from rft_cli.backends.base import Backend, Elsewhere, Found, Listed
    from rft_cli.workflow.project import Project

MOST_ADOPTED = 50
"""Runs that are taken over at once unless a limit is given. Chosen: each is a request, and small accounts have ten a minute."""


class Seen(NamedTuple):
    """A run at a backend, and what it is here."""

    backend: str
    listed: Listed
    run: str
    """Its id in the ledger; empty: it is not there."""
    is_new: bool = False
    """It has just been taken over."""


class Outcome(NamedTuple):
    """What a look at runs elsewhere came to."""

    seen: tuple[Seen, ...]
    """Those that were asked for, the newest last."""
    left: int = 0
    """How many of them are not in the ledger and were left for another time."""
    gone: tuple[str, ...] = ()
    """Runs of the list that were deleted before they could be looked at."""
    baselines: tuple[str, ...] = ()
    """Ids of the runs that have become baselines of their scopes."""
    problems: tuple[RftError, ...] = ()
    """Why the metrics of a run are not here yet."""

    @property
    def adopted(self) -> tuple[str, ...]:
        """Ids of the runs that are new in the ledger."""
        return tuple(each.run for each in self.seen if each.is_new)

    @property
    def known(self) -> tuple[str, ...]:
        """Ids of the runs that the ledger had."""
        return tuple(each.run for each in self.seen if each.run and not each.is_new)


def look(project: Project, asked: Selection) -> Outcome:
    """What is elsewhere, and which of it the ledger has.

    Args:
        project: whose ledger is read, and whose `.env` may hold a key.
        asked: which runs; its scope is not looked at.

    Raises:
        UsageError: a time cannot be read.
        SetupError: there is no key.
        BackendError: the service refused, or cannot be reached.
    """
    seen = [each for name in AVAILABLE for each in _listed(project, project.backend(name), asked)]
    # Of one moment, what a backend lists first is taken for the newest, as a limit does.
    seen.reverse()
    seen.sort(key=lambda each: each.listed.created)
    return Outcome(tuple(seen), left=sum(not each.run for each in seen))


def adopt(project: Project, asked: Selection, tell: Tell) -> Outcome:
    """Take runs that were started elsewhere into the ledger, the oldest first; those that it has are left as they are.

    What has been taken over stays if the rest fails.

    Args:
        project: as in `look`.
        asked: as in `look`.
        tell: hears now and then how far it is.
    """
    outcome = look(project, asked)
    new = [each for each in outcome.seen if not each.run]
    chosen = new if asked.limit else new[-MOST_ADOPTED:]
    if not chosen:
        return outcome
    adopted: dict[str, Seen] = {}
    gone, baselines, problems = [], [], []
    with Ledger(project.place, create=True) as ledger:
        adopting = {name: _Adopting(project, ledger, name) for name in {each.backend for each in chosen}}
        headway = Headway(tell, "adopting runs")
        for number, each in enumerate(chosen):
            headway.at(number, len(chosen))
            taken = adopting[each.backend].take(each.listed)
            if taken is None:
                gone.append(each.listed.job)
                continue
            adopted[each.listed.job] = each._replace(run=taken.run.id, is_new=taken.is_new)
            if taken.run.summary.is_baseline and taken.is_new:
                baselines.append(taken.run.id)
            if taken.problem:
                problems.append(taken.problem)
    seen = (adopted.get(each.listed.job, each) for each in outcome.seen if each.listed.job not in gone)
    return Outcome(tuple(seen), len(new) - len(chosen), tuple(gone), tuple(baselines), tuple(problems))


def _listed(project: Project, backend: Backend, asked: Selection) -> Iterator[Seen]:
    """The runs of one backend that fit, the newest first; no more pages are read than it takes."""
    elsewhere = backend.elsewhere(project.root)
    if elsewhere is None:
        return
    since = moment_of(asked.since, "--since") if asked.since else None
    with project.ledger() as ledger:
        handles = ledger.handles(backend.name)
    found = 0
    for listed in elsewhere.jobs():
        run = next((handle.run for handle in handles if elsewhere.is_job(handle, listed.job)), "")
        if (
            _is_named(listed, run, asked.name)
            and (not asked.states or listed.state in asked.states)
            and (since is None or datetime.fromisoformat(listed.created) >= since)
        ):
            yield Seen(backend.name, listed, run)
            found += 1
        if found == asked.limit:
            return


def _is_named(listed: Listed, run: str, pattern: str | None) -> bool:
    """Whether a pattern fits one of the names of a run; an example has to be asked for."""
    if pattern is None:
        return bool(run) or not listed.is_example
    names = (run.rpartition(".")[0] or listed.name, listed.label, listed.job.rpartition("/")[2])
    return any(fnmatchcase(name, pattern) for name in names)


class _Taken(NamedTuple):
    run: Run
    is_new: bool
    problem: RftError | None = None


class _Adopting:
    """Taking over the runs of one backend.

    Args:
        project: where to.
        ledger: open for writing.
        name: of the backend.
    """

    def __init__(self, project: Project, ledger: Ledger, name: str) -> None:
        self._project, self._ledger = project, ledger
        self._backend = project.backend(name)
        elsewhere = self._backend.elsewhere(project.root)
        assert elsewhere is not None
        self._elsewhere: Elsewhere = elsewhere
        self._provenance = Provenance(project, name)

    def take(self, listed: Listed) -> _Taken | None:
        """Record one run and take in what it has done so far; None: it is gone."""
        found = self._elsewhere.found(listed)
        if found is None:
            return None
        plan, draft = self._drafted(found)
        mark = found.listed.mark
        is_proven = bool(draft.record["adopted"]["config"])
        adoption = Adoption(
            found.ref,
            listed.created,
            has_no_result=found.listed.state.ended_without_result,
            number=mark.number if mark else 0,
            attempt=mark.attempt if mark and is_proven else 0,
        )
        admission = self._ledger.adopt(
            draft, adoption, lambda handle: self._elsewhere.is_job(handle, listed.job)
        )
        run = admission.run
        if not admission.is_new:
            return _Taken(run, is_new=False)
        try:
            folders.create(self._ledger.place, run.id, {**plan.payload, "run": run.id})
            folders.keep_row(self._ledger.place, run.id, self._ledger.row(run.id))
        except OSError as error:
            raise SetupError(
                f"the run folder of {run.id} cannot be made: {error.strerror}",
                hint="check the free space and the permissions of the folder; rft sync goes on",
            ) from error
        seen = look_at(self._ledger, self._project.backend, run)
        return _Taken(self._ledger.run(run.id), is_new=True, problem=seen.problem)

    def _drafted(self, found: Found) -> tuple[Plan, Draft]:
        listed = found.listed
        why_not = ""
        if listed.mark is not None:
            proof = self._provenance.of(found, self._elsewhere)
            if proof.plan is not None:
                config = recorded(self._project, proof.plan.config)
                return proof.plan, _marked(draft_of(config, proof.plan), found, config=config.path)
            why_not = proof.why_not
        config = from_values(found.values, path=listed.job, name=listed.name)
        evaluator = EvaluatorSpec.from_config(config.get("evaluator") or "").path
        # The names of what only the service holds stand for it, as they do in a config that names it.
        digests = Digests(config.get("dataset") or "", evaluator, config.get("evaluation.dataset") or "")
        plan = make_plan(config, self._backend, rows=found.rows, digests=digests, notes=found.notes)
        draft = draft_of(config, plan)
        is_told = not any(path not in NOT_FROM_GUIDE for path in found.assumed)
        origins = {
            path: "default" if origin.kind == "default" else "job" for path, origin in config.origins.items()
        }
        record = {**draft.record, "origins": origins}
        draft = draft._replace(is_default=draft.is_default and is_told, record=record)
        return plan, _marked(draft, found, why_not=why_not)


def _marked(draft: Draft, found: Found, *, config: str = "", why_not: str = "") -> Draft:
    """A draft with where its run comes from."""
    listed = found.listed
    adopted: Mapping[str, Any] = {
        "job": listed.job,
        "label": listed.label,
        "by": listed.owner,
        "launched_with_rft": listed.mark is not None,
        "config": config,
        "not_comparable_because": why_not,
    }
    return draft._replace(record={**draft.record, "adopted": adopted})
