"""Planning: all that a launch would look at, and nothing that it would do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.config import Config
from rft_cli.diagnostics import Finding, by_place
from rft_cli.rules.suppression import unsuppressed
from rft_cli.runs.ledger import Ledger
from rft_cli.workflow.assess import Assessment, assess
from rft_cli.workflow.prepare import prepare, recorded, recorded_path
from rft_cli.workflow.variables import judge_variables

if TYPE_CHECKING:
    from rft_cli.workflow.project import Project
    from rft_cli.workflow.request import Request


class Planning(NamedTuple):
    """A plan as it is shown and frozen."""

    assessment: Assessment | None
    """None when a finding is an error."""
    findings: tuple[Finding, ...]
    sources: Mapping[str, str]
    """Shown path → text, for excerpts."""
    config: Config | None
    """Its places are those of records."""
    recorded_findings: tuple[Finding, ...]
    """The findings, at the places of records."""
    config_files: Mapping[str, str]
    """Path from the project root → SHA-256."""
    force: bool


def plan(project: Project, request: Request) -> Planning:
    """Look at a launch. Opens no connection, needs no key, and writes nothing, not even a ledger.

    Args:
        project: where it would be launched.
        request: what would be launched.

    Raises:
        UsageError: there is no such config, the record that it names as its reference cannot be read, or a price is none.
        FindingsError: a plan file was edited or is stale.
        SetupError: this version has no such backend, or the ledger cannot be read.
    """
    prepared = prepare(
        project, request.config, request.overrides, force=request.force, baseline=request.baseline
    )
    with Ledger(project.place, read_only=True) as ledger:
        assessment, findings = assess(project, ledger, prepared, request.wishes(is_asked=True))
    config = prepared.config
    if config is not None:
        findings = unsuppressed(
            by_place([*findings, *judge_variables(config, project.root)]), config.documents
        )
    if config is not None and prepared.frozen is None:
        config = recorded(project, config)
    return Planning(
        assessment,
        findings,
        prepared.sources,
        config,
        tuple(_recorded(project, finding) for finding in findings),
        prepared.config_files,
        prepared.force,
    )


def _recorded(project: Project, finding: Finding) -> Finding:
    place = finding.location
    return finding._replace(location=place._replace(path=recorded_path(project, place.path)))
