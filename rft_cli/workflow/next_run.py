"""Writing the next run's config: a copy of the present one with one value changed, beside it, or a short file that extends it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rft_cli.advice.change import Advised
from rft_cli.advice.next_config import NextRun, edited, extending, next_run
from rft_cli.compare.difference import Side, difference
from rft_cli.config import Config, load
from rft_cli.config.root import SERVICE_NAME_PREFIX
from rft_cli.config.source import read_bytes
from rft_cli.errors import UsageError
from rft_cli.spec.parameters import is_parameter
from rft_cli.workflow.choice import is_record

if TYPE_CHECKING:
    from rft_cli.workflow.advising import Base
    from rft_cli.workflow.project import Project

SEED = "experiment.seed"


def write_next(
    project: Project, base: Base, change: Advised, target: Path, *, hypothesis: str, goal: str = ""
) -> NextRun:
    """Write the config of the run that makes an advised change.

    Args:
        project: the base's.
        base: the present run.
        change: what to change.
        target: the file to write; must not exist.
        hypothesis: what the change should do.
        goal: that it follows, if any.

    Raises:
        UsageError: the file exists, its name is none of a run config, or the present config is gone or means something else now.
        OSError: it cannot be written.
    """
    _require_free(target)
    if base.config_path.startswith(SERVICE_NAME_PREFIX):
        raise UsageError(
            f"{base.run or base.name} was started elsewhere, and there is no run config to write the next one from",
            hint=f"make one: rft import fireworks {base.config_path.rpartition('/')[2]}, then change the value in it",
        )
    source = project.root / base.config_path
    shown = os.path.relpath(source)
    loaded = load(shown, root=project.root) if source.is_file() else None
    if loaded is None or loaded.config is None:
        raise UsageError(
            f"{shown}, which {base.run or base.name} was launched from, is gone or not valid any more",
            hint="take it from git, or write the change by hand",
        )
    config = loaded.config
    reference = base.reference
    if is_record(reference):
        reference = os.path.relpath(reference, target.absolute().parent).replace(os.sep, "/")
    run = next_run(change, present=base.name, reference=reference, hypothesis=hypothesis, goal=goal)
    overridden = _overridden(config, base, shown)
    run = run._replace(values={**overridden, **run.values})
    text = edited(config.documents[0], run) if source.parent == target.absolute().parent else ""
    if not text or not _means(project, target, text, config, run):
        seed = config.get(SEED)
        run = run._replace(seed=seed or None)
        text = extending(os.path.relpath(source, target.absolute().parent).replace(os.sep, "/"), run)
        assert _means(project, target, text, config, run)
    with target.open("x", encoding="utf-8", newline="") as file:
        file.write(text)
    return run


def _require_free(target: Path) -> None:
    if target.exists():
        raise UsageError(f"{target} exists, and nothing is overwritten", hint="name another file")
    if target.suffix not in {".yaml", ".yml"} or target.name.startswith("_"):
        raise UsageError(f"{target} is no name of a run config", hint="such as configs/next.yaml")
    if not target.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {target.parent}", hint="make it first, or name another file")


def _overridden(config: Config, base: Base, shown: str) -> dict[str, Any]:
    """Parameters that the run had otherwise than its file has them now; anything else would be another run."""
    found = difference(Side(shown, config.values), Side(base.run, base.values))
    foreign = [change.path for change in found.changes if not is_parameter(change.path)]
    foreign += [other.path for other in found.other if other.path != SEED]
    if foreign:
        raise UsageError(
            f"{shown} is not what {base.run or base.name} was launched from any more: {', '.join(foreign)}",
            hint="take the run's version from git, or write the change by hand",
        )
    return {change.path: change.new for change in found.changes}


def _means(project: Project, target: Path, text: str, present: Config, run: NextRun) -> bool:
    """Whether a text, read as the target, is the present config with the next run's values and nothing else."""
    content = text.encode()
    loaded = load(
        str(target), root=project.root, read=lambda name: content if name == str(target) else read_bytes(name)
    )
    if loaded.config is None or loaded.config.name != run.name:
        return False
    found = difference(Side("", present.values), Side("", loaded.config.values))
    changed = {change.path: change.new for change in found.changes}
    wanted = {path: value for path, value in run.values.items() if present.get(path) != value}
    experiment = loaded.config.get("experiment") or {}
    said = experiment.get("reference") or ""
    if is_record(run.reference):
        # A path is seen from the root once it is read, and from the file that writes it before.
        said = os.path.relpath(project.root / said, target.absolute().parent).replace(os.sep, "/")
    return (
        changed == wanted
        and not found.other
        and (said, experiment.get("hypothesis")) == (run.reference, run.hypothesis)
    )
