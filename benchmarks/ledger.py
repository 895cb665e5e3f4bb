"""CPU of the commands that read a ledger with a thousand runs of a thousand steps each.

    python benchmarks/ledger.py [--runs 1000] [--steps 1000] [--rounds 10] [--output FILE]

CPU is user + system time of the finished process, medians over rounds; all commands run in turn, so that a busy machine is
equally busy for each. `rft runs` reads one summary row a run and never the points. Prints Markdown.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from rft_cli.backends.base import Poll  # noqa: E402  the checkout has to be found first
from rft_cli.runs.ledger import Ledger  # noqa: E402
from rft_cli.runs.place import Place  # noqa: E402
from rft_cli.runs.record import Draft  # noqa: E402
from rft_cli.worker import METRICS, State  # noqa: E402

TARGET_MS = 150
"""Chosen: below this a command feels immediate."""

CONFIG = {
    "name": "bench",
    "backend": "local",
    "model": "rehearsal",
    "dataset": "data/train.jsonl",
    "evaluator": "evaluators/judge.py:evaluate",
    "training": {
        "learning_rate": 1e-4,
        "epochs": 1,
        "lora_rank": 8,
        "batch_size": 32768,
        "max_context_length": 8192,
    },
    "rollout": {"temperature": 0.7, "top_p": 1.0, "top_k": 40, "n": 4, "max_tokens": 2048},
    "experiment": {"seed": 0, "hypothesis": "levels off early, a larger step should lift it"},
}
CHANGE = {"parameter": "training.learning_rate", "from": 1e-4, "to": 2e-4, "ratio": 2.0}


class Cost(NamedTuple):
    """What one run of a command took."""

    cpu_ms: float
    wall_ms: float


def fill(place: Place, runs: int, steps: int) -> None:
    """Runs as launches leave them: three changes against each, with all metrics of every step."""
    chance = random.Random(0)
    names = [metric.name for metric in METRICS]
    points = [
        {"event": "metrics", "step": step, "values": {name: chance.random() for name in names}}
        for step in range(1, steps + 1)
    ]
    evaluations = [
        {"event": "evaluation", "step": step, "mean": 0.5, "standard_error": 0.05, "n": 128}
        for step in (0, steps)
    ]
    schedule = {
        "prompts_per_step": 4,
        "rollouts_per_step": 16,
        "steps": steps,
        "rows": 4 * steps,
        "effective": {},
        "notes": [],
    }
    origins = {
        f"{section}.{key}": "default" for section in ("training", "rollout") for key in CONFIG[section]
    }
    record = {
        "schedule": schedule,
        "config_path": "run.yaml",
        "digests": {},
        "origins": origins,
        "versions": {},
        "changes": [CHANGE],
    }
    with Ledger(place, create=True) as ledger:
        for number in range(runs):
            reference = f"bench.{(number - 1) // 3 + 1}" if number else ""
            draft = Draft("bench", "s", str(number), "local", number == 0, steps, CONFIG, record, reference)
            run = ledger.admit(draft).run.id
            ledger.take_in(run, Poll(State.COMPLETED, "completed", 1, (*evaluations, *points)))


def measure(words: list[str], folder: Path) -> Cost:
    """One command, from start to exit, in a child whose costs are asked of the system."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen(
        words,
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    output, said = process.communicate()
    wall = time.perf_counter() - start
    if process.returncode:
        sys.exit(f"{' '.join(words)} ended with {process.returncode}: {said.decode()[-500:]}")
    del output
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu * 1000, wall * 1000)


PROBE = """\
import sys
from rft_cli.__main__ import run
run(["runs"])
sys.stderr.write(str("numpy" in sys.modules))
"""
"""Runs `rft runs` and then tells whether NumPy was imported."""


def imports_numpy(folder: Path) -> bool:
    """Whether `rft runs` has NumPy loaded when it ends."""
    words = [sys.executable, "-c", PROBE]
    done = subprocess.run(
        words, cwd=folder, env=environment(folder), capture_output=True, text=True, check=True
    )
    return done.stderr.endswith("True")


def environment(folder: Path) -> dict[str, str]:
    """Ours, with compiled modules as an installed package has them."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}


def commit() -> str:
    words = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def machine() -> str:
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    rft = [sys.executable, "-m", "rft_cli"]
    last = f"bench.{options.runs}"
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "rft --help": [*rft, "--help"],
        "rft runs": [*rft, "runs"],
        "rft runs --limit 20": [*rft, "runs", "--limit", "20"],
        "rft runs --tree": [*rft, "runs", "--tree"],
        "rft runs --json": [*rft, "runs", "--json"],
        f"rft show {last}": [*rft, "show", last],
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = Place(folder, folder / ".rft")
        start = time.perf_counter()
        fill(place, options.runs, options.steps)
        took = time.perf_counter() - start
        size = place.ledger.stat().st_size / 1e6
        costs: dict[str, list[Cost]] = {title: [] for title in commands}
        for words in commands.values():
            measure(words, folder)  # compiles the modules
        for _ in range(options.rounds):
            for title, words in commands.items():
                costs[title].append(measure(words, folder))
        numpy = imports_numpy(folder)
    lines = [
        f"# A ledger of {options.runs:,} runs × {options.steps:,} steps",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, commit {commit()}, {machine()}.",
        f"{size:.0f} MB, filled in {took:.0f} s. Medians of {options.rounds} rounds; target of `rft runs`: {TARGET_MS} ms CPU.",
        f"`rft runs` {'imports' if numpy else 'does not import'} NumPy.",
        "",
        "| command | CPU | wall |",
        "| --- | --- | --- |",
    ]
    for title, found in costs.items():
        cpu, wall = (
            statistics.median(getattr(cost, field) for cost in found) for field in ("cpu_ms", "wall_ms")
        )
        lines.append(f"| `{title}` | {cpu:.0f} ms | {wall:.0f} ms |")
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if options.output:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
