"""The metrics of a managed job: what the service's ``outputMetrics`` and ``outputStats`` hold, one point a chunk.

A chunk is the mean of hundreds of rollouts and carries its distribution, so that its standard error is known. The keys of
``epoch_to_evaluation_output`` count chunks across the run, whatever their name says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

CHUNKS = "epoch_to_evaluation_output"
CURVES = "curves"


def is_managed(document: object) -> bool:
    """Whether a JSON document is a job of the service, or the metrics of one."""
    if not isinstance(document, dict):
        return False
    return "outputMetrics" in document or CHUNKS in document or isinstance(document.get(CURVES), dict)


def managed_rows(document: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """One row a chunk: step, reward, its standard error and its rollouts; by the curve alone where the chunks say nothing."""
    metrics = _parsed(document.get("outputMetrics", document))
    chunks = metrics.get(CHUNKS)
    rows = list(_chunk_rows(chunks)) if isinstance(chunks, dict) else []
    if rows:
        yield from rows
        return
    for step, score in enumerate(_curve(metrics), start=1):
        yield {"step": step, "reward_mean": score}


def managed_notes(document: Mapping[str, Any]) -> tuple[str, ...]:
    """What else the job says of itself."""
    stats = _parsed(document.get("outputStats", {}))
    said = ", ".join(f"{key} {stats[key]}" for key in ("steps", "tokens", "loss_ema") if key in stats)
    return (f"the service's own figures: {said}",) if said else ()


def managed_failure(document: Mapping[str, Any]) -> str:
    """The message of a job that did not end well; empty for one that did."""
    status = document.get("status")
    if not isinstance(status, dict) or status.get("code") in ("OK", None):
        return ""
    return f"{status.get('code')}: {status.get('message', '')}"


def _chunk_rows(chunks: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    numbered = sorted((int(key), value) for key, value in chunks.items() if key.isdigit())
    for number, chunk in numbered:
        metrics = (chunk.get("metrics") if isinstance(chunk, dict) else None) or {}
        whole = metrics.get("rollup_distribution")
        if not isinstance(whole, dict) or not isinstance(whole.get("average"), int | float):
            continue
        rollouts = whole.get("success_count") or metrics.get("total_count")
        row: dict[str, object] = {"step": number + 1, "reward_mean": whole["average"]}
        if isinstance(rollouts, int | float) and rollouts > 0:
            row["rollouts"] = rollouts
            spread = _spread(whole)
            if spread is not None:
                row["reward_mean_error"] = spread / float(rollouts) ** 0.5
        yield row


def _spread(distribution: Mapping[str, Any]) -> float | None:
    """Standard deviation of one rollout's score: from the histogram, or the largest that a score between 0 and 1 can have."""
    counts = _numbers(distribution.get("counts") or distribution.get("distribution_counts"))
    edges = _numbers(distribution.get("bins") or distribution.get("distribution_bins"))
    if counts.size and edges.size == counts.size + 1 and counts.sum() > 1:
        middles = (edges[:-1] + edges[1:]) / 2
        mean = (counts * middles).sum() / counts.sum()
        width = float(np.diff(edges).max())
        return float(np.sqrt((counts * (middles - mean) ** 2).sum() / counts.sum() + width**2 / 12))
    average = float(distribution["average"])
    return float(np.sqrt(average * (1 - average))) if 0 <= average <= 1 else None


def _numbers(values: object) -> np.ndarray[Any, np.dtype[np.float64]]:
    if not isinstance(values, list) or not all(isinstance(value, int | float) for value in values):
        return np.empty(0)
    return np.array(values, dtype=np.float64)


def _curve(metrics: Mapping[str, Any]) -> list[object]:
    average = (metrics.get(CURVES) or {}).get("average") or {}
    if not isinstance(average, dict):
        return []
    score = average.get("Score") or next((value for value in average.values() if isinstance(value, list)), [])
    return list(score)


def _parsed(value: object) -> dict[str, Any]:
    """A JSON object that may be held in a string, as the service does; empty for anything else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, dict) else {}
