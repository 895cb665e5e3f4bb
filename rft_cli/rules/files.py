"""The files that a config names: are they there, and does the evaluator's function exist. Looks, and never runs anything."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rft_cli.config.root import SERVICE_NAME_PREFIX
from rft_cli.diagnostics import Finding, Severity
from rft_cli.spec.document import BACKENDS
from rft_cli.task.entry import EvaluatorSpec

if TYPE_CHECKING:
    from rft_cli.config import Config

MISSING_DATASET = "RFT701"
UNUSABLE_EVALUATOR = "RFT702"


Finder = Callable[[str, str], tuple[Finding, ...]]
"""What is wrong with a function of a Python file, such as `rft_cli.task.locate.find_function` with a memory."""


def check_files(
    config: Config,
    root: str | os.PathLike[str],
    find: Finder,
    exists: Callable[[str], bool] = os.path.exists,
) -> tuple[Finding, ...]:
    """What is wrong with the data sets and the evaluator that a config names.

    A missing file is a warning, since a config may be checked where its files are not.

    Args:
        config: every value legal.
        root: the folder that the config's paths are relative to.
        find: looks for a function in a Python file.
        exists: whether there is such a file, perhaps with a memory.
    """
    if config.get("backend") not in BACKENDS:
        return ()
    datasets = [
        finding
        for path in ("dataset", "evaluation.dataset")
        for finding in _dataset(config, path, root, exists)
    ]
    return (*datasets, *_evaluator(config, root, find, exists))


def _dataset(
    config: Config, path: str, root: str | os.PathLike[str], exists: Callable[[str], bool]
) -> tuple[Finding, ...]:
    name = config.get(path)
    if name is None or is_elsewhere(name) or exists(os.path.join(root, name)):
        return ()
    return (_missing(MISSING_DATASET, config, path, name, "data set"),)


def _evaluator(
    config: Config, root: str | os.PathLike[str], find: Finder, exists: Callable[[str], bool]
) -> tuple[Finding, ...]:
    value: Any = config.get("evaluator")
    key = "evaluator" if isinstance(value, str) else "evaluator.entry"
    spec = EvaluatorSpec.from_config(value)
    if is_elsewhere(spec.path):
        return ()
    file = os.path.join(root, spec.path)
    if not exists(file):
        return (_missing(UNUSABLE_EVALUATOR, config, key, spec.path, "evaluator"),)
    return tuple(
        _at_config(finding, config, key, spec.path) if finding.location[1:3] == (1, 1) else finding
        for finding in find(file, spec.function)
    )


def _at_config(finding: Finding, config: Config, key: str, file: str) -> Finding:
    """Move a finding that has no place in the evaluator's file to the line that names the file."""
    return finding._replace(
        location=config.location(key), message=f"{file}: {finding.message}", parameter=key
    )


def _missing(code: str, config: Config, path: str, name: str, what: str) -> Finding:
    return Finding(
        code,
        Severity.WARNING,
        config.location(path),
        f"the {what} {name} does not exist",
        f"write it, or correct `{path}`; a path is relative to the file that writes it",
        path,
    )


def is_elsewhere(name: str) -> bool:
    """Whether a name is that of a thing that a service holds, and of no file."""
    return name.startswith(SERVICE_NAME_PREFIX) or "://" in name
