"""Adam on one flat vector, gradient clipping, and the learning rate's warm-up."""

from __future__ import annotations

import numpy as np

from rft_cli.trainer.rehearsal.model import Array

FIRST_DECAY = 0.9
SECOND_DECAY = 0.999
EPSILON = 1e-8
"""Source of these three: Kingma and Ba 2015, Adam, algorithm 1."""

WARM_UP_STEPS = 5
"""Chosen: Adam's second moment is a guess in the first steps, and a run may have only 16."""

CLIP_NORM = 1.0
"""Chosen: the value that trainers of language models use."""


class Adam:
    """The optimiser's state; `update` changes the parameters in place."""

    def __init__(self, size: int) -> None:
        self.first = np.zeros(size, np.float32)
        self.second = np.zeros(size, np.float32)
        self.steps = 0

    def update(self, parameters: Array, gradient: Array, learning_rate: float) -> None:
        """One step; ``parameters`` and ``gradient`` are flat and of the size given at the start."""
        self.steps += 1
        self.first += (1 - FIRST_DECAY) * (gradient - self.first)
        self.second += (1 - SECOND_DECAY) * (gradient * gradient - self.second)
        root = np.sqrt(self.second * (1 / (1 - SECOND_DECAY**self.steps)))
        root += EPSILON
        parameters -= (learning_rate / (1 - FIRST_DECAY**self.steps)) * self.first / root


def warmed_up(learning_rate: float, step: int) -> float:
    """The learning rate at a step, counted from 1: rises linearly over `WARM_UP_STEPS`, then stays."""
    return learning_rate * min(1.0, step / WARM_UP_STEPS)


def clip(gradient: Array) -> float:
    """Scale a gradient down, in place, to a norm of at most `CLIP_NORM`; returns the norm before."""
    norm = float(np.sqrt(np.dot(gradient, gradient)))
    if norm > CLIP_NORM:
        gradient *= CLIP_NORM / norm
    return norm
