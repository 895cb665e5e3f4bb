"""How long `rft sync` takes with hundreds of live jobs at the managed service, and what a launch costs until it asks for its job.

python benchmarks/sync.py --jobs 500 --write benchmarks/results/sync.md
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]

from plan import machine  # noqa: E402
from services.fireworks.double import Double, serve  # noqa: E402

from rft_cli.backends.fireworks.access import Access  # noqa: E402
from rft_cli.backends.fireworks.act import FireworksBackend  # noqa: E402
from rft_cli.backends.fireworks.client import FireworksClient  # noqa: E402
from rft_cli.backends.fireworks.connection import Connection  # noqa: E402
from rft_cli.runs.ledger import Ledger  # noqa: E402
from rft_cli.runs.place import Place  # noqa: E402
from rft_cli.runs.record import Draft  # noqa: E402
from rft_cli.worker import State  # noqa: E402
from rft_cli.workflow.control import sync  # noqa: E402
from rft_cli.workflow.project import Project  # noqa: E402

CONFIG = """\
version: 1
name: sums
backend: fireworks
model: accounts/fireworks/models/llama-v3p1-8b-instruct
dataset: accounts/acme/datasets/sums
evaluator: accounts/acme/evaluators/sums-exact
"""


def record(place: Place, jobs: list[str]) -> None:
    """A live run for each job."""
    with Ledger(place, create=True) as ledger:
        for number, job in enumerate(jobs):
            run = ledger.admit(
                Draft(job, "scope", f"fingerprint {number}", "fireworks", False, 3, {}, {})
            ).run
            place.run_folder(run.id).mkdir()
            ledger.submitted(
                run.id, {"job": f"accounts/acme/reinforcementFineTuningJobs/{job}", "steps": 3}, State.QUEUED
            )


def synced(fireworks: Double, place: Place) -> tuple[float, float, int, int]:
    """Seconds, CPU seconds of this process, runs that changed, and requests of one sync by a new process."""
    access = Access(fireworks.key, fireworks.url)
    before = len(fireworks.calls("get-job"))
    started, cpu = time.perf_counter(), time.process_time()
    with closing(Connection(access)) as connection:
        backend = FireworksBackend(lambda _root: FireworksClient(access, connection))
        looks = sync(Project(place, lambda _name: backend))
    assert [look for look in looks if look.problem] == []
    taken, used = time.perf_counter() - started, time.process_time() - cpu
    return taken, used, sum(look.changed for look in looks), len(fireworks.calls("get-job")) - before


def launch_cpu_ms(fireworks: Double, folder: Path) -> float:
    """CPU of one whole `rft launch --detach`, its start included."""
    (folder / "sums.yaml").write_text(CONFIG)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "rft_cli", "launch", "sums.yaml", "--yes", "--detach"],
        cwd=folder,
        env={**os.environ, **fireworks.environment, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    lines = [
        "# Looking at the managed service",
        "",
        f"`python benchmarks/sync.py`: {machine()}. The service's double runs in the same process.",
        "",
    ]
    lines += [
        "| | seconds | CPU seconds, both sides | runs changed | requests |",
        "| --- | --- | --- | --- | --- |",
    ]
    with serve("happy", seed=0) as fireworks, tempfile.TemporaryDirectory() as name:
        fireworks.adjust(poll_step_s=0)
        place = Place(Path(name), Path(name) / ".rft")
        record(place, fireworks.add_jobs(options.jobs))
        for what, seconds in (("first sync", 0), ("all of them are over", 100_000), ("nothing new", 0)):
            fireworks.advance(seconds)
            taken, used, changed, requests = synced(fireworks, place)
            lines.append(
                f"| {options.jobs} live jobs, {what} | {taken:.1f} | {used:.1f} | {changed} | {requests} |"
            )
    with serve("happy", seed=0) as fireworks, tempfile.TemporaryDirectory() as name:
        lines += [
            "",
            f"One whole `rft launch --detach`, start included: {launch_cpu_ms(fireworks, Path(name)):.0f} ms CPU.",
        ]
    text = "\n".join(lines) + "\n"
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
