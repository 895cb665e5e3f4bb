"""What the ledger keeps of a plan: the same for a run that is launched and for one that was started elsewhere."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from rft_cli import __version__
from rft_cli.runs.frozen import origin_of
from rft_cli.runs.record import Draft
from rft_cli.worker import SCHEMA_VERSION

if TYPE_CHECKING:
    from rft_cli.config import Config
    from rft_cli.plan import Plan


def draft_of(config: Config, plan: Plan) -> Draft:
    """The draft of a plan's run, without what it is compared with.

    Args:
        config: the plan's, with the places of records.
        plan: what it comes to.
    """
    return Draft(
        name=config.name,
        scope=plan.scope,
        fingerprint=plan.fingerprint,
        backend=config.get("backend"),
        is_default=plan.is_default,
        steps=plan.schedule["steps"],
        config=config.values,
        record={
            "schema_version": SCHEMA_VERSION,
            "config_path": config.path,
            "schedule": plan.schedule,
            "digests": plan.digests.as_job(),
            "origins": {path: origin_of(config, path) for path in config.origins},
            "versions": {"rft": __version__, "python": platform.python_version()},
            "changes": None,
        },
        hypothesis=config.get("experiment.hypothesis") or "",
        recipe=plan.recipe,
    )
