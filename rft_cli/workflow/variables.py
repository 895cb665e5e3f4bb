"""The variables that an evaluator reads, looked for before anything is recorded: a launch stops, and a plan says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rft_cli.diagnostics import Finding
from rft_cli.rules.files import is_elsewhere
from rft_cli.rules.rule import found
from rft_cli.task.entry import EvaluatorSpec
from rft_cli.task.environment import require, unset

if TYPE_CHECKING:
    from pathlib import Path

    from rft_cli.config import Config

UNSET_VARIABLE = "RFT713"


def require_variables(evaluator: Any, root: Path) -> None:
    """See that the evaluator will find its variables, whether it runs here or is sent with them.

    Args:
        evaluator: as a resolved config has it.
        root: the project root, whose `.env` may hold them.

    Raises:
        SetupError: one of them is set nowhere, or empty (exit 3).
    """
    require(_names(evaluator), root)


def judge_variables(config: Config, root: Path) -> tuple[Finding, ...]:
    """A finding for each variable that a launch would miss here; a plan may be made where nothing is launched."""
    return tuple(
        found(UNSET_VARIABLE, config, "evaluator.env", each.message, each.help)
        for each in unset(_names(config.get("evaluator")), root)
    )


def _names(evaluator: Any) -> tuple[str, ...]:
    spec = EvaluatorSpec.from_config(evaluator)
    return () if is_elsewhere(spec.path) else spec.env
