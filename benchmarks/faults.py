"""Random fault schedules against the double of the managed service: is there exactly one job after each?

A schedule is a project whose commands fail: requests are dropped before or after they are carried out, refused with 5xx, pages of
proxies and 429, answered slowly, in pieces, in half, never, or carried out after the client has given up; processes are killed
before, within and after requests and at any moment, `rft sync` and `rft cancel` come between, and two commands run at once.
Whoever launches does it again until the run is with the service, as a user would. Then everything works again, time passes, and
what the service has is compared with what the ledger says.

    python benchmarks/faults.py --schedules 1000 --write benchmarks/results/faults.md
    python benchmarks/faults.py --seed 0 --only 317        # one of them again, with every command and request

Draws repeat. What the machine decides does not: where a kill at any moment strikes, and the order of two commands at once.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]

from fault_processes import AFTER, ANY, BEFORE, BETWEEN, CRASHED, CREATE, Kill, Processes, Task  # noqa: E402
from ledger import commit, machine  # noqa: E402  beside this file
from services.fireworks.double import Double, serve  # noqa: E402
from services.fireworks.faults import KINDS, LATEST_S  # noqa: E402

from rft_cli.backends.fireworks.act import GRACE_SECONDS  # noqa: E402
from rft_cli.backends.fireworks.shape.wire import job_id  # noqa: E402
from rft_cli.backends.fireworks.states import bare, meaning  # noqa: E402
from rft_cli.runs.ledger import Ledger  # noqa: E402
from rft_cli.runs.place import Place  # noqa: E402
from rft_cli.runs.record import Run  # noqa: E402
from rft_cli.worker import State  # noqa: E402

NAMED = """\
version: 1
name: sums
backend: fireworks
model: accounts/fireworks/models/llama-v3p1-8b-instruct
dataset: accounts/acme/datasets/sums
evaluator: accounts/acme/evaluators/sums-exact
"""
FILES = """\
version: 1
name: sums
backend: fireworks
model: accounts/fireworks/models/llama-v3p1-8b-instruct
dataset: data/train.jsonl
evaluator: {entry: evaluators/sums.py:evaluate, env: [JUDGE_KEY]}
evaluation: {dataset: data/held-out.jsonl}
"""
EVALUATOR = "def evaluate(completion, record):\n    return float(completion == record['answer'])\n"

UPLOADS, CANCELS, PAIRS = 0.5, 0.25, 0.4
"""Shares of the schedules that upload files, that cancel, and in which two commands run at once. Chosen."""

OPERATIONS = (("create-job", "get-job"), ("create-job", "read"), ("write", "get-job"), ("*",))
"""Which requests may fail, by schedule."""

UNCERTAIN = ("late", "hang-before", "hang-after", "reset-after", "empty-after")
"""Failures after which nobody can know what was done; in half of the schedules there are no others."""

MOST_FAULTS, MOST_KILLS, MOST_COMMANDS = 16, (0, 1, 3, 6), 60
"""Chosen: a schedule ends within a second or so, and after so many commands it counts as one that never ends."""

LATER = (0.0, 10.0, 30.0, 60.0, GRACE_SECONDS, 300.0)
"""Seconds after which a user comes back to a run whose fate is not known."""

LONG = 20_000.0
"""Seconds after which every job is over and nothing is on its way any more."""

LAUNCHED = frozenset({State.QUEUED, State.RUNNING, State.COMPLETED})

ENDED = frozenset({State.CANCELLED, State.FAILED})
"""How the newest run may end where somebody cancels: it ended, or another launch beside it never came to a job."""


class Plan(NamedTuple):
    """What a schedule draws before it begins."""

    rate: float
    operations: tuple[str, ...]
    kinds: tuple[str, ...]
    kills: int
    uploads: bool
    large: bool
    """Whether data sets go to the store."""
    cancels: bool
    again: bool
    """Whether a run that was cancelled is launched again."""
    pairs: bool


class Outcome(NamedTuple):
    """What came of one schedule."""

    jobs: int
    """That nobody cancelled."""
    all_jobs: int
    commands: Counter[str]
    at_once: int
    """Times that two commands ran together."""
    kills: Counter[str]
    unknown: int
    faults: Counter[str]
    uploads: bool
    wrong: tuple[str, ...]
    """What should not be, in words; empty: all is well."""
    seconds: float


class Schedule:
    """One schedule on a fresh world.

    Args:
        fireworks: the double.
        processes: in which commands run.
        seed: of the whole campaign.
        number: of the schedule.
        root: an empty folder.
        tells: whether every command and request is printed.
    """

    def __init__(
        self, fireworks: Double, processes: Processes, seed: int, number: int, root: Path, *, tells: bool
    ) -> None:
        self.fireworks, self.processes, self.root, self.tells = fireworks, processes, root, tells
        self.name = f"{seed}/{number}"
        self.rng = random.Random(self.name)
        self.place = Place(root, root / ".rft")
        self.plan = self._drawn()
        self.kills_left = self.plan.kills
        self.kills: Counter[str] = Counter()
        self.commands: Counter[str] = Counter()
        self.at_once = self.unknown = self.told = 0
        self.wrong: list[str] = []
        fireworks.use("happy", number, poll_step_s=0.0)
        fireworks.random_faults(number, self.plan.rate, MOST_FAULTS, self.plan.operations, self.plan.kinds)
        write_project(root, uploads=self.plan.uploads)

    def _drawn(self) -> Plan:
        rng = self.rng
        return Plan(
            rng.choice((0.1, 0.3, 0.6, 0.95)),
            rng.choice(OPERATIONS),
            rng.choice((tuple(KINDS), UNCERTAIN)),
            rng.choice(MOST_KILLS),
            rng.random() < UPLOADS,
            rng.random() < 0.5,
            rng.random() < CANCELS,
            rng.random() < 0.5,
            rng.random() < PAIRS,
        )

    def go(self) -> Outcome:
        """The schedule, to its end."""
        started = time.perf_counter()
        self._until(LAUNCHED, "launch")
        if self.plan.cancels:
            self._until(frozenset({State.CANCELLED, State.COMPLETED}), "cancel")
            if self.plan.again:
                self._until(LAUNCHED, "launch")
        faults = Counter(entry["fault"] for entry in self.fireworks.log() if entry["fault"])
        self._settle()
        runs = self.runs()
        self.wrong += wrong(self.fireworks, runs, uploads=self.plan.uploads)
        state = self.fireworks.state()["accounts"][self.fireworks.account]["jobs"]
        ends = [bare(state[name]["state"]) for name in self.fireworks.jobs]
        kept = [end for end in ends if end != "CANCELLED"]
        is_ended = self.plan.cancels and not self.plan.again and self._state() in ENDED
        if len(kept) != (0 if is_ended else 1):
            self.wrong.append(f"{len(kept)} jobs that nobody cancelled")
        return Outcome(
            len(kept),
            len(ends),
            self.commands,
            self.at_once,
            self.kills,
            self.unknown,
            faults,
            self.plan.uploads,
            tuple(self.wrong),
            time.perf_counter() - started,
        )

    def _until(self, states: frozenset[State], what: str) -> None:
        """Give a command again and again until the newest run is as wanted; sometimes look in between, and wait."""
        limit = self.commands.total() + MOST_COMMANDS
        while self.commands.total() < limit:
            self._run(what, *self._beside(what))
            found = self._state()
            if found in states:
                return
            if self.rng.random() < 0.3:
                self._run("sync")
                if self._state() in states:
                    return
            if found in {State.SUBMITTING, State.UNKNOWN}:
                self.unknown += found is State.UNKNOWN
                self._wait(self.rng.choice(LATER))
            elif what == "cancel" and found is not None and found.live:
                self._wait(30.0)
            elif what == "cancel" and found is State.FAILED:
                return
        self.wrong.append(f"{what} does not come to an end")

    def _beside(self, what: str) -> tuple[str, ...]:
        if not self.plan.pairs or self.rng.random() < 0.5:
            return ()
        return (what if self.rng.random() < 0.7 else self.rng.choice(("sync", "launch")),)

    def _run(self, *whats: str) -> None:
        tasks = []
        for what in whats:
            self.commands[what] += 1
            tasks.append(
                Task(
                    what,
                    str(self.root),
                    self.fireworks.url,
                    self.fireworks.key,
                    f"{self.name}/{self.commands.total()}",
                    self.plan.large,
                    self._kill(),
                )
            )
            if tasks[-1].kill == Kill(BETWEEN, CREATE) and self.rng.random() < 0.5:
                # Its request for the job is still on its way when nobody is there any more.
                self.fireworks.fault("create-job", "late", seconds=self.rng.uniform(1.0, LATEST_S))
        self.at_once += len(tasks) > 1
        codes = self.processes.run(tasks)
        for task, code in zip(tasks, codes, strict=True):
            killed = task.kill is not None and code in {-signal.SIGKILL, -signal.SIGALRM}
            if task.kill and killed:
                self.kills_left -= 1
                self.kills[task.kill.where] += 1
            elif code == CRASHED or code < 0:
                self.wrong.append(f"{task.what} ended with {code}")
        self._tell([(task.what, task.kill, code) for task, code in zip(tasks, codes, strict=True)])

    def _kill(self) -> Kill | None:
        if self.kills_left <= 0 or self.rng.random() < 0.3:
            return None
        where = self.rng.choice((BEFORE, BETWEEN, AFTER, ANY))
        if where == ANY:
            return Kill(where, self.rng.uniform(0, 0.25))
        number = self.rng.randint(1, 24 if self.plan.uploads else 8)
        return Kill(where, CREATE if self.rng.random() < 0.5 else number)

    def _wait(self, seconds: float) -> None:
        self.fireworks.advance(seconds)
        if self.tells:
            print(f"{seconds:g} s pass")

    def _settle(self) -> None:
        """Everything works again, and time passes until nothing moves."""
        self.fireworks.random_faults(0, 0.0, 0)
        self.kills_left = 0
        for _ in range(4):
            self._wait(LONG)
            self._run("sync")
            if not any(run.state.live for run in self.runs()):
                return

    def runs(self) -> list[Run]:
        """Every run of the ledger."""
        if not self.place.ledger.exists():
            return []
        with Ledger(self.place) as ledger:
            return [ledger.run(each.id) for each in ledger.summaries()]

    def _state(self) -> State | None:
        if not self.place.ledger.exists():
            return None
        with Ledger(self.place) as ledger:
            newest = ledger.latest("sums")
            return ledger.run(newest).state if newest else None

    def _tell(self, codes: list[Any]) -> None:
        if not self.tells:
            return
        for entry in self.fireworks.log()[self.told :]:
            self.told += 1
            done = "done" if entry["committed"] else ""
            print(f"    {entry['operation']} {entry['status'] or ''} {entry['fault'] or ''} {done}".rstrip())
        found = [(run.id, str(run.state), run.summary.raw_state, run.summary.reason) for run in self.runs()]
        print(codes, found, flush=True)


def write_project(root: Path, *, uploads: bool) -> None:
    for name in ("data", "evaluators"):
        (root / name).mkdir()
    rows = [
        f'{{"messages": [{{"role": "user", "content": "{i}+{i}="}}], "answer": "{2 * i}"}}\n'
        for i in range(32)
    ]
    (root / "data/train.jsonl").write_text("".join(rows[:16]))
    (root / "data/held-out.jsonl").write_text("".join(rows[16:]))
    (root / "evaluators/sums.py").write_text(EVALUATOR)
    (root / "sums.yaml").write_text(FILES if uploads else NAMED)


def wrong(fireworks: Double, runs: list[Run], *, uploads: bool) -> Iterator[str]:
    """What the service has and the ledger does not say, the other way round, and what was made twice."""
    state = fireworks.state()
    account = state["accounts"][fireworks.account]
    jobs = {name: meaning(bare(account["jobs"][name]["state"])) for name in fireworks.jobs}
    named = Counter(name_of_job(run) for run in runs)
    for name, times in named.items():
        if times > 1:
            yield f"{times} runs point at the job {name}"
    for name, end in jobs.items():
        if name not in named:
            yield f"no run points at the job {name}, which is {end}"
    for run in runs:
        due = jobs.get(name_of_job(run), State.FAILED)
        if run.state is not due:
            yield f"{run.id} is {run.state} in the ledger and should be {due}"
        if run.state is State.COMPLETED and len(ref := str(run.ref.get("job", "")).split("/")) != 4:
            yield f"{run.id} is completed and does not know its job: {ref}"
    commits = state["commits"]
    made = {
        kind: [
            each for name, each in account[kind].items() if name.startswith("rft-") and "epoch" not in name
        ]
        for kind in ("datasets", "evaluators")
    }
    due = {"datasets": 2, "evaluators": 1} if uploads and jobs else {}
    for kind, entries in made.items():
        if jobs and len(entries) != due.get(kind, 0):
            yield f"{len(entries)} {kind} made"
        good = {"datasets": "READY", "evaluators": "ACTIVE"}[kind]
        if jobs and any(entry["state"] != good for entry in entries):
            yield f"{kind} that are not {good}"
    for operation, most in (
        ("create-dataset", due.get("datasets", 2)),
        ("create-evaluator", 1),
        ("create-secret", 1),
    ):
        if commits.get(operation, 0) > most or (uploads and jobs and commits.get(operation, 0) < most):
            yield f"{operation} was done {commits.get(operation, 0)} times"


def name_of_job(run: Run) -> str:
    """The id that the record gives the job, whatever the service has said."""
    summary = run.summary
    return job_id(summary.name, summary.fingerprint, summary.attempt)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--schedules", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="of the whole campaign")
    parser.add_argument("--only", type=int, help="the number of one schedule, told in full")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    numbers = range(options.schedules) if options.only is None else [options.only]
    started, before = time.perf_counter(), os.getloadavg()[0]
    outcomes: dict[int, Outcome] = {}
    with serve("happy") as fireworks, Processes(environment()) as processes:
        for number in numbers:
            with tempfile.TemporaryDirectory() as folder:
                schedule = Schedule(
                    fireworks, processes, options.seed, number, Path(folder), tells=options.only is not None
                )
                if options.only is not None:
                    print(schedule.plan)
                outcomes[number] = schedule.go()
            if outcomes[number].wrong:
                print(
                    f"--seed {options.seed} --only {number}: {'; '.join(outcomes[number].wrong)}", flush=True
                )
    text = report(outcomes, options.seed, time.perf_counter() - started, before)
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    return any(outcome.wrong for outcome in outcomes.values())


def environment() -> dict[str, str]:
    """Ours without settings of rft, and the secret of the evaluator."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RFT_", "FIREWORKS_"))}
    return {**kept, "JUDGE_KEY": "judge-secret"}


