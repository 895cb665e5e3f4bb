"""CPU of `rft plan` and `rft diff`, and the memory that a plan of a large data set takes.

Usage: `python benchmarks/plan.py [--runs 10] [--gigabytes 1] [--ledger 1000]`. Commands run in turn, round after round, so that
a busy machine is equally busy for each. CPU is user + system time of the finished process, memory its largest resident set; the
tables show medians. The data set is written to a temporary folder and removed. Prints Markdown.
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
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from rft_cli.backends.base import Poll
from rft_cli.backends.local.act import LocalBackend
from rft_cli.config import load
from rft_cli.plan import Digests, make_plan
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.place import Place
from rft_cli.runs.record import Draft
from rft_cli.task.carve import Carver
from rft_cli.task.data import file_digest, scan_rows
from rft_cli.task.sources import digest
from rft_cli.worker import State

ROOT = Path(__file__).parents[1]
GIGABYTE = 10**9

SMALL_ROWS = 256
"""Rows of the everyday data set, as in the quick start."""


class Command(NamedTuple):
    """One row of a table."""

    name: str
    words: tuple[str, ...]
    folder: Path
    ends_with: int = 0


class Cost(NamedTuple):
    """What one run of a command took."""

    cpu_ms: float
    wall_ms: float
    rss_mb: float


def row(number: int, padding: str = "") -> str:
    messages = [{"role": "user", "content": f"what is {number}+{number + 1}? {padding}"}]
    return json.dumps({"messages": messages, "answer": str(2 * number + 1)}) + "\n"


def write_project(folder: Path, rows: int = SMALL_ROWS) -> Path:
    """The quick start's evaluator and configs, with a data set that is carved."""
    for name in ("data", "evaluators", ".rft"):
        (folder / name).mkdir(parents=True)
    shutil.copy(ROOT / "configs/quickstart/evaluators/arithmetic.py", folder / "evaluators")
    (folder / "data/rows.jsonl").write_text("".join(map(row, range(rows))), encoding="utf-8")
    common = "version: 1\nmodel: rehearsal\ndataset: data/rows.jsonl\nevaluator: evaluators/arithmetic.py:evaluate\n"
    (folder / "a.yaml").write_text(common, encoding="utf-8")
    changed = "rollout: {n: 8}\nexperiment: {hypothesis: more signal}\n"
    (folder / "b.yaml").write_text(common + changed, encoding="utf-8")
    return folder


def fill(folder: Path, runs: int) -> None:
    """Runs of one scope in the ledger, each with settings of its own."""
    config = load(folder / "a.yaml", root=folder).config
    assert config is not None
    backend = LocalBackend()
    carver = Carver()
    data = scan_rows(folder / "data/rows.jsonl", "", carver.add)
    digests = Digests(data.digest, digest(folder / "evaluators/arithmetic.py", folder))
    with Ledger(Place(folder, folder / ".rft"), create=True) as ledger:
        for number in range(runs):
            rate = 1e-4 * (1 + number / runs)
            values = {**config.values, "training": {**config.values["training"], "learning_rate": rate}}
            plan = make_plan(
                config._replace(values=values), backend, rows=carver.choice().rows, digests=digests
            )
            record = {
                "schedule": plan.schedule,
                "digests": digests.as_job(),
                "config_path": "a.yaml",
                "origins": {},
                "versions": {},
            }
            draft = Draft("a", plan.scope, plan.fingerprint, "local", number == 0, 64, values, record)
            run = ledger.admit(draft._replace(recipe=plan.recipe)).run
            ledger.take_in(run.id, Poll(State.COMPLETED, "completed", 1))


def write_large(folder: Path, size: int) -> int:
    """A data set of so many bytes; returns its rows."""
    padding = "x" * 400
    rows = written = 0
    with (folder / "data/rows.jsonl").open("w", encoding="utf-8") as file:
        while written < size:
            line = row(rows, padding)
            file.write(line)
            written += len(line)
            rows += 1
    return rows


