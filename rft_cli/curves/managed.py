"""The metrics of a managed job: what the service's ``outputMetrics`` and ``outputStats`` hold, one point a chunk.

A chunk is the mean of hundreds of rollouts and carries its distribution, so that its standard error is known. The keys of
``epoch_to_evaluation_output`` count chunks across the run, whatever their name says.
"""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

CHUNKS = "epoch_to_evaluation_output"
CURVES = "curves"


def is_managed(document: object) -> bool:
    """Whether a JSON document is a job of the service, or the metrics of one."""
    if not isinstance(document, dict):
        return False
    return "outputMetrics" in document or CHUNKS in document or isinstance(document.get(CURVES), dict)


def managed_rows(document: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """One row a chunk: step, reward, its standard error and its rollouts; by the curve alone where the chunks say nothing."""
    metrics = parsed(document.get("outputMetrics", document))
    chunks = metrics.get(CHUNKS)
    rows = list(_chunk_rows(chunks)) if isinstance(chunks, dict) else []
    if rows:
        yield from rows
        return
    for step, score in _curve(metrics):
        yield {"step": step, "reward_mean": score}


def managed_notes(document: Mapping[str, Any]) -> tuple[str, ...]:
    """What else the job says of itself."""
    stats = parsed(document.get("outputStats", {}))
    said = ", ".join(f"{key} {stats[key]}" for key in ("steps", "tokens", "loss_ema") if key in stats)
    return (f"the service's own figures: {said}",) if said else ()


def managed_failure(document: Mapping[str, Any]) -> str:
    """The message of a job that did not end well; empty for one that did."""
    status = document.get("status")
    if not isinstance(status, dict) or status.get("code") in ("OK", None):
        return ""
    return f"{status.get('code')}: {status.get('message', '')}"


def _chunk_rows(chunks: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    numbers = {int(key): value for key, value in chunks.items() if key.isdecimal()}
    for number in sorted(numbers):
        metrics = parsed(parsed(numbers[number]).get("metrics"))
        whole = parsed(metrics.get("rollup_distribution"))
        reward = _number(whole.get("average"))
        if reward is None:
            continue
        row: dict[str, object] = {"step": number + 1, "reward_mean": reward}
        rollouts = _number(whole.get("success_count")) or _number(metrics.get("total_count"))
        if rollouts is not None and rollouts > 0:
            row["rollouts"] = rollouts
            spread = _spread(whole, reward)
            if spread is not None:
                row["reward_mean_error"] = spread / math.sqrt(rollouts)
        yield row


def _spread(distribution: Mapping[str, Any], average: float) -> float | None:
    """Standard deviation of one rollout's score: from the histogram, or the largest that a score between 0 and 1 can have."""
    counts = _numbers(distribution.get("counts") or distribution.get("distribution_counts"))
    edges = _numbers(distribution.get("bins") or distribution.get("distribution_bins"))
    total = sum(counts)
    if counts and len(edges) == len(counts) + 1 and total > 1 and min(counts) >= 0:
        middles = [(low + high) / 2 for low, high in pairwise(edges)]
        mean = sum(map(operator.mul, counts, middles)) / total
        variance = (
            sum(count * (middle - mean) ** 2 for count, middle in zip(counts, middles, strict=True)) / total
        )
        width = max(high - low for low, high in pairwise(edges))
        return math.sqrt(variance + width**2 / 12)
    return math.sqrt(average * (1 - average)) if 0 <= average <= 1 else None


def _number(value: object) -> float | None:
    """A finite number; None for anything else, also for the NaN that Python's JSON lets through."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value


def _numbers(values: object) -> list[float]:
    """Numbers, all of them or none."""
    found = [_number(value) for value in values] if isinstance(values, list) else []
    return [value for value in found if value is not None] if None not in found else []


def _curve(metrics: Mapping[str, Any]) -> Iterator[tuple[int, float]]:
    """Step and score of the curve of the average, from 1; a point that is no number is left out."""
    average = parsed(parsed(metrics.get(CURVES)).get("average"))
    curves = [value for value in (average.get("Score"), *average.values()) if isinstance(value, list)]
    for step, value in enumerate(curves[0] if curves else (), start=1):
        score = _number(value)
        if score is not None:
            yield step, score


def parsed(value: object) -> dict[str, Any]:
    """A JSON object that may be held in a string, as the service does; empty for anything else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}
