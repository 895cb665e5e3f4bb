"""How many prompts a step takes and how many steps a run has. Pure, and loads nothing that `lint` does not have."""

from __future__ import annotations

DEFAULT_CHUNK = 200
"""Prompts of a step where the config says nothing, from twice as many rows on. Source: the service's page on parameters."""

NO_CHUNKS = -1
"""A chunk size that means: every row in one step."""


def prompts_of_step(rows: int, chunk_size: int) -> int:
    """Prompts of a full step.

    Args:
        rows: trained on, at least 1.
        chunk_size: as a job holds it; 0: nothing was said.
    """
    if chunk_size == 0:
        return DEFAULT_CHUNK if rows >= 2 * DEFAULT_CHUNK else rows
    return rows if chunk_size == NO_CHUNKS else min(chunk_size, rows)


def steps_of_run(rows: int, chunk_size: int, epochs: int) -> int:
    """Steps of a run; every epoch takes each row once, and a last partial chunk counts."""
    return epochs * -(-rows // prompts_of_step(rows, chunk_size)) if rows else 0
