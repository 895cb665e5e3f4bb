"""Which run something is compared with: the one that it names, else its scope's own. The only place that chooses.

Plan, launch and diff ask here, so that they never differ. Chooses among what the ledger knows; whether the choice will do is for
those who ask.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rft_cli.config import load, read_document
from rft_cli.config.run_name import name_from
from rft_cli.errors import UsageError
from rft_cli.plan import fingerprint_of
from rft_cli.spec.document import RECORD_PATTERN

if TYPE_CHECKING:
    from rft_cli.runs.ledger import Ledger


def is_record(reference: str) -> bool:
    """Whether a reference is the path of a record, and not the name or id of a run."""
    return re.fullmatch(RECORD_PATTERN, reference) is not None


def named_run(ledger: Ledger, name: str, scope: str) -> str | None:
    """The id of the run that a reference means; None when none goes by that name.

    Of a name that has run more than once, the latest of this scope that did not end without a result is meant, else the latest
    of this scope, else the latest.

    Args:
        ledger: of the project.
        name: a run's id or name.
        scope: of what is compared; empty: not known.
    """
    if ledger.has(name):
        return name
    runs = [summary for summary in ledger.summaries() if summary.name == name]
    fits = [run for run in runs if run.scope == scope]
    usable = [run for run in fits if not run.state.ended_without_result]
    chosen = usable or fits or runs
    return chosen[-1].id if chosen else None


def own_run(ledger: Ledger, scope: str, *, is_default: bool) -> str | None:
    """The id of the run that a scope's runs are compared with when they name none; None when there is none yet.

    Args:
        ledger: of the project.
        scope: of what is compared.
        is_default: its values are the guide's defaults, which make it the baseline again, whatever later runs are compared with.
    """
    return ledger.baseline(scope) if is_default else ledger.reference(scope)


def run_of_same_settings(
    ledger: Ledger, root: Path, path: str, get: Callable[[str], Any], scope: str
) -> str | None:
    """The id of a run with the settings of a config that has not run under its own name; launching that one would only show it.

    Args:
        ledger: of the project.
        root: the project root.
        path: the config that a reference means; empty: none.
        get: dotted path → value of what is compared.
        scope: of what is compared.
    """
    config = load(path, root=root).config if path else None
    if config is None or any(config.get(key) != get(key) for key in _SCOPE_KEYS):
        return None
    same = reversed(ledger.by_fingerprint(fingerprint_of(config, scope)))
    return next((summary.id for summary in same if not summary.state.ended_without_result), None)


_SCOPE_KEYS = ("backend", "model", "dataset", "evaluator", "evaluation")
"""Keys that put two configs into one scope when they are equal."""


def config_named(extended: Sequence[str], root: Path, reference: str) -> str:
    """The run config whose runs a reference names; empty: none.

    Args:
        extended: paths of what is extended by the one that names it; these come first.
        root: the project root, below which others are looked for.
        reference: a run's id or name.
    """
    wanted = reference.rpartition(".")[0] or reference
    candidates = chain(extended, _project_configs(root))
    return next((path for path in candidates if _run_name(path) == wanted), "")


def _project_configs(root: Path) -> Iterator[str]:
    from rft_cli.rules.discovery import discover

    try:
        yield from discover((), os.path.relpath(root))
    except UsageError:
        return


def _run_name(path: str) -> str:
    data: Mapping[str, Any] = read_document(path, path).data
    return str(data.get("name") or name_from(Path(path).stem))