def measure(command: Command) -> Cost:
    """Run a command to its end."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command.words,
        cwd=command.folder,
        env=_environment(command.folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != command.ends_with:
        sys.exit(f"{' '.join(command.words[-3:])} ended with {process.returncode}")
    # Linux counts kilobytes, macOS bytes.
    unit = 1 if platform.system() == "Darwin" else 1024
    return Cost(1000 * (usage.ru_utime + usage.ru_stime), 1000 * wall, usage.ru_maxrss * unit / 1e6)


def _environment(folder: Path) -> dict[str, str]:
    """Ours, with compiled modules as an installed package has them."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(folder.parent / "compiled")}


def table(commands: list[Command], runs: int) -> list[str]:
    """Medians over rounds; the first round, which writes byte code, is not counted."""
    costs: dict[str, list[Cost]] = {command.name: [] for command in commands}
    for number in range(runs + 1):
        for command in commands:
            cost = measure(command)
            if number:
                costs[command.name].append(cost)
    lines = ["| command | CPU, median | least | wall, median | memory |", "| --- | --: | --: | --: | --: |"]
    for name, taken in costs.items():
        cpu = [cost.cpu_ms for cost in taken]
        wall, memory = (
            statistics.median(getattr(cost, field) for cost in taken) for field in ("wall_ms", "rss_mb")
        )
        lines.append(
            f"| {name} | {statistics.median(cpu):.0f} ms | {min(cpu):.0f} ms | {wall:.0f} ms | {memory:.0f} MB |"
        )
    return lines


def large(folder: Path, size: int) -> list[str]:
    """What a plan of a small and of a large data set takes, and the digest alone."""
    lines = ["| data set | rows | CPU | wall | memory |", "| --- | --: | --: | --: | --: |"]
    for name, rows in (("small", SMALL_ROWS), (f"{size / GIGABYTE:g} GB", write_large(folder, size))):
        if name == "small":
            (folder / "data/rows.jsonl").rename(folder / "data/large.jsonl")
            (folder / "data/rows.jsonl").write_text("".join(map(row, range(rows))), encoding="utf-8")
        cost = measure(Command(name, rft("plan", "a.yaml"), folder))
        lines.append(
            f"| {name} | {rows:,} | {cost.cpu_ms / 1000:.1f} s | {cost.wall_ms / 1000:.1f} s | {cost.rss_mb:.0f} MB |"
        )
        if name == "small":
            (folder / "data/large.jsonl").replace(folder / "data/rows.jsonl")
    began = time.process_time()
    file_digest(folder / "data/rows.jsonl")
    lines.append(f"| its digest alone | | {time.process_time() - began:.1f} s | | |")
    return lines


def rft(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "rft_cli", *words)


def machine() -> str:
    """Machine, date and commit, for the head of a results page."""
    commit = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, commit {commit}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}; load of the machine while it ran: {load}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--ledger", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        empty = write_project(Path(name) / "empty")
        full = write_project(Path(name) / "full")
        fill(full, options.ledger)
        commands = [
            Command("`python -c pass`", (sys.executable, "-c", "pass"), empty),
            Command("`import typer`", (sys.executable, "-c", "import typer"), empty),
            Command("`import jsonschema`", (sys.executable, "-c", "import jsonschema"), empty),
            Command("`rft plan b.yaml`", rft("plan", "b.yaml"), empty),
            Command("`rft plan b.yaml --json`", rft("plan", "b.yaml", "--json"), empty),
            Command(f"`rft plan b.yaml`, {options.ledger:,} runs in the ledger", rft("plan", "b.yaml"), full),
            Command("`rft diff a.yaml b.yaml`", rft("diff", "a.yaml", "b.yaml"), empty, ends_with=1),
        ]
        print("# rft plan\n")
        print(f"`python benchmarks/plan.py`: {machine()}.\n")
        print("\n".join(table(commands, options.runs)))
        print(
            "\nA large data set: every row is read and checked, its prompt hashed for the held-out rows, and none is kept.\n"
        )
        print("\n".join(large(write_project(Path(name) / "large"), int(options.gigabytes * GIGABYTE))))


if __name__ == "__main__":
    main()
