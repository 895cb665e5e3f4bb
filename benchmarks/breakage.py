"""Break each parameter in turn, ask for advice, make the advised change, and see whether the held-out evaluation rises.

    python benchmarks/breakage.py [--seeds 3] [--task arithmetic]

Every run is a worker process of the rehearsal engine. A breakage is *named* when the advice is one of the changes that would
mend it; the change is *worth it* when the held-out evaluation of the run with it is higher than that of the broken run.
Configs declare the evaluator's range, 0 to 1.
What the engine cannot show is in the table from the start, and its result is printed like any other.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from rehearsal import DEFAULTS, Result, processor, run  # noqa: E402  beside this file

from rft_cli.advice.change import Advice  # noqa: E402  the checkout's, not an installed one
from rft_cli.advice.reading import Known, Reading, read_run  # noqa: E402
from rft_cli.backends.local.shape.job import CONTEXT  # noqa: E402
from rft_cli.curves.points import from_points  # noqa: E402

RATE, EPOCHS, RANK, BATCH, LENGTH = (
    f"training.{key}" for key in ("learning_rate", "epochs", "lora_rank", "batch_size", "max_context_length")
)
TEMPERATURE, TOP_P, TOP_K, N, TOKENS = (
    f"rollout.{key}" for key in ("temperature", "top_p", "top_k", "n", "max_tokens")
)
NOTHING = "none"


class Breakage(NamedTuple):
    """One value that breaks a run, or that one would expect to."""

    path: str
    value: float
    way: str
    """Too high or too low."""
    mends: frozenset[str]
    """``path direction`` of changes that mend it; `NOTHING` where the run is not broken by it."""
    cannot_show: str = ""
    """Why the engine does not show it; empty: it should."""


def up(*paths: str) -> frozenset[str]:
    return frozenset(f"{path} up" for path in paths)


def down(*paths: str) -> frozenset[str]:
    return frozenset(f"{path} down" for path in paths)


SOUND = frozenset({NOTHING})
BREAKAGES: tuple[Breakage, ...] = (
    Breakage(RATE, 5e-4, "too high", down(RATE)),
    Breakage(RATE, 1e-5, "too low", up(RATE)),
    Breakage(
        EPOCHS, 10, "too high", down(EPOCHS) | SOUND, "its tasks are not memorised: held-out rows stay right"
    ),
    Breakage(
        RANK,
        128,
        "too high",
        down(RANK) | SOUND,
        "rank does not change what it learns, nor does memory run out",
    ),
    Breakage(RANK, 4, "too low", up(RANK) | SOUND, "rank does not change what it learns"),
    Breakage(BATCH, 131072, "too high", up(EPOCHS, RATE), ""),
    Breakage(BATCH, 8192, "too low", up(N, BATCH) | down(RATE) | SOUND, ""),
    Breakage(LENGTH, 16384, "too high", SOUND, "its model reads 256 characters, whatever is configured"),
    Breakage(LENGTH, 32, "too low", up(LENGTH)),
    Breakage(TEMPERATURE, 2.0, "too high", down(TEMPERATURE)),
    Breakage(TEMPERATURE, 0.1, "too low", up(TEMPERATURE)),
    Breakage(TOP_P, 0.2, "too low", up(TOP_P)),
    Breakage(TOP_K, 0, "too high", SOUND, "latency is not simulated"),
    Breakage(TOP_K, 1, "too low", up(TOP_K)),
    Breakage(N, 8, "too high", SOUND, "cost is not simulated"),
    Breakage(N, 2, "too low", up(N)),
    Breakage(TOKENS, 16384, "too high", SOUND, "its model reads 256 characters, whatever is configured"),
    Breakage(TOKENS, 16, "too low", up(TOKENS)),
)
"""Epochs and top-p end at their defaults, so they have no further side."""


def read(result: Result, values: dict[str, float]) -> Reading:
    """The advice that `rft advise` gives on a run of these values."""
    config: dict[str, dict[str, float]] = {}
    for path, value in values.items():
        section, _, key = path.partition(".")
        config.setdefault(section, {})[key] = value
    context = min(values[LENGTH], CONTEXT)
    acting = {LENGTH: context, TOKENS: min(values[TOKENS], context)}
    points = [{"step": step, **metrics} for step, metrics in enumerate(result.metrics, start=1)]
    evaluations = [
        {"step": step, "mean": mean, "standard_error": max(mean * (1 - mean) / 128, 1e-9) ** 0.5}
        for step, mean in ((0, result.before), (len(points), result.after))
    ]
    effective = {path: value for path, value in acting.items() if value != values[path]}
    declared = {"backend": "local", "evaluation": {"reward_range": [0, 1]}}
    return read_run(from_points(points, evaluations=evaluations), Known({**config, **declared}, effective))


def said(advice: Advice) -> str:
    change = advice.change
    if change is None:
        return NOTHING if advice.verdict == "none" else advice.verdict
    return f"{change.parameter} {change.direction}"


class Outcome(NamedTuple):
    """One broken run, and the same with the advised change."""

    symptoms: tuple[str, ...]
    advice: str
    to: float | None
    broken: float
    mended: float | None


def outcome(breakage: Breakage, seed: int, task: str) -> Outcome:
    values = DEFAULTS | {breakage.path: breakage.value}
    broken = run(task, seed, values)
    found = read(broken, values)
    change = found.advice.change
    symptoms = tuple(symptom.id for symptom in found.symptoms if not symptom.explained_by)
    if change is None or change.new is None:
        return Outcome(symptoms, said(found.advice), None, broken.after, None)
    after = values | {change.parameter: change.new}
    if change.companion is not None:
        after[change.companion.parameter] = change.companion.new
    return Outcome(symptoms, said(found.advice), change.new, broken.after, run(task, seed, after).after)


def row(breakage: Breakage, outcomes: list[Outcome]) -> str:
    named = sum(one.advice in breakage.mends for one in outcomes)
    changed = [one for one in outcomes if one.mended is not None]
    rose = sum(one.mended > one.broken for one in changed)
    fell = sum(one.mended < one.broken for one in changed)
    seen = Counter(symptom for one in outcomes for symptom in one.symptoms)
    cells = [
        f"{breakage.path} {breakage.value:g}",
        breakage.way,
        ", ".join(f"{id_} {count}" for id_, count in seen.most_common(4)) or "–",
        ", ".join(
            dict.fromkeys(f"{one.advice}{'' if one.to is None else f' to {one.to:g}'}" for one in outcomes)
        ),
        f"{named} of {len(outcomes)}",
        " ".join(
            f"{one.broken:.2f}{'' if one.mended is None else f' → {one.mended:.2f}'}" for one in outcomes
        ),
        f"{rose} rose, {fell} fell" if changed else "–",
        breakage.cannot_show,
    ]
    return f"| {' | '.join(cells)} |"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--task", default="arithmetic")
    parser.add_argument("--only", default="", help="part of a parameter's path")
    options = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {processor()}, Python {platform.python_version()}, task {options.task}.\n"
    )
    print(
        "| broken | way | symptoms, runs | advice | named | held-out, by seed | changed runs | cannot show |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for breakage in BREAKAGES:
        if options.only in breakage.path:
            outcomes = [outcome(breakage, seed, options.task) for seed in range(options.seeds)]
            print(row(breakage, outcomes), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
