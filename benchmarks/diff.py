"""CPU of `rft diff`, beside bare Python and `rft lint`.

Usage: `python benchmarks/diff.py [--runs 15]`. All commands run in turn, round after round, so that a busy machine is equally
busy for each. CPU is user + system time of the finished process and of git where it is asked. Prints Markdown.
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
from pathlib import Path

RFT = (sys.executable, "-m", "rft_cli")
GIT = ("git", "-c", "user.name=A", "-c", "user.email=a@example.org")

COMMANDS: dict[str, tuple[str, ...]] = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "rft lint run.yaml": (*RFT, "lint", "run.yaml"),
    "rft diff run.yaml changed.yaml": (*RFT, "diff", "run.yaml", "changed.yaml"),
    "rft diff changed.yaml (no ledger)": (*RFT, "diff", "changed.yaml"),
    "rft diff HEAD:run.yaml run.yaml": (*RFT, "diff", "HEAD:run.yaml", "run.yaml"),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        prepare()
        times: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for _ in range(runs):
            for name, command in COMMANDS.items():
                times[name].append(cpu_milliseconds(command))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {runs} runs\n")
    print("| command | median CPU, ms | least |\n| --- | --- | --- |")
    for name, measured in times.items():
        print(f"| `{name}` | {statistics.median(measured):.0f} | {min(measured):.0f} |")


def prepare() -> None:
    """A project in a repository, and a second config."""
    subprocess.run((*RFT, "init", "."), check=True, capture_output=True)
    text = Path("run.yaml").read_text(encoding="utf-8")
    Path("changed.yaml").write_text(
        text.replace("learning_rate: 1e-4", "learning_rate: 2e-4"), encoding="utf-8"
    )
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "first")):
        subprocess.run((*GIT, *words), check=True)


def cpu_milliseconds(command: tuple[str, ...]) -> float:
    """User and system time of a process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


if __name__ == "__main__":
    main()
