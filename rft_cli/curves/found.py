"""What a reader makes of a file before it is a series, and the words for a file that none of them can read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from rft_cli.curves.columns import Columns

NEEDED = (
    "needed: TRL's trainer_state.json or console log, verl's console log, JSON, JSON Lines or CSV with a step and a reward, "
    "a managed job's outputMetrics, a W&B export, TensorBoard events or a W&B offline folder"
)
TAIL_LINES = 200
"""Lines of a log that are kept for the reason of a failure."""
LONGEST_LINE = 500
"""Characters kept of each."""


class Found(NamedTuple):
    """What a reader made of a file, before it is a series."""

    format: str
    notes: tuple[str, ...] = ()
    total_steps: int | None = None
    log_text: str = ""


def take(columns: Columns, rows: Iterable[Mapping[str, object]], format_: str) -> Found:
    """Take rows in under the name of their format."""
    for row in rows:
        columns.add(row)
    return Found(format_)


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose metrics stand one level down (``{"step": 3, "metrics": {…}}``) with them beside the step."""
    inner = {key: value for key, value in row.items() if isinstance(value, dict)}
    if not inner:
        return row
    flat = {key: value for key, value in row.items() if key not in inner}
    for outer, values in inner.items():
        for key, value in values.items():
            flat.setdefault(key, value)
            flat.setdefault(f"{outer}/{key}", value)
    return flat
