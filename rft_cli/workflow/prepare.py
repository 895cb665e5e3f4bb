"""From the words on the command line to a plan: reads the config and the files that it names, and runs nothing of the user's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.config import Config, Origin, load
from rft_cli.config.resolved import ENVIRONMENT, SET
from rft_cli.config.root import root_of
from rft_cli.diagnostics import Finding, Location, Severity, by_place
from rft_cli.errors import FindingsError, UsageError
from rft_cli.plan import Digests, Plan, as_baseline, make_plan
from rft_cli.rules.files import check_files, is_elsewhere
from rft_cli.rules.places import check_places
from rft_cli.rules.rule import DataFacts, facts_of
from rft_cli.runs.frozen import Frozen, digest_of, is_plan, read_plan
from rft_cli.task.carve import Carver
from rft_cli.task.data import Scan, file_digest, scan_rows
from rft_cli.task.entry import EvaluatorSpec
from rft_cli.task.locate import find_function
from rft_cli.task.row import Row
from rft_cli.task.sources import digest, evaluator_digests

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rft_cli.workflow.project import Project


class Files(NamedTuple):
    """What the files of a config hold; none of their rows is kept."""

    rows: int
    """Rows trained on."""
    digests: Digests
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    evaluates_training_rows: bool = False
    """Whether nothing could be held out."""


class Prepared(NamedTuple):
    """What came of reading a config and its files."""

    config: Config | None
    """None when it cannot be resolved."""
    files: Files | None
    """None when the config cannot be resolved, or when a file that it names is missing."""
    findings: tuple[Finding, ...]
    """In reading order; what rules say is not among them."""
    sources: Mapping[str, str]
    """Shown path → text, for excerpts."""
    config_files: Mapping[str, str]
    """Path from the project root → SHA-256, of every config file behind it."""
    force: bool
    frozen: Frozen | None = None
    """The plan file that all of this came from."""

    @property
    def is_sound(self) -> bool:
        """Whether nothing said so far stands in the way."""
        return self.files is not None and all(
            finding.severity is not Severity.ERROR for finding in self.findings
        )

    @property
    def facts(self) -> DataFacts | None:
        """What rules may know of the data."""
        return facts_of(self.files.rows if self.files else 0)


def prepare(
    project: Project,
    path: Path,
    overrides: Sequence[str] = (),
    *,
    force: bool = False,
    baseline: bool = False,
) -> Prepared:
    """Read a run config, or the plan that was made of one.

    Args:
        project: whose files the config names.
        path: the config or the plan.
        overrides: ``path=value`` entries of the command line.
        force: train although the evaluator cannot tell answers apart.
        baseline: the same config with the guide's parameters at their defaults.

    Raises:
        UsageError: there is no such config, or a plan is to be changed.
        FindingsError: the plan was edited, or what it rests on has changed.
        SetupError: this version has no such backend.
    """
    require_file(path)
    if is_plan(path):
        changed = [
            option
            for option, given in (("--set", overrides), ("--force", force), ("--baseline", baseline))
            if given
        ]
        return _from_plan(project, path, changed)
    _require_own_project(project, path)
    loaded = load(path, root=project.root, overrides=overrides, environment=os.environ, thorough=True)
    if loaded.config is None:
        return Prepared(None, None, loaded.findings, loaded.sources, {}, force)
    config = as_baseline(loaded.config) if baseline else loaded.config
    documents = {document.path: Path(document.path) for document in config.documents}
    config_files = {_from_root(project, shown): file_digest(file) for shown, file in documents.items()}
    return _with_files(project, config, loaded.findings, loaded.sources, config_files, force=force)


def require_file(path: Path) -> None:
    """Hold a run config, or a plan, to be there.

    Raises:
        UsageError: it is not, or is a folder; says what may have been meant.
    """
    if not path.is_file():
        raise UsageError(f"there is no run config {path}", hint=_where_to_look(path))


def plan_of(project: Project, prepared: Prepared, config: Config | None = None) -> Plan:
    """The plan of what was prepared.

    Args:
        project: whose backend makes it.
        prepared: sound.
        config: another config of the same files, such as the baseline; default: the one that was prepared.

    Raises:
        FindingsError: this rft would submit something else than the plan file says.
    """
    files, own = prepared.files, prepared.config
    assert files is not None
    assert own is not None
    plan = make_plan(
        config or own,
        project.backend(own.get("backend")),
        rows=files.rows,
        digests=files.digests,
        notes=files.notes,
        force=prepared.force,
        evaluates_training_rows=files.evaluates_training_rows,
    )
    frozen = prepared.frozen
    if config is None and frozen is not None:
        same = (plan.scope, plan.fingerprint, digest_of(plan.payload))
        if same != (frozen.scope, frozen.fingerprint, digest_of(frozen.payload)):
            raise _stale(frozen, "this version of rft would submit something else")
    return plan


def recorded_path(project: Project, path: str) -> str:
    """A path as records hold it: from the project root; the two sources outside of files stay."""
    return path if path in {SET, ENVIRONMENT} else _from_root(project, path)


def recorded(project: Project, config: Config) -> Config:
    """A config whose places are those of records."""

    def moved(location: Location) -> Location:
        return location._replace(path=recorded_path(project, location.path))

    origins = {path: Origin(origin.kind, moved(origin.location)) for path, origin in config.origins.items()}
    # Documents keep the places of this terminal, and a record has no use for their text.
    return config._replace(path=recorded_path(project, config.path), origins=origins, documents=())


def _from_plan(project: Project, path: Path, changed: Sequence[str]) -> Prepared:
    if changed:
        raise UsageError(
            f"{path} is a plan, which is launched as it is, without {' and '.join(changed)}",
            hint="make another plan: rft plan CONFIG … --out FILE",
        )
    frozen = read_plan(path, str(path))
    config = frozen.config
    named = dict(frozen.files)
    named |= {config.get(key): frozen.digests.get(key, "") for key in ("dataset", "evaluation.dataset")}
    for name, known in named.items():
        if known and not is_elsewhere(name):
            _require_same(frozen, name, known, file_digest, project.root / name)
    evaluator = EvaluatorSpec.from_config(config.get("evaluator")).path
    if not is_elsewhere(evaluator):
        _require_same(
            frozen,
            evaluator,
            frozen.digests["evaluator"],
            lambda file: digest(file, project.root),
            project.root / evaluator,
        )
    prepared = _with_files(project, config, (), {}, frozen.files, force=frozen.force)
    return prepared._replace(frozen=frozen)


def _require_same(frozen: Frozen, name: str, known: str, of: Callable[[Path], str], file: Path) -> None:
    try:
        found = of(file)
    except OSError as error:
        raise _stale(frozen, f"{name} is not there any more") from error
    if found != known:
        raise _stale(frozen, f"{name} changed since it was made")


def _stale(frozen: Frozen, why: str) -> FindingsError:
    return FindingsError(
        f"the plan is stale: {why}",
        hint=f"look at what is different now, and make it again: rft plan {frozen.config.path} --out {frozen.path}",
    )


def _require_own_project(project: Project, path: Path) -> None:
    """A project inside this one has a ledger and a root of its own; its paths mean something else from here."""
    inner = Path(root_of(str(path.absolute().parent)))
    outer = project.root.absolute()
    if inner != outer and inner.is_relative_to(outer):
        folder = inner.relative_to(outer)
        raise UsageError(
            f"{path} belongs to the project in {folder}, which lies inside this one",
            hint=f"go there: cd {os.path.relpath(inner)} && rft launch {os.path.relpath(path.absolute(), inner)}",
        )


def _with_files(
    project: Project,
    config: Config,
    findings: Sequence[Finding],
    sources: Mapping[str, str],
    config_files: Mapping[str, str],
    *,
    force: bool,
) -> Prepared:
    backend = project.backend(config.get("backend"))
    files = _read_files(project.root, config, holds_out=backend.holds_out)
    places = check_places(config, project.root)
    found = by_place([*findings, *backend.preflight(config, files.rows), *files.findings, *places])
    return Prepared(config, files, found, sources, config_files, force)


def _read_files(root: Path, config: Config, *, holds_out: bool) -> Files:
    spec = EvaluatorSpec.from_config(config.get("evaluator"))
    nothing_held_out = False
    found = check_files(config, root, lambda path, function: find_function(path, function, spec.path))
    if found:
        # A launch needs what a mere check of the config may do without.
        needed = tuple(finding._replace(severity=Severity.ERROR) for finding in found)
        return Files(0, Digests("", ""), needed, ())
    if config.get("evaluation.dataset"):
        data = _scan(root, config, "dataset")
        evaluation, rows, note = _scan(root, config, "evaluation.dataset"), data.rows, ""
    elif not holds_out or is_elsewhere(config.get("dataset")):
        data = _scan(root, config, "dataset")
        evaluation, rows, note = Scan(0, "", ()), data.rows, ""
    else:
        carver = Carver()
        data = _scan(root, config, "dataset", carver.add)
        chosen = carver.choice()
        evaluation, rows, note = Scan(0, "", ()), chosen.rows, chosen.note
        nothing_held_out = not chosen.prompts
    findings = (*data.findings, *evaluation.findings)
    own = {"evaluator": spec.path} if is_elsewhere(spec.path) else evaluator_digests(root / spec.path, root)
    digests = Digests(data.digest, own["evaluator"], evaluation.digest, own.get("requirements", ""))
    return Files(rows, digests, findings, (note,) if note else (), nothing_held_out)


def _scan(root: Path, config: Config, key: str, visit: Callable[[Row], object] = lambda _: None) -> Scan:
    """A data set, without rows where only a service has them; a file that is not there is blamed on the config."""
    name = config.get(key)
    if is_elsewhere(name):
        # Its name has to stand for its content, which only the service knows.
        return Scan(0, name, ())
    data = scan_rows(root / name, name, visit)
    if (root / name).is_file():
        return data
    place = config.location(key)
    blamed = tuple(
        finding._replace(location=place, message=f"{name}: {finding.message}", parameter=key)
        for finding in data.findings
    )
    return data._replace(findings=blamed)


def _from_root(project: Project, path: str) -> str:
    return os.path.relpath(path, project.root).replace(os.sep, "/")


def _where_to_look(path: Path) -> str:
    if path.is_dir():
        return f"it is a folder; name a file in it, such as {path / 'run.yaml'}"
    if path.is_symlink():
        target = path.readlink()
        is_loop = os.path.lexists(path.parent / target)
        return (
            f"it is a link to {target}, {'and the links go in a circle' if is_loop else 'which is not there'}"
        )
    if path.exists():
        return "it is no regular file; write the config to one"
    from difflib import get_close_matches

    try:
        names = [
            entry.name
            for entry in path.parent.iterdir()
            if entry.suffix in {".yaml", ".yml"} and entry.is_file()
        ]
    except OSError:
        names = []
    close = get_close_matches(path.name, names, n=1)
    if close:
        return f"did you mean {path.parent / close[0]}?"
    return "`rft init DIR` writes a project with one"
