"""How a job cuts its rows into chunks, and what a chunk's answers scored: made up, but the same for every reader."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

DEFAULT_SIZE = 200
"""Rows of a chunk where the client does not say; only used from two chunks' worth of rows on."""

METRICS = ("accuracy", "format")
"""Parts that every evaluator of the double reports besides its score."""


class Chunk(NamedTuple):
    """Rows that are worked off together."""

    key: int
    """Counts over the whole run; `outputMetrics` calls it an epoch."""
    epoch: int
    within: int
    """Its number in the epoch."""
    first: int
    """Row."""
    last: int
    """Row after the last one."""
    ends_epoch: bool

    @property
    def prompts(self) -> int:
        return self.last - self.first


def cut(rows: int, size: int, epochs: int) -> tuple[Chunk, ...]:
    """The chunks of a run.

    Args:
        rows: of the data set, at least 1.
        size: as the job says it; 0: the default; -1: no chunks.
        epochs: at least 1.
    """
    if size == 0:
        size = DEFAULT_SIZE if rows >= 2 * DEFAULT_SIZE else rows
    step = rows if size < 0 else size
    each = math.ceil(rows / step)
    return tuple(
        Chunk(
            epoch * each + index, epoch, index, index * step, min(rows, (index + 1) * step), index == each - 1
        )
        for epoch in range(epochs)
        for index in range(each)
    )


class Answers(NamedTuple):
    """What was sampled for one chunk; every array has the shape (prompts, candidates)."""

    score: npt.NDArray[np.float64]
    accuracy: npt.NDArray[np.float64]
    format: npt.NDArray[np.float64]
    tokens: npt.NDArray[np.int64]
    is_cut: npt.NDArray[np.bool_]
    """Reached the limit of tokens."""
    is_failed: npt.NDArray[np.bool_]
    """The evaluator did not come to a score; such an answer is in no rollout data set."""
    is_valid: npt.NDArray[np.bool_]
    """There is a score and it counts."""


class Sampling(NamedTuple):
    """What shapes the answers of a run."""

    seed: int
    candidates: int
    max_tokens: int
    learning_rate: float
    learns: bool
    """False: everything scores 0."""
    failing: float = 0.0
    """Share of answers on which the evaluator fails; half as many more get a score that is not valid."""


def answers(chunk: Chunk, of: int, sampling: Sampling) -> Answers:
    """The answers of a chunk; equal for equal arguments.

    A prompt has a difficulty of its own, so that some groups score alike. The chance of a right answer rises with the chunks done,
    faster with a larger step; that is a stand-in for learning, not a model of it.

    Args:
        chunk: which.
        of: chunks of the whole run.
        sampling: of the run.
    """
    rng = np.random.default_rng([sampling.seed, chunk.key])
    shape = (chunk.prompts, sampling.candidates)
    pace = 1.2 * (sampling.learning_rate / 1e-4) ** 0.5
    progress = 1.0 - math.exp(-pace * chunk.key / max(1, of))
    ease = rng.beta(1.2, 1.8, size=(chunk.prompts, 1)) * (0.5 + 0.9 * progress)
    right = rng.random(shape) < np.clip(ease, 0.0, 0.98)
    well_formed = rng.random(shape) < 0.6 + 0.35 * progress
    tokens = np.minimum(rng.lognormal(5.0, 0.6, size=shape).astype(np.int64) + 1, sampling.max_tokens)
    is_cut = tokens >= sampling.max_tokens
    alive = ~is_cut if sampling.learns else np.zeros(shape, dtype=bool)
    accuracy = (right & alive).astype(np.float64)
    form = (well_formed & alive).astype(np.float64)
    luck = rng.random(shape)
    is_failed = luck < sampling.failing
    is_valid = luck >= 1.5 * sampling.failing
    return Answers(0.8 * accuracy + 0.2 * form, accuracy, form, tokens, is_cut, is_failed, is_valid)
