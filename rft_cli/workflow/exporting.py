"""A run config, or a recorded run, as a request to the managed service. Reads files; sends and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.backends.base import RUN_PLACEHOLDER
from rft_cli.backends.fireworks.shape.body import body_of, filled_in
from rft_cli.backends.fireworks.shape.command_line import EP, FIRECTL, CommandLine, command_line, curl_line
from rft_cli.backends.fireworks.shape.opinions import RULES
from rft_cli.backends.fireworks.shape.wire import is_service_name
from rft_cli.config import Config, load
from rft_cli.diagnostics import Finding, by_place
from rft_cli.rules.engine import check_config
from rft_cli.runs.content import on_disk
from rft_cli.runs.lookup import find_run
from rft_cli.task.entry import EvaluatorSpec

if TYPE_CHECKING:
    from rft_cli.workflow.project import Project

__all__ = [
    "EP",
    "FIRECTL",
    "CommandLine",
    "ServiceRequest",
    "Source",
    "command_line",
    "curl_line",
    "service_request",
    "source_of",
]


class Source(NamedTuple):
    """What is exported."""

    config: Config | None
    """None when it cannot be resolved."""
    digests: Mapping[str, str]
    """Of the files that it names; one that is not there has none."""
    findings: tuple[Finding, ...]
    texts: Mapping[str, str]
    """Shown path → text, for excerpts."""


def source_of(project: Project, target: str, overrides: Sequence[str] = ()) -> Source:
    """The run config of a path, or the recorded config of a run.

    Args:
        project: whose files and runs are meant.
        target: the path of a config, a run id, or a run's name.
        overrides: ``path=value`` entries of the command line; for a path only.

    Raises:
        UsageError: there is neither.
    """
    if Path(target).is_file():
        loaded = load(target, root=project.root, overrides=overrides, thorough=True)
        digests = {} if loaded.config is None else _digests(project, loaded.config)
        return Source(loaded.config, digests, loaded.findings, loaded.sources)
    with project.ledger() as ledger:
        run = find_run(ledger, target)
    config = Config(run.id, run.summary.name, dict(run.config), {})
    return Source(config, run.record.get("digests", {}), (), {})


class ServiceRequest(NamedTuple):
    """A request that makes a job."""

    body: dict[str, Any]
    findings: tuple[Finding, ...]
    """What the service would refuse."""
    notes: tuple[str, ...]
    """What has to be at the service before."""


def service_request(source: Source) -> ServiceRequest:
    """What asks the service for the run.

    Args:
        source: with a config.
    """
    config = source.config
    assert config is not None
    # What another client makes of it is no run of ours and has no run's id.
    body = filled_in(body_of(config, source.digests), {RUN_PLACEHOLDER: config.name})
    files = {
        "dataset": config.get("dataset"),
        "evaluator": EvaluatorSpec.from_config(config.get("evaluator")).path,
        "evaluationDataset": config.get("evaluation.dataset") or "",
    }
    notes = [
        f"{path} has to be at the service first, as {body[field]}: rft launch brings it there"
        for field, path in files.items()
        if path and not is_service_name(path)
    ]
    return ServiceRequest(
        body, by_place([*source.findings, *check_config(config, rules=RULES)]), tuple(notes)
    )


def _digests(project: Project, config: Config) -> dict[str, str]:
    digest = on_disk(project.root).digest
    names = {
        "dataset": config.get("dataset"),
        "evaluator": EvaluatorSpec.from_config(config.get("evaluator")).path,
        "evaluation.dataset": config.get("evaluation.dataset") or "",
    }
    return {name: digest(name, path) for name, path in names.items()}
