"""What `kill -9` does to runs and to the ledger: many launches at once, then many kills at random instants.

    python benchmarks/kill.py [--launches 20] [--kills 200] [--seed 0] [--output FILE]

The commands and the workers are the real ones, on a data set of a few rows. A record counts as acknowledged when the launch has
printed it. Prints Markdown, and ends with 1 when a promise was broken. Takes a few minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from rft_cli.backends.local.act import START_SECONDS  # noqa: E402  the checkout has to be found first
from rft_cli.worker import State, process_start  # noqa: E402

sys.path.insert(0, str(ROOT / "benchmarks"))
from ledger import commit, machine  # noqa: E402  beside this file

ROWS = 64
"""Chosen: sixteen steps, long enough to be killed in each of a run's phases and short enough for hundreds of runs."""

AT_ONCE = 2
"""Launches under way while kills go on. Chosen: the ledger is always shared, on machines with two cores too."""

LONGEST = 1.3
"""Seconds after which a kill comes at the latest. Chosen: about the whole life of such a run."""

LIVE = tuple(state.value for state in State if state.live)

TARGETS = ("command", "worker", "both")
SHARES = (9, 9, 2)


class Kill(NamedTuple):
    """One launch and what was done to it."""

    target: str
    hit: bool
    """False: it was over before."""
    acknowledged: tuple[tuple[str, int], ...]
    """Run and step of everything that the launch has printed; step 0 is the record itself."""
    intact: bool
    """SQLite's integrity check right afterwards."""


class Project:
    """A project in a folder of its own, used through the command line only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("RFT_")}
        self._environment |= {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(folder / ".compiled")}
        self._environment.pop("PYTHONDONTWRITEBYTECODE", None)
        quickstart = ROOT / "configs" / "quickstart"
        for path in quickstart.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                target = folder / path.relative_to(quickstart)
                target.parent.mkdir(parents=True, exist_ok=True)
                lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
                target.write_text(
                    "".join(lines[:ROWS] if path.suffix == ".jsonl" else lines), encoding="utf-8"
                )

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A command, running."""
        return subprocess.Popen(
            [sys.executable, "-m", "rft_cli", *words],
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str) -> tuple[int, str]:
        """Exit code and standard output of a command."""
        process = self.start(*words)
        output, said = process.communicate()
        if process.returncode not in {0, 5}:
            sys.exit(f"rft {' '.join(words)} ended with {process.returncode}:\n{said}")
        return process.returncode, output

    def launch(self, seed: int, *words: str) -> subprocess.Popen[str]:
        """A launch of settings that nobody else launches."""
        return self.start("launch", "run.yaml", "--set", f"experiment.seed={seed}", *words)

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the ledger."""
        with closing(sqlite3.connect(self.folder / ".rft" / "ledger.db", timeout=30)) as connection:
            return connection.execute(statement, values).fetchall()

    def intact(self) -> bool:
        """SQLite's opinion of the file."""
        return self.query("PRAGMA integrity_check") == [("ok",)]

    def live(self) -> int:
        """Runs that count as live."""
        marks = ", ".join("?" * len(LIVE))
        return int(self.query(f"SELECT count(*) FROM runs WHERE state IN ({marks})", *LIVE)[0][0])

    def settle(self, seconds: float) -> int:
        """Synchronise until no run is live, or the time is over; how many are left."""
        deadline = time.monotonic() + seconds
        while True:
            self.run("sync")
            left = self.live()
            if not left or time.monotonic() > deadline:
                return left
            time.sleep(0.5)


def kill_one(project: Project, number: int, chance: random.Random) -> Kill:
    """Launch, kill at a random instant, and look at what was promised until then."""
    target = chance.choices(TARGETS, SHARES)[0]
    instant = chance.uniform(0, LONGEST)
    start = time.monotonic()
    process = project.launch(number, "--json")
    if target != "command":
        first = process.stdout.readline() if process.stdout else ""
        while first and json.loads(first)["event"] != "submitted":
            first = process.stdout.readline() if process.stdout else ""
        lines = [first] if first else []
        start = time.monotonic()
    else:
        lines = []
    time.sleep(max(0.0, start + instant - time.monotonic()))
    hit = False
    if target != "command" and lines:
        hit = kill_worker(project, json.loads(lines[0])["run"])
    if target != "worker":
        hit = process.poll() is None or hit
        process.kill()
    rest, _ = process.communicate()
    events = [_event(line) for line in [*lines, *rest.splitlines()]]
    acknowledged = tuple(
        (event["run"], event.get("step", 0))
        for event in events
        if event.get("event") in {"submitted", "metrics"}
    )
    return Kill(
        target, hit, acknowledged, not (project.folder / ".rft/ledger.db").exists() or project.intact()
    )


def _event(line: str) -> dict[str, Any]:
    """A line of the stream; the last one may have been cut by the kill."""
    with suppress(ValueError):
        event: dict[str, Any] = json.loads(line)
        return event
    return {}


