"""The stored answers of a run, as its folder has them: whatever its backend, without asking it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from rft_cli.worker import ROLLOUTS_DIR

if TYPE_CHECKING:
    from pathlib import Path

EARLY_SHARE = 8
"""The first eighth of the steps shows what a model does before it has learned much, as `reward_first` does."""

MOST_ANSWERS = 2_000
"""Answers that are read. Chosen: a share among them has a standard error of about 0.01, and reading them takes little time."""


def early_rewards(folder: Path) -> tuple[float, ...]:
    """Scores of the answers in the first steps of a run, in order; empty where none are kept.

    Args:
        folder: of the run.
    """
    return tuple(islice(_early(folder), MOST_ANSWERS))


def _early(folder: Path) -> Iterator[float]:
    steps = sorted((folder / ROLLOUTS_DIR).glob("*.jsonl"))
    for path in steps[: -(-len(steps) // EARLY_SHARE)]:
        with suppress(OSError), path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                with suppress(ValueError, KeyError, TypeError):
                    yield float(json.loads(line)["reward"])
