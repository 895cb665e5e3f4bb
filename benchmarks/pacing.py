"""Requests and time of a first `rft runs --remote` and of an `rft sync` on an account with ten requests a minute.

python benchmarks/pacing.py --write benchmarks/results/pacing.md

Waits move the double's clock instead of the wall's, so a minute of the service takes no time here.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]

from plan import machine  # noqa: E402
from services.fireworks.double import serve  # noqa: E402

from rft_cli.backends.fireworks.access import Access  # noqa: E402
from rft_cli.backends.fireworks.act import FireworksBackend  # noqa: E402
from rft_cli.backends.fireworks.client import FireworksClient  # noqa: E402
from rft_cli.backends.fireworks.connection import Connection  # noqa: E402
from rft_cli.backends.registry import backend as registered  # noqa: E402
from rft_cli.backends.waits import Wait  # noqa: E402
from rft_cli.runs.place import Place  # noqa: E402
from rft_cli.workflow.control import sync  # noqa: E402
from rft_cli.workflow.project import Project  # noqa: E402
from rft_cli.workflow.remote import adopt  # noqa: E402
from rft_cli.workflow.selection import Selection  # noqa: E402

SCENARIOS = ("rate-limited", "rate-limited-silently")


class Cost(NamedTuple):
    """What one command cost."""

    requests: int
    refused: int
    """Of them, with 429."""
    minutes: float
    """Of the service."""
    done: int
    """Runs that it was good for."""
    problems: int


def measured(scenario: str, jobs: int) -> tuple[Cost, Cost]:
    """A first `rft runs --remote` over so many live jobs, then an `rft sync` over the runs."""
    with serve(scenario, seed=0) as fireworks, tempfile.TemporaryDirectory() as name:
        fireworks.adjust(poll_step_s=0)
        fireworks.add_jobs(jobs)
        root, waits = Path(name), list[Wait]()
        access = Access(fireworks.key, fireworks.url)
        with closing(Connection(access, sleep=fireworks.sleep, tell=waits.append)) as connection:

            def project() -> Project:
                """As a new process sees it."""
                managed = FireworksBackend(lambda _root: FireworksClient(access, connection))
                place = Place(root, root / ".rft")
                return Project(place, lambda name: managed if name == "fireworks" else registered(name))

            def cost(began: float, seen: int, told: int, done: int, problems: int) -> Cost:
                took = fireworks.service.clock.seconds - began
                return Cost(len(fireworks.log()) - seen, len(waits) - told, took / 60, done, problems)

            began, seen, told = fireworks.service.clock.seconds, len(fireworks.log()), len(waits)
            outcome = adopt(project(), Selection(None, (), None, None, jobs), lambda _line: None)
            first = cost(began, seen, told, len(outcome.adopted), len(outcome.problems))
            fireworks.advance(60)
            began, seen, told = fireworks.service.clock.seconds, len(fireworks.log()), len(waits)
            looks = sync(project())
            return first, cost(began, seen, told, len(looks), sum(look.problem is not None for look in looks))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, nargs="*", default=[12, 50, 60])
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    lines = [
        "# Ten requests a minute",
        "",
        f"`python benchmarks/pacing.py`: {machine()}.",
        "",
        "| account | jobs, live | command | runs | requests | of them refused | minutes of the service | runs left behind |",
        "| --- | --: | --- | --: | --: | --: | --: | --: |",
    ]
    failed = 0
    for scenario in SCENARIOS:
        for jobs in options.jobs:
            for command, cost in zip(
                ("rft runs --remote", "rft sync"), measured(scenario, jobs), strict=True
            ):
                failed += cost.problems
                lines.append(
                    f"| {scenario} | {jobs} | `{command}` | {cost.done} | {cost.requests} | {cost.refused} | "
                    f"{cost.minutes:.1f} | {cost.problems} |"
                )
    text = "\n".join(lines) + "\n"
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
