"""CPU, time and memory of `rft lint` on one, a thousand and ten thousand files, beside bare Python and other linters.

Usage: `python benchmarks/lint.py [--runs 5] [--files 1 1000 10000] [--bin FOLDER]… [--out FILE]`. A FOLDER holds programs:
check-jsonschema and yamllint from PyPI, ajv from npm's ajv-cli (`node_modules/.bin`); those that are found are measured.
All commands run in turn, round after round, so that a busy machine is equally busy for each. CPU is user + system time of the
finished process and its children; the table shows medians. On many files each slow peer runs once. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from rft_cli.rules.lint import SHARED_FROM
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

PEERS: dict[str, Callable[[str, list[str]], list[str]]] = {
    "check-jsonschema": lambda program, names: [program, "--schemafile", "schema.json", *names],
    "yamllint": lambda program, names: [program, "-d", "relaxed", *names],
    "ajv": lambda program, names: [
        program, "validate", "--spec=draft2020", "--strict=false", "-s", "schema.json",
        "-d", names[0] if len(names) == 1 else "configs/*.yaml",
    ],
}  # fmt: skip
"""Program → its words for some files. Each does a part of the work: yamllint knows no schema, ajv no lines."""

ONCE_FROM_S = 5.0
"""A command that takes longer than this runs once (chosen, so that ten thousand files end)."""


class Command(NamedTuple):
    """One row of the table."""

    name: str
    files: int
    words: list[str]
    one_core: bool = False
    """Whether it is kept to one core of the machine."""


class Cost(NamedTuple):
    """What one run of a command took."""

    cpu_s: float
    wall_s: float
    memory_mib: float


def write_project(folder: Path, files: int) -> None:
    """A project with so many configs."""
    (folder / ".rft").mkdir()
    (folder / "configs").mkdir()
    row = '{"messages": [{"role": "user", "content": "1 + 1"}]}\n'
    (folder / "data.jsonl").write_text(row, encoding="utf-8")
    (folder / "judge.py").write_text(JUDGE, encoding="utf-8")
    (folder / "schema.json").write_text(schema_text(run_config_schema()), encoding="utf-8")
    for number in range(files):
        rate = f"{1 + number / files:.4f}e-04"
        text = CONFIG.format(number=number, rate=rate)
        (folder / "configs" / f"run-{number:05}.yaml").write_text(text, encoding="utf-8")


def commands(files: int, programs: dict[str, str]) -> list[Command]:
    """What is measured on so many files."""
    python = sys.executable
    names = [f"configs/run-{number:05}.yaml" for number in range(files)]
    lint = [python, "-m", "rft_cli", "lint", *(names if files == 1 else ["configs"])]
    rows = [Command("python -c pass", 0, [python, "-c", "pass"])] if files == 1 else []
    rows.append(Command("rft lint", files, lint))
    if files >= SHARED_FROM:
        rows.append(Command("rft lint, one core", files, lint, one_core=True))
    return rows + [Command(name, files, PEERS[name](program, names)) for name, program in programs.items()]


def measure(command: Command, folder: Path) -> Cost:
    """One run, from start to exit. A command that fails ends the benchmark.

    Bytecode is written and found as after an installation, for every Python program alike.
    """
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    surroundings["PYTHONPYCACHEPREFIX"] = str(folder.parent / "rft-benchmark-bytecode")
    everywhere = os.sched_getaffinity(0)
    start = time.perf_counter()
    with tempfile.TemporaryFile() as talk:
        os.sched_setaffinity(0, {min(everywhere)} if command.one_core else everywhere)
        process = subprocess.Popen(command.words, cwd=folder, env=surroundings, stdout=talk, stderr=talk)
        os.sched_setaffinity(0, everywhere)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        talk.seek(0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            told = talk.read()[-500:].decode(errors="replace")
            sys.exit(f"{' '.join(command.words[:4])} … ended with {process.returncode}:\n{told}")
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)


def rounds(rows: list[Command], folder: Path, runs: int) -> list[list[Cost]]:
    """The costs of each row; one run to warm up, which is all that a slow command gets."""
    costs = [[measure(row, folder)] for row in rows]
    slow = [first[0].wall_s > ONCE_FROM_S for first in costs]
    for index in range(runs):
        for row, taken, once in zip(rows, costs, slow, strict=True):
            if not once:
                if index == 0:
                    taken.clear()
                taken.append(measure(row, folder))
    return costs


def version(name: str, program: str) -> str:
    """Of a peer, as it says itself; npm's programs say it in their package."""
    package = Path(program).resolve().parents[1] / "package.json"
    if package.exists():
        return (
            f" (ajv-cli {json.loads(package.read_text(encoding='utf-8'))['version']})"
            if name == "ajv"
            else ""
        )
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return " " + (told.stdout or told.stderr).split()[-1]


def machine() -> str:
    """Machine, interpreter, commit and day, in one line."""
    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    busy = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    day = datetime.now(UTC).date().isoformat()
    cores = f"{os.cpu_count()} × {model}, {platform.system()}{busy}"
    return f"{day}, commit {commit or 'unknown'}, Python {platform.python_version()}, {cores}"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def table(sizes: list[int], programs: dict[str, str], runs: int) -> str:
    """Measure, and say it as Markdown."""
    head = ("command", "files", "CPU", "wall", "memory", "CPU of rft lint")
    lines = [f"| {' | '.join(head)} |", "| --- | --: | --: | --: | --: | --: |"]
    versions = {name: version(name, program) for name, program in programs.items()}
    for files in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_project(folder, files)
            rows = commands(files, programs)
            costs = rounds(rows, folder, runs)
        cpu = [statistics.median(cost.cpu_s for cost in taken) for taken in costs]
        ours = next(value for row, value in zip(rows, cpu, strict=True) if row.name.startswith("rft"))
        for row, value, taken in zip(rows, cpu, costs, strict=True):
            wall = statistics.median(cost.wall_s for cost in taken)
            memory = statistics.median(cost.memory_mib for cost in taken)
            times = "" if row.name.startswith(("rft", "python")) else f"{ours / value:.2f} ×"
            lines.append(
                f"| {row.name}{versions.get(row.name, '')} | {row.files or '–'} | {value * 1000:.0f} ms | "
                f"{wall * 1000:.0f} ms | {memory:.0f} MiB | {times} |"
            )
    return "\n".join(lines) + f"\n\nMedians of {runs} rounds. {machine()}.\n"


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--files", type=int, nargs="+", default=[1, 1000, 10000])
    parser.add_argument("--bin", metavar="FOLDER", action="append", default=[])
    parser.add_argument("--out", type=Path, help="write the table into this file too")
    given = parser.parse_args()
    found = {name: shutil.which(name, path=os.pathsep.join(given.bin)) for name in PEERS}
    text = table(given.files, {name: path for name, path in found.items() if path}, given.runs)
    print(text)
    if given.out:
        given.out.parent.mkdir(exist_ok=True)
        given.out.write_text(f"# `rft lint` beside its peers\n\n{_ABOUT}\n{text}", encoding="utf-8")


_ABOUT = """Written by `python benchmarks/lint.py --bin FOLDER … --out benchmarks/results/lint.md`. Every command lints the same
files from start to exit; CPU is user + system time. check-jsonschema names no lines; yamllint checks style and knows no schema;
ajv names neither lines nor what else is wrong with a run. A process is charged with the memory of the benchmark itself until it
has more of its own, so the least figure of that column means "no more". Last column: CPU of `rft lint` as a share of the peer's.
"""

if __name__ == "__main__":
    main()