def kill_worker(project: Project, run: str) -> bool:
    """Whether the worker of a run was alive and has been killed."""
    rows = project.query("SELECT ref FROM runs WHERE id = ?", run)
    ref = json.loads(rows[0][0]) if rows else {}
    if not ref or process_start(ref["pid"]) != ref["process_start"]:
        return False
    with suppress(ProcessLookupError):
        os.kill(ref["pid"], signal.SIGKILL)
        return True
    return False


def launches_at_once(project: Project, count: int) -> list[tuple[str, str]]:
    """Launch from so many processes in the same moment; run ids as printed, and states in the end."""
    started = [project.launch(seed, "--detach") for seed in range(count)]
    printed = []
    for process in started:
        output, said = process.communicate()
        if process.returncode:
            sys.exit(f"a launch ended with {process.returncode}:\n{said}")
        printed.append(output.strip())
    project.settle(120)
    states = dict(project.query("SELECT id, state FROM runs"))
    return [(run, states.get(run, "lost")) for run in printed]


def resumed(project: Project, count: int) -> tuple[int, int]:
    """Resume runs that failed; how many, and how many of them completed."""
    failed = [row[0] for row in project.query("SELECT id FROM runs WHERE state = 'failed' ORDER BY id")]
    failed = [run for run in failed if (project.folder / ".rft/runs" / run / "job.json").exists()][:count]
    for run in failed:
        project.run("resume", run, "--timeout", "60")
    completed = [
        run for run in failed if project.query("SELECT state FROM runs WHERE id = ?", run) == [("completed",)]
    ]
    return len(failed), len(completed)


def lost(project: Project, kills: list[Kill]) -> list[tuple[str, int]]:
    """What was acknowledged and is not in the ledger."""
    known = {(run, 0) for (run,) in project.query("SELECT id FROM runs")}
    known |= set(project.query("SELECT run, step FROM points"))
    return [record for kill in kills for record in kill.acknowledged if record not in known]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--launches", type=int, default=20)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        project = Project(Path(name))
        project.run("launch", "run.yaml")  # the baseline; also compiles the modules
        at_once = launches_at_once(project, options.launches + 1)[1:]
        chance = random.Random(options.seed)
        chances = [random.Random(chance.random()) for _ in range(options.kills)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            kills = list(
                pool.map(
                    lambda number: kill_one(project, 1000 + number, chances[number]), range(options.kills)
                )
            )
        # A launch that was killed between its record and the submission is given so long to be a slow one.
        left = project.settle(START_SECONDS + 30)
        states = Counter(row[0] for row in project.query("SELECT state FROM runs"))
        tries, completed = resumed(project, 10)
        missing = lost(project, kills)
        ids = [row[0] for row in project.query("SELECT id FROM runs")]
        fingerprints = [row[0] for row in project.query("SELECT fingerprint FROM runs")]
        folders = {path.name for path in (project.folder / ".rft/runs").iterdir()}
        promises = {
            f"launches at once from {len(at_once)} processes: all have a number of their own, and all completed": (
                len({run for run, _ in at_once}) == len(at_once)
                and all(state == "completed" for _, state in at_once)
            ),
            f"acknowledged records lost, of {sum(len(kill.acknowledged) for kill in kills):,}: {len(missing)}": not missing,
            f"integrity checks of the ledger that failed, of {len(kills) + 1}: "
            f"{sum(not kill.intact for kill in kills) + (not project.intact())}": all(
                kill.intact for kill in kills
            )
            and project.intact(),
            f"runs still live after `rft sync`: {left}": left == 0,
            f"run ids given out twice, of {len(ids)}: {len(ids) - len(set(ids))}": len(ids) == len(set(ids)),
            f"settings recorded twice: {len(fingerprints) - len(set(fingerprints))}": len(fingerprints)
            == len(set(fingerprints)),
            f"run folders without a record: {len(folders - set(ids))}": folders <= set(ids),
            f"killed runs that `rft resume` completed, of {tries}: {completed}": tries == completed,
        }
    hits = Counter(kill.target for kill in kills if kill.hit)
    lines = [
        "# Kills at random instants",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, commit {commit()}, {machine()}. Took {time.monotonic() - began:.0f} s.",
        f"{len(kills)} launches of 16 steps, {AT_ONCE} under way at a time, `kill -9` within {LONGEST} s, seed {options.seed}.",
        f"Killed while alive: {hits['command']} commands, {hits['worker']} workers, {hits['both']} times both; "
        f"{len(kills) - sum(hits.values())} were over before.",
        f"States in the end: {', '.join(f'{count} {state}' for state, count in sorted(states.items()))}.",
        "",
        "| promise | kept |",
        "| --- | --- |",
        *(f"| {promise} | {'yes' if kept else '**no**'} |" for promise, kept in promises.items()),
    ]
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    for record in missing[:10]:
        print(f"lost: {record}", file=sys.stderr)
    for run, state in at_once:
        if state != "completed":
            print(f"launched with others and {state}: {run}", file=sys.stderr)
    return 0 if all(promises.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
