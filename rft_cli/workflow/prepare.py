"""From the words on the command line to a plan: reads the config and the files that it names, and runs nothing of the user's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.config import Config, load
from rft_cli.diagnostics import Finding, Severity, by_place
from rft_cli.errors import UsageError
from rft_cli.plan import Digests, Plan, make_plan
from rft_cli.rules.engine import check_config
from rft_cli.rules.files import check_files
from rft_cli.rules.rule import DataFacts
from rft_cli.task.carve import carve_out
from rft_cli.task.data import Dataset, read_rows
from rft_cli.task.entry import EvaluatorSpec
from rft_cli.task.locate import find_function
from rft_cli.task.sources import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rft_cli.workflow.project import Project


class Prepared(NamedTuple):
    """What came of reading a config and its files."""

    plan: Plan | None
    """None when a finding is an error."""
    findings: tuple[Finding, ...]
    sources: Mapping[str, str]
    """Shown path → text, for excerpts."""


def prepare(project: Project, path: Path, overrides: Sequence[str] = (), *, force: bool = False) -> Prepared:
    """Plan the run of a config.

    Args:
        project: whose files the config names.
        path: the config.
        overrides: ``path=value`` entries of the command line.
        force: train although the evaluator cannot tell answers apart.

    Raises:
        UsageError: there is no such config.
        SetupError: this version has no such backend.
    """
    if not path.is_file():
        raise UsageError(f"there is no run config {path}", hint=_where_to_look(path))
    loaded = load(path, root=project.root, overrides=overrides, environment=os.environ, thorough=True)
    if loaded.config is None:
        return Prepared(None, loaded.findings, loaded.sources)
    config = loaded.config
    backend = project.backend(config.get("backend"))
    files = _read_files(project.root, config)
    facts = DataFacts(files.rows, longest_prompt_tokens=None) if files.rows else None
    findings = by_place(
        [*loaded.findings, *check_config(config, facts), *backend.preflight(config), *files.findings]
    )
    if any(finding.severity is Severity.ERROR for finding in findings):
        return Prepared(None, findings, loaded.sources)
    plan = make_plan(config, backend, rows=files.rows, digests=files.digests, notes=files.notes, force=force)
    return Prepared(plan, findings, loaded.sources)


class _Files(NamedTuple):
    """What the files of a config hold."""

    rows: int
    """Rows trained on."""
    digests: Digests
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


def _read_files(root: Path, config: Config) -> _Files:
    spec = EvaluatorSpec.from_config(config.get("evaluator"))
    found = check_files(config, root, lambda path, function: find_function(path, function, spec.path))
    if found:
        # A launch needs what a mere check of the config may do without.
        needed = tuple(finding._replace(severity=Severity.ERROR) for finding in found)
        return _Files(0, Digests("", ""), needed, ())
    data = _read(root, config, "dataset")
    if config.get("evaluation.dataset"):
        evaluation, rows, note = _read(root, config, "evaluation.dataset"), len(data.rows), ""
    else:
        split = carve_out(data.rows)
        evaluation, rows, note = Dataset((), "", ()), len(split.train), split.note
    findings = (*data.findings, *evaluation.findings)
    digests = Digests(data.digest, digest(root / spec.path, root), evaluation.digest)
    return _Files(rows, digests, findings, (note,) if note else ())


def _read(root: Path, config: Config, key: str) -> Dataset:
    """A data set; when there is no file of that name the config is to blame, not a line of it."""
    name = config.get(key)
    data = read_rows(root / name, name)
    if (root / name).is_file():
        return data
    place = config.location(key)
    blamed = tuple(
        finding._replace(location=place, message=f"{name}: {finding.message}", parameter=key)
        for finding in data.findings
    )
    return data._replace(findings=blamed)


def _where_to_look(path: Path) -> str:
    if path.is_dir():
        return f"it is a folder; name a file in it, such as {path / 'run.yaml'}"
    from difflib import get_close_matches

    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix in {".yaml", ".yml"}]
    except OSError:
        names = []
    close = get_close_matches(path.name, names, n=1)
    if close:
        return f"did you mean {path.parent / close[0]}?"
    return "`rft init DIR` writes a project with one"
