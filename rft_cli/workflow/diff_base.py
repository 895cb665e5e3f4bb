"""What something is compared with when nobody says: its reference, its scope's baseline, or the guide's defaults."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.compare.comparison import defaults_of
from rft_cli.compare.subject import Subject, Unusable
from rft_cli.errors import SetupError, UsageError
from rft_cli.plan import Digests, scope_of, tuned
from rft_cli.runs.subject import file_subject, run_named, run_subject
from rft_cli.spec.document import RECORD_PATTERN

if TYPE_CHECKING:
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
    if new.reference and not baseline:
        return Base(_named(project, new), f"the reference of {new.label}")
    scope = new.scope or _scope(project, new)
    if not scope:
        return Base(defaults_of(new), "its scope is not known here, because a file that it names is missing")
    # A run at the defaults is the baseline again, whatever later runs are compared with.
    baseline = baseline or not tuned(new.get)
    with project.ledger() as ledger:
        first, moved = ledger.baseline(scope), ledger.reference(scope)
        run = first if baseline else moved
        title = "baseline" if run == first else "reference"
        if run is None:
            return Base(defaults_of(new), "its scope has no baseline yet")
        if run == new.run:
            return Base(defaults_of(new), f"{run} is itself the {title} of its scope")
        return Base(run_subject(ledger.run(run)), f"the {title} of its scope")


def _named(project: Project, new: Subject) -> Subject | Unusable:
    """The reference that a subject names; a path is seen from the project root, as all paths in values are."""
    name = new.reference
    try:
        if re.fullmatch(RECORD_PATTERN, name):
            return file_subject(os.path.relpath(project.root / name), project.root)
        return run_named(name, project.ledger)
    except UsageError as error:
        raise UsageError(
            f"the reference of {new.label}: {error.message}",
            hint=f"{error.hint}; or name what to compare with: rft diff BASE {new.label}",
        ) from error


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
