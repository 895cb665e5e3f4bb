"""What a run needs to go on as if it had never stopped: the training state, and its checkpoints."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rft_cli.trainer.rehearsal.adam import Adam
from rft_cli.trainer.rehearsal.checkpoint import read_tensors, write_tensors
from rft_cli.trainer.rehearsal.guard import Watch
from rft_cli.trainer.rehearsal.lora import Adapter

KEPT = 2
"""Checkpoints on disk: one to go on from and one in case that cannot be read."""
PER_RUN = 10
"""Checkpoints in the course of a run. Chosen: a tenth of a run is lost at most, for about a millisecond each."""


class Progress(NamedTuple):
    """The part of the state that is not an array."""

    step: int
    """The last step that is complete."""
    tokens: int
    """Prompt and answer tokens so far."""
    rng: dict[str, Any]
    """The state of the sampling generator after that step."""
    watch: Watch


def write(folder: Path, progress: Progress, adapter: Adapter, optimiser: Adam) -> Path:
    """Store a checkpoint and drop all but the newest ones.

    Returns:
        The file; its name is the step.
    """
    folder.mkdir(exist_ok=True)
    path = folder / f"{progress.step:06}.safetensors"
    tensors = {"adapter": adapter.values, "first": optimiser.first, "second": optimiser.second}
    text = json.dumps(
        {
            **progress._asdict(),
            "watch": progress.watch._asdict(),
            "rank": adapter.rank,
            "optimiser_steps": optimiser.steps,
            "check": _check(tensors),
        }
    )
    write_tensors(path, tensors, {"progress": text})
    for old in sorted(folder.glob("*.safetensors"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def newest(folder: Path, rank: int) -> tuple[Progress, Adapter, Adam] | None:
    """The newest checkpoint that can be read; None when there is none."""
    for path in sorted(folder.glob("*.safetensors"), reverse=True):
        try:
            return _read(path, rank)
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def _read(path: Path, rank: int) -> tuple[Progress, Adapter, Adam]:
    tensors, metadata = read_tensors(path)
    stored = json.loads(metadata["progress"])
    if stored.pop("check") != _check(tensors) or stored.pop("rank") != rank:
        raise ValueError(f"{path.name} does not hold what was written")
    optimiser = Adam(tensors["adapter"].size)
    optimiser.first, optimiser.second = tensors["first"], tensors["second"]
    optimiser.steps = stored.pop("optimiser_steps")
    progress = Progress(**{**stored, "watch": Watch(**stored["watch"])})
    return progress, Adapter(rank, tensors["adapter"]), optimiser


def _check(tensors: dict[str, np.ndarray[Any, Any]]) -> int:
    """A checksum of all arrays."""
    value = 0
    for tensor in tensors.values():
        value = zlib.crc32(tensor.tobytes(), value)
    return value
