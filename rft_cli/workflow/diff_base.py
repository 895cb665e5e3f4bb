"""What something is compared with when nobody says: its reference, its scope's baseline, or the guide's defaults."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.compare.comparison import defaults_of
from rft_cli.compare.subject import Subject, Unusable
from rft_cli.errors import SetupError, UsageError
from rft_cli.plan import Digests, scope_of, tuned
from rft_cli.runs.lookup import no_such_run
from rft_cli.runs.subject import file_subject, run_subject
from rft_cli.workflow.choice import config_named, is_record, named_run, own_run, run_of_same_settings

if TYPE_CHECKING:
    from rft_cli.runs.ledger import Ledger
    from rft_cli.runs.record import Run
    from rft_cli.workflow.project import Project


class Base(NamedTuple):
    """What a subject is compared with, and why with that."""

    subject: Subject | Unusable
    why: str
    """One clause."""


def base_of(project: Project, new: Subject, *, baseline: bool = False) -> Base:
    """The reference of a subject; the guide's defaults where it has none.

    Args:
        project: whose ledger is asked.
        new: the subject.
        baseline: take the baseline of its scope, whatever its reference is.

    Raises:
        UsageError: it names a reference that is not there.
        SetupError: the ledger cannot be used.
    """
    scope = new.scope or _scope(project, new)
    if new.reference and not baseline:
        return Base(_named(project, new, scope), f"the reference of {new.label}")
    if not scope:
        return Base(defaults_of(new), "its scope is not known here, because a file that it names is missing")
    with project.ledger() as ledger:
        run = own_run(ledger, scope, is_default=baseline or not tuned(new.get))
        title = "baseline" if run == ledger.baseline(scope) else "reference"
        if run is None:
            return Base(defaults_of(new), "its scope has no baseline yet")
        if run == new.run:
            return Base(defaults_of(new), f"{run} is itself the {title} of its scope")
        return Base(run_subject(ledger.run(run)), f"the {title} of its scope")


def _named(project: Project, new: Subject, scope: str) -> Subject | Unusable:
    """The reference that a subject names; a path is seen from the project root, as all paths in values are."""
    try:
        if is_record(new.reference):
            return file_subject(os.path.relpath(project.root / new.reference), project.root)
        with project.ledger() as ledger:
            return run_subject(_run_named(project, ledger, new, scope))
    except UsageError as error:
        raise UsageError(
            f"the reference of {new.label}: {error.message}",
            hint=f"{error.hint}; or name what to compare with: rft diff BASE {new.label}",
        ) from error


def _run_named(project: Project, ledger: Ledger, new: Subject, scope: str) -> Run:
    name = new.reference
    run = named_run(ledger, name, scope)
    if run is None:
        path = config_named(new.extended, project.root, name)
        run = run_of_same_settings(ledger, project.root, path, new.get, scope)
    if run is None:
        raise no_such_run(ledger, name)
    return ledger.run(run)


def _scope(project: Project, new: Subject) -> str:
    """The scope of a config; empty where a file that it names, or its backend, is not here."""
    try:
        engine = project.backend(new.get("backend")).engine
    except SetupError:
        return ""
    digests = Digests(new.digest("dataset"), new.digest("evaluator"), new.digest("evaluation.dataset"))
    names_held_out = new.get("evaluation.dataset") is not None
    if not digests.dataset or not digests.evaluator or (names_held_out and not digests.evaluation_dataset):
        return ""
    return scope_of(new.get, engine, digests)
