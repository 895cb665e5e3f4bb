"""Choosing rollouts to read."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from rft_cli.errors import UsageError

if TYPE_CHECKING:
    from rft_cli.runs.ledger import Ledger
    from rft_cli.runs.record import Run
    from rft_cli.worker import Rollout
    from rft_cli.workflow.project import Project


class Order(StrEnum):
    """Which rollouts come first; newer ones win a tie."""

    NEWEST = "newest"
    BEST = "best"
    WORST = "worst"


_RANKS: dict[Order, Callable[[Rollout], Any]] = {
    Order.NEWEST: lambda rollout: rollout["step"],
    Order.BEST: lambda rollout: (rollout["reward"], rollout["step"]),
    Order.WORST: lambda rollout: (-rollout["reward"], rollout["step"]),
}
"""Largest first."""


def choose_rollouts(
    project: Project,
    ledger: Ledger,
    run: Run,
    *,
    order: Order,
    truncated: bool,
    step: int | None,
    count: int,
) -> list[Rollout]:
    """The first rollouts of a run in an order; memory stays flat however many there are.

    Args:
        project: where the run is.
        ledger: open.
        run: whose rollouts.
        order: which come first.
        truncated: only those that were cut at their limit.
        step: only of this step; None: of all.
        count: how many.

    Raises:
        UsageError: the run has no rollouts, or none of that step.
    """
    backend = project.backend(run.summary.backend)
    seen = False

    def fitting(rollout: Rollout) -> bool:
        nonlocal seen
        seen = True
        return rollout["truncated"] or not truncated

    stored = backend.rollouts(ledger.handle(run), step)
    chosen = heapq.nlargest(count, filter(fitting, stored), key=_RANKS[order])
    if not seen:
        raise UsageError(
            f"{run.id} has no rollouts{f' of step {step}' if step else ''}", hint=_why(run, step)
        )
    return chosen


def _why(run: Run, step: int | None) -> str:
    last = run.summary.last_step
    if not last:
        return f"it has not trained a step: rft show {run.id}"
    if step and step > last:
        return f"it has trained {last} steps"
    return f"its run folder has lost them; rft show {run.id} tells what the ledger knows"