def report(outcomes: dict[int, Outcome], seed: int, seconds: float, before: float) -> str:
    every = list(outcomes.values())

    def total(name: str) -> Counter[str]:
        return sum((getattr(outcome, name) for outcome in every), Counter[str]())

    faults, kills, commands = total("faults"), total("kills"), total("commands")
    uploads = [outcome for outcome in every if outcome.uploads]

    def said(*words: str) -> int:
        return sum(any(word in line for word in words for line in outcome.wrong) for outcome in every)

    rows: list[tuple[str, Any]] = [
        ("schedules", len(every)),
        ("of them with uploads", len(uploads)),
        ("jobs that nobody cancelled", sum(outcome.jobs for outcome in every)),
        ("jobs that were cancelled", sum(outcome.all_jobs - outcome.jobs for outcome in every)),
        ("**schedules without a job that should have one, or with more than one**", said("jobs that nobody")),
        ("**jobs without a run, or with two**", said("at the job")),
        ("**runs in a wrong state**", said("in the ledger", "does not know")),
        (
            "**data sets or evaluators made twice, or not usable**",
            said("datasets", "evaluators", "create-d", "create-e"),
        ),
        ("**secrets made twice**", said("create-secret")),
        ("**commands that hung, crashed or came to no end**", said("ended with", "come to an end")),
        ("commands", ", ".join(f"{count:,} {what}" for what, count in sorted(commands.items()))),
        ("times that two ran at once", sum(outcome.at_once for outcome in every)),
        ("most commands of one schedule", max(outcome.commands.total() for outcome in every)),
        ("times that the fate was unknown", sum(outcome.unknown for outcome in every)),
        ("requests that failed", f"{faults.total():,}"),
        ("processes killed", kills.total()),
        ("seconds, slowest schedule", f"{max(outcome.seconds for outcome in every):.1f}"),
    ]
    lines = [
        "# Faults of the managed service",
        "",
        f"`python benchmarks/faults.py --schedules {len(every)} --seed {seed}`: {datetime.now(UTC):%Y-%m-%d}, commit {commit()}, "
        f"{machine()}. Took {seconds:.0f} s; load {before:.1f} before, {os.getloadavg()[0]:.1f} after.",
        "",
        "| | |",
        "| --- | --: |",
        *(f"| {name} | {value} |" for name, value in rows),
        "",
        "| failure | requests | what it is |",
        "| --- | --: | --- |",
        *(f"| {kind} | {count} | {KINDS[kind].about} |" for kind, count in sorted(faults.items())),
        "",
        "| killed | processes |",
        "| --- | --: |",
        *(f"| {where} | {count} |" for where, count in sorted(kills.items())),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
