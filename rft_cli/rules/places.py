"""Whether the files that a config names lie in the project, so that a clone has them. Looks at links, and reads nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rft_cli.diagnostics import Finding, Severity
from rft_cli.rules.files import is_elsewhere
from rft_cli.task.entry import EvaluatorSpec

if TYPE_CHECKING:
    from pathlib import Path

    from rft_cli.config import Config

OUTSIDE = "RFT710"


def check_places(config: Config, root: Path) -> Iterator[Finding]:
    """Findings about files that the project does not hold.

    Args:
        config: resolved and valid.
        root: the project root, which the config's paths are relative to.
    """
    project = root.resolve()
    entry = "evaluator" if isinstance(config.get("evaluator"), str) else "evaluator.entry"
    for key in ("dataset", entry, "evaluation.dataset"):
        name = config.get(key)
        if not name or is_elsewhere(name):
            continue
        path = EvaluatorSpec.from_config(name).path if key == entry else name
        place = (project / path).resolve()
        if place.exists() and not place.is_relative_to(project):
            named_outside = path.startswith(("../", "/"))
            how = "lies outside the project" if named_outside else "is a link that leads out of the project"
            yield Finding(
                OUTSIDE,
                Severity.WARNING,
                config.location(key),
                f"{path} {how}: a clone will not have it",
                "keep the file in the project, or make sure that everybody has it at the same place",
                key,
            )
