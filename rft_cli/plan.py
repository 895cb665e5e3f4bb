"""What a launch would do, as one value: schedule, payload, and the two digests that say what a run is comparable with.

Pure: takes a valid config, the digests of its files and a backend's shape; reads nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.config import Config, Origin
from rft_cli.diagnostics import Location
from rft_cli.spec.parameters import NOT_FROM_GUIDE, PARAMETERS
from rft_cli.task.entry import EvaluatorSpec
from rft_cli.worker import Schedule

if TYPE_CHECKING:
    from rft_cli.backends.base import Shape

CARVED = "carve-out"
"""Stands for the evaluation's data set where a part of the training data is held out; the digest of that data says the rest."""


BASELINE_SUFFIX = "-baseline"
LONGEST_NAME = 63
"""Characters of a run's name. Source: the pattern of `name` in the spec."""


class Digests(NamedTuple):
    """SHA-256 of what a run is made from, in hexadecimal."""

    dataset: str
    evaluator: str
    evaluation_dataset: str = ""
    """Empty: a part of the data set is held out."""
    requirements: str = ""
    """Of the file that names the evaluator's packages; empty: there is none. No part of a scope: installed packages are not."""

    def as_job(self) -> dict[str, str]:
        """As a worker's job holds them."""
        own = {"dataset": self.dataset, "evaluator": self.evaluator}
        more = {"evaluation.dataset": self.evaluation_dataset, "requirements": self.requirements}
        return own | {name: value for name, value in more.items() if value}


class Plan(NamedTuple):
    """One launch, before it has a run id."""

    config: Config
    schedule: Schedule
    payload: dict[str, Any]
    digests: Digests
    scope: str
    """Equal for runs that may be compared."""
    fingerprint: str
    """Equal for runs that repeat one another."""
    recipe: str
    """Equal for runs that are the same but for the seed."""
    is_default: bool
    """Whether the guide's nine parameters stand at their defaults, so that the run can be its scope's baseline."""


def make_plan(
    config: Config,
    shape: Shape,
    *,
    rows: int,
    digests: Digests,
    notes: Sequence[str] = (),
    force: bool = False,
    evaluates_training_rows: bool = False,
) -> Plan:
    """The plan of a run.

    Args:
        config: resolved and valid.
        shape: the backend's pure half.
        rows: rows trained on.
        digests: of the files that the config names.
        notes: what the user should know of the data, besides what the backend has to say.
        force: train although the evaluator cannot tell answers apart.
        evaluates_training_rows: whether nothing could be held out.
    """
    schedule = shape.schedule(config, rows)
    schedule = Schedule(**{**schedule, "notes": [*schedule["notes"], *notes]})
    if evaluates_training_rows:
        schedule["evaluates_training_rows"] = True
    scope = scope_of(config.get, shape.engine, digests)
    return Plan(
        config,
        schedule,
        shape.payload(config, schedule, digests.as_job(), force=force),
        digests,
        scope,
        fingerprint_of(config, scope),
        _recipe(config, scope),
        is_default=not tuned(config.get),
    )


def tuned(get: Callable[[str], Any]) -> dict[str, tuple[Any, Any]]:
    """Path → (default, value) of the guide's parameters that differ from their defaults.

    Args:
        get: a config's ``get``.
    """
    return {
        entry.path: (entry.default, value)
        for entry in PARAMETERS
        if entry.path not in NOT_FROM_GUIDE
        and entry.order(value := get(entry.path)) != entry.order(entry.default)
    }


def as_baseline(config: Config) -> Config:
    """The same config with the guide's nine parameters at their defaults, and named ``<name>-baseline``.

    Context length, the backend's section and the seed stay. What says why the values were changed is left out; a config that
    has nothing changed keeps its name.
    """
    changed = tuned(config.get)
    values = {
        name: dict(value) if isinstance(value, dict) else value for name, value in config.values.items()
    }
    origins = dict(config.origins)
    for path, (default, _) in changed.items():
        section, _, key = path.partition(".")
        values[section][key] = default
        origins[path] = Origin("default", Location(config.path))
    for path in _REASONS:
        values["experiment"].pop(path.partition(".")[2], None)
        origins.pop(path, None)
    name = config.name
    if changed:
        kept = name.removesuffix(BASELINE_SUFFIX)[: LONGEST_NAME - len(BASELINE_SUFFIX)].rstrip("-")
        name = values["name"] = f"{kept}{BASELINE_SUFFIX}"
        origins["name"] = Origin("default", Location(config.path))
    return config._replace(name=name, values=values, origins=origins)


_REASONS = ("experiment.reference", "experiment.hypothesis", "experiment.goal")
"""Keys that say why a config is not the defaults."""


def scope_of(get: Callable[[str], Any], engine: str, digests: Digests) -> str:
    """Equal for runs that may be compared.

    Args:
        get: dotted path → resolved value, such as a config's ``get``.
        engine: as the backend's shape names it.
        digests: of the files that the config names.
    """
    evaluator = EvaluatorSpec.from_config(get("evaluator"))
    scope = {
        "engine": engine,
        "model": get("model"),
        "dataset": digests.dataset,
        # The file's name is left out: moving it changes nothing. The function and the score of an error do.
        "evaluator": {
            "digest": digests.evaluator,
            "function": evaluator.function,
            "on_error": evaluator.on_error,
        },
        "evaluation": {
            "dataset": digests.evaluation_dataset or CARVED,
            "max_tokens": get("evaluation.max_tokens"),
        },
    }
    return _digest(scope)


def fingerprint_of(config: Config, scope: str) -> str:
    """Equal for runs that repeat one another.

    Args:
        config: resolved and valid.
        scope: of its runs.
    """
    return _digest({"recipe": _recipe(config, scope), "seed": config.get("experiment.seed") or 0})


def _recipe(config: Config, scope: str) -> str:
    settings = {
        "scope": scope,
        "parameters": {entry.path: entry.normal(config.get(entry.path)) for entry in PARAMETERS},
        "backend": {
            "name": config.get("backend"),
            "settings": config.values.get(config.get("backend")) or {},
        },
    }
    return _digest(settings)


def _digest(value: Mapping[str, Any]) -> str:
    """SHA-256 of a value in canonical JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
