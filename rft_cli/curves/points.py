"""Points that are already values: the metrics and evaluations of the ledger, or rows that a caller holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rft_cli.curves.columns import Columns
from rft_cli.curves.series import Series


def from_points(
    points: Iterable[Mapping[str, object]],
    *,
    evaluations: Iterable[Mapping[str, object]] = (),
    source: str = "",
    total_steps: int | None = None,
    log_text: str = "",
) -> Series:
    """The series of rows in the order in which they were logged.

    Args:
        points: ``step`` and metrics by any framework's names or the canonical ones. ``reward_mean_error`` and ``rollouts``
            say the standard error of the reward and how many rollouts it is the mean of.
        evaluations: ``step``, ``mean`` and ``standard_error`` of the held-out reward, as a run's events have them.
        source: what to call it.
        total_steps: steps the run was meant to take.
        log_text: the end of its log, or why it failed.
    """
    columns = Columns()
    held_out: dict[float, dict[str, object]] = {}
    for entry in evaluations:
        held_out[float(str(entry["step"]))] = {
            "step": entry["step"],
            "evaluation_reward": entry["mean"],
            "evaluation_reward_error": entry.get("standard_error"),
        }
    rows = [dict(point) for point in points]
    steps = [float(str(row["step"])) for row in rows if "step" in row]
    first = min(steps, default=0.0)
    for step in sorted(step for step in held_out if step < first):
        columns.add(held_out.pop(step))
    for row in rows:
        evaluated = held_out.pop(float(str(row["step"])), {}) if "step" in row else {}
        columns.add({**row, **evaluated})
    for step in sorted(held_out):
        columns.add(held_out[step])
    return columns.series(source=source, format_="points", total_steps=total_steps, log_text=log_text)
