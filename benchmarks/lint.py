"""CPU of `rft lint` on one file and on a thousand, beside bare Python and, where they are installed, other linters.

Usage: `python benchmarks/lint.py [--runs 10] [--files 1000] [--peers PYTHON]`. PYTHON is an interpreter whose environment has
check-jsonschema and yamllint. All commands run in turn, round after round, so that a busy machine is equally busy for each.
CPU is user + system time of the finished process; the table shows medians. Prints Markdown.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from rft_cli.spec.schema import run_config_schema, schema_text

CONFIG = """\
# yaml-language-server: $schema=../schema.json
version: 1
name: bench-{number}
backend: local
model: rehearsal
dataset: ../data.jsonl
evaluator: ../judge.py:evaluate
training:
  learning_rate: {rate}
  epochs: 1
  lora_rank: 8
  batch_size: 32768
  max_context_length: 8192
rollout:
  temperature: 0.7
  top_p: 1.0
  top_k: 40
  n: 4
  max_tokens: 2048
experiment:
  hypothesis: levels off early, a larger step should lift it
"""
"""Like a config that people write: every parameter, one of them tuned. The rate has the spelling that all tools read."""

JUDGE = "def evaluate(completion, record):\n    return float(record['answer'] in completion)\n"

PEERS = ("check-jsonschema", "yamllint")


class Command(NamedTuple):
    """One row of the table."""

    name: str
    files: int
    words: list[str]


class Cost(NamedTuple):
    """What one run of a command took."""

    cpu_ms: float
    wall_ms: float


def write_project(folder: Path, files: int) -> None:
    """A project with so many configs."""
    (folder / ".rft").mkdir()
    (folder / "configs").mkdir()
    (folder / "data.jsonl").write_text(
        '{"messages": [{"role": "user", "content": "1 + 1"}]}\n', encoding="utf-8"
    )
    (folder / "judge.py").write_text(JUDGE, encoding="utf-8")
    (folder / "schema.json").write_text(schema_text(run_config_schema()), encoding="utf-8")
    for number in range(files):
        rate = f"{1 + number / files:.4f}e-04"
        text = CONFIG.format(number=number, rate=rate)
        (folder / "configs" / f"run-{number:05}.yaml").write_text(text, encoding="utf-8")


def commands(files: int, peers: str | None) -> list[Command]:
    """What is measured, for one file and for all."""
    python = sys.executable
    rft = [python, "-m", "rft_cli", "lint"]
    rows = [
        Command("python -c pass", 0, [python, "-c", "pass"]),
        Command("rft lint", 1, [*rft, "configs/run-00000.yaml"]),
        Command("rft lint", files, [*rft, "configs"]),
    ]
    for peer in PEERS if peers else ():
        program = Path(str(peers)).parent / peer
        if not program.exists():
            continue
        options = ["--schemafile", "schema.json"] if peer == "check-jsonschema" else ["-d", "relaxed"]
        names = [f"configs/run-{number:05}.yaml" for number in range(files)]
        rows += [
            Command(peer, 1, [str(program), *options, names[0]]),
            Command(peer, files, [str(program), *options, *names]),
        ]
    return rows


def measure(command: Command, folder: Path) -> Cost:
    """One run, from start to exit. A command that fails ends the benchmark."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command.words, cwd=folder, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(
            f"{' '.join(command.words[:4])} … ended with {done.returncode}:\n{done.stdout[-500:]}{done.stderr[-500:]}"
        )
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu * 1000, wall * 1000)


def version(command: Command) -> str:
    """Of a peer, as it says itself."""
    if command.name not in PEERS:
        return ""
    told = subprocess.run([command.words[0], "--version"], capture_output=True, text=True, check=False)
    return " " + (told.stdout or told.stderr).split()[-1]


def surroundings() -> str:
    """Machine, interpreter and commit, in one line."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=Path(__file__).parent, capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    return f"Python {platform.python_version()}, {os.cpu_count()} × {model}, {platform.system()}, commit {commit or 'unknown'}"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--peers", metavar="PYTHON")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_project(folder, given.files)
        rows = commands(given.files, given.peers)
        for row in rows:
            measure(row, folder)
        rounds = [[measure(row, folder) for row in rows] for _ in range(given.runs)]
    print("| command | files | CPU, median | wall, least | wall, median |\n| --- | --: | --: | --: | --: |")
    for index, row in enumerate(rows):
        cpu = statistics.median(costs[index].cpu_ms for costs in rounds)
        walls = [costs[index].wall_ms for costs in rounds]
        print(
            f"| {row.name}{version(row)} | {row.files or '–'} | {cpu:.0f} ms | {min(walls):.0f} ms | "
            f"{statistics.median(walls):.0f} ms |"
        )
    print(f"\n{given.runs} rounds. {surroundings()}.")


if __name__ == "__main__":
    main()
