"""What the diagnosis calls curves of known shape, and how long it takes: `python benchmarks/diagnosis_generated.py`.

Shares of runs by their first symptom, over seeds; then processor time and memory for one run, a thousand runs, a million points.
"""

from __future__ import annotations

import json
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rft_cli.curves.diagnose import diagnose
from rft_cli.curves.points import from_points
from rft_cli.curves.read import read

Array = NDArray[np.float64]

RUNS = 400
LENGTHS = (20, 40, 100, 300)
NOISE = 0.1

SHAPES: dict[str, tuple[Callable[[Array], Array], float]] = {
    "level 0.5": (lambda time: np.full_like(time, 0.5), 0.0),
    "level 0.5, lasting noise": (lambda time: np.full_like(time, 0.5), 0.5),
    "level 0": (np.zeros_like, 0.0),
    "saturating, a tenth of the run": (lambda time: 0.2 + 0.5 * (1 - np.exp(-time / 0.1)), 0.0),
    "saturating, a fifth of the run": (lambda time: 0.2 + 0.5 * (1 - np.exp(-time / 0.2)), 0.0),
    "straight climb": (lambda time: 0.2 + 0.5 * time, 0.0),
    "late rise": (lambda time: 0.2 + 0.5 / (1 + np.exp(-(time - 0.8) / 0.1)), 0.0),
    "collapse at 0.4": (lambda time: 0.2 + 0.5 * np.where(time < 0.4, time / 0.4, 0), 0.0),
    "collapse at 0.85": (lambda time: 0.2 + 0.5 * np.where(time < 0.85, np.minimum(time / 0.4, 1), 0), 0.0),
}
"""Name → reward over time (0 to 1), and how much of its noise lasts to the next point."""


def scatter(generator: np.random.Generator, points: int, lasting: float) -> Array:
    """Noise of unit size whose neighbours are that much alike."""
    noise = generator.normal(size=points)
    for place in range(1, points):
        noise[place] = lasting * noise[place - 1] + np.sqrt(1 - lasting**2) * noise[place]
    return noise


def shares(shape: Callable[[Array], Array], lasting: float, points: int) -> str:
    """The most frequent answers, each with its share."""
    generator = np.random.default_rng(points)
    time_ = (np.arange(points) + 0.5) / points
    found = Counter[str]()
    for _ in range(RUNS):
        rewards = shape(time_) + NOISE * scatter(generator, points, lasting)
        series = from_points(
            {"step": step, "reward": reward} for step, reward in enumerate(rewards.tolist(), 1)
        )
        found["+".join(sorted(symptom.id for symptom in diagnose(series)))] += 1
    return ", ".join(f"{name} {count / RUNS:.0%}" for name, count in found.most_common(3))


def row(step: int, steps: int, generator: np.random.Generator) -> str:
    """A line as TRL logs it."""
    time_ = step / steps
    names = (
        "loss",
        "grad_norm",
        "kl",
        "entropy",
        "completions/max_length",
        "clip_ratio/low_mean",
        "rewards/a/mean",
    )
    values = {
        "step": step,
        "reward": 0.2 + 0.5 * (1 - float(np.exp(-3 * time_))) + 0.1 * float(generator.normal()),
        "completions/mean_length": 200 + 10 * time_,
        "completions/clipped_ratio": 0.05,
        "learning_rate": 1e-4 * (1 - time_),
        **dict.fromkeys(names, 0.123456),
    }
    return json.dumps(values) + "\n"


def timed(title: str, paths: list[Path]) -> None:
    """Read and diagnose some files."""
    began = time.process_time()
    for path in paths:
        diagnose(read(path))
    took = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{title:<32}{took:8.2f} s CPU, peak of the process so far {peak:.0f} MB")


def main() -> None:
    for name, (shape, lasting) in SHAPES.items():
        for points in LENGTHS:
            print(f"{name:<32}{points:>5}  {shares(shape, lasting, points)}")
    generator = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        for title, files, steps in (
            ("2,400 points", 1, 2400),
            ("1,000 runs", 1000, 200),
            ("a million points", 1, 10**6),
        ):
            paths = [Path(folder) / f"{steps}-{place}.jsonl" for place in range(files)]
            for path in paths:
                with path.open("w", encoding="utf-8") as file:
                    file.writelines(row(step, steps, generator) for step in range(1, steps + 1))
            timed(title, paths)


if __name__ == "__main__":
    main()
