"""The answers that a job sampled: a chunk's data set as rollouts, and what they say that no metric of the service does."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from statistics import fmean, pstdev, stdev
from typing import Any, NamedTuple

from rft_cli.backends.fireworks.refusals import field
from rft_cli.worker import Rollout

CUT = "length"
"""The reason why an answer ended that says that it was cut."""


def rollouts_of(step: int, files: Mapping[str, bytes], n: int) -> Iterator[Rollout]:
    """The rollouts of one step.

    Args:
        step: whose.
        files: of its data set: name → content.
        n: answers to a prompt, for rows that do not name their prompt.
    """
    rows = list(_rows(files))
    groups: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        identifier = field(field(row, "input_metadata", {}), "row_id", "") or f"#{index // max(1, n)}"
        groups.setdefault(identifier, []).append(index)
    for number, (identifier, members) in enumerate(groups.items()):
        scores = [_score(rows[index]) for index in members]
        # Exact, so that equal scores teach nothing.
        mean, spread = fmean(scores), pstdev(scores)
        place = _Place(step, number, _line(identifier, number))
        for index, score in zip(members, scores, strict=True):
            advantage = (score - mean) / spread if spread else 0.0
            yield _rollout(place, rows[index], score, advantage)


def measured(rollouts: Iterable[Rollout]) -> dict[str, float]:
    """What the answers of one step say, named as trainers log it.

    Share of groups without a difference, mean length, share of cut answers, and the standard error of the mean reward. That
    counts prompts and not answers, because the answers to one prompt are alike; the service's distribution cannot tell it.
    """
    groups: dict[int, list[float]] = {}
    tokens: list[int] = []
    cut = count = 0
    for rollout in rollouts:
        groups.setdefault(rollout["group"], []).append(rollout["reward"])
        tokens.append(rollout["tokens"])
        cut += rollout["truncated"]
        count += 1
    if not count:
        return {}
    found = {
        "frac_reward_zero_std": sum(len(set(scores)) == 1 for scores in groups.values()) / len(groups),
        "completions/clipped_ratio": cut / count,
    }
    if len(groups) > 1:
        means = [fmean(scores) for scores in groups.values()]
        found["reward_mean_error"] = stdev(means) / len(means) ** 0.5
    if any(tokens):
        found["completions/mean_length"] = sum(tokens) / count
    return found


def _rows(files: Mapping[str, bytes]) -> Iterator[Mapping[str, Any]]:
    for name in sorted(files):
        for line in files[name].decode(errors="replace").splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict) and field(row, "messages", []):
                yield row


def _score(row: Mapping[str, Any]) -> float:
    return float(_number(field(row, "evaluation_result", {}).get("score")))


def _number(value: object) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number else 0.0  # type: ignore[arg-type]


def _line(identifier: str, number: int) -> int:
    digits = identifier.rpartition("-")[2]
    return int(digits) + 1 if digits.isdecimal() else number + 1


def _text(content: object) -> str:
    """What a message says; of one in parts, the parts that are text."""
    if isinstance(content, list):
        return "".join(field(part, "text", "") for part in content)
    return content if isinstance(content, str) else ""


class _Place(NamedTuple):
    step: int
    group: int
    line: int
    """Of the data set, 1-based."""


def _rollout(place: _Place, row: Mapping[str, Any], score: float, advantage: float) -> Rollout:
    *prompt, answer = field(row, "messages", [])
    execution = field(row, "execution_metadata", {})
    parts = field(field(row, "evaluation_result", {}), "metrics", {})
    return Rollout(
        step=place.step,
        group=place.group,
        row=place.line,
        prompt=prompt,
        completion=_text(answer.get("content")) if isinstance(answer, dict) else "",
        reward=score,
        parts={name: _number(field(parts, name, {}).get("score")) for name in parts},
        advantage=advantage,
        tokens=int(_number(field(execution, "usage", {}).get("completion_tokens"))),
        truncated=execution.get("finish_reason") == CUT,
    )
