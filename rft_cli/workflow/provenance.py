"""Whether a run that was launched with rft elsewhere is one of a config of this working tree. Looks, and changes nothing.

A launch names its job after the fingerprint of its settings, and files at a service after their content. So a config here whose
settings, data and evaluator come to the same names is what was launched, whoever did it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.errors import RftError
from rft_cli.plan import BASELINE_SUFFIX, Plan, as_baseline
from rft_cli.spec.parameters import PARAMETERS
from rft_cli.workflow.choice import config_named
from rft_cli.workflow.prepare import Prepared, plan_of, prepare

if TYPE_CHECKING:
    from rft_cli.backends.base import Elsewhere, Found
    from rft_cli.config import Config
    from rft_cli.workflow.project import Project

MOST_NAMED = 3
"""Fields that are named of what differs. Chosen: one line."""


class Proof(NamedTuple):
    """What became of the question."""

    plan: Plan | None
    """Of the config that was launched; None: there is none here."""
    why_not: str = ""
    """Continues "it was launched with rft, and "; empty where there is a plan."""


class Provenance:
    """Finds the configs behind runs; each is read once.

    Args:
        project: where they are looked for.
        backend: the name of the runs' backend.
    """

    def __init__(self, project: Project, backend: str) -> None:
        self._project, self._backend = project, backend
        self._paths: dict[str, str] = {}
        self._prepared: dict[str, Prepared | None] = {}

    def of(self, found: Found, elsewhere: Elsewhere) -> Proof:
        """The plan of a run that bears the mark of a launch."""
        mark = found.listed.mark
        assert mark is not None
        path = self._path(mark.name)
        if not path:
            return Proof(None, f"no run config here is named {mark.name}")
        prepared = self._prepare(path)
        if prepared is None or prepared.config is None or not prepared.is_sound:
            return Proof(None, f"{path} has errors: rft plan {path}")
        if prepared.config.get("backend") != self._backend:
            return Proof(None, f"{path} is for another backend")
        missing: tuple[str, ...] = ()
        for variant in _variants(prepared.config, found):
            plan = plan_of(self._project, prepared, variant)
            missing = elsewhere.differences(found.listed.job, plan.payload)
            if not missing and plan.fingerprint.startswith(mark.fingerprint):
                return Proof(plan._replace(config=variant._replace(name=mark.name)))
        if missing:
            return Proof(
                None, f"{path} asks for something else now: another {', '.join(missing[:MOST_NAMED])}"
            )
        return Proof(
            None,
            f"{path} differs now in what the service is not told: what the evaluator's errors score, "
            "evaluation.max_tokens, or the seed",
        )

    def _path(self, name: str) -> str:
        if name not in self._paths:
            own = name.removesuffix(BASELINE_SUFFIX)
            candidates = (config_named((), self._project.root, each) for each in dict.fromkeys((name, own)))
            self._paths[name] = next(filter(None, candidates), "")
        return self._paths[name]

    def _prepare(self, path: str) -> Prepared | None:
        if path not in self._prepared:
            try:
                self._prepared[path] = prepare(self._project, Path(path))
            except RftError:
                self._prepared[path] = None
        return self._prepared[path]


def _variants(config: Config, found: Found) -> Iterator[Config]:
    """What may have been launched from a config: itself, its baseline, and itself with parameters from the command line."""
    yield config
    yield as_baseline(config)
    values = {
        name: dict(value) if isinstance(value, dict) else value for name, value in config.values.items()
    }
    for entry in PARAMETERS:
        value = found.values.get(entry.section, {}).get(entry.key)
        if value is not None and entry.accepts(value):
            values[entry.section][entry.key] = entry.normal(value)
    yield config._replace(values=values)
