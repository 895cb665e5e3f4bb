"""How fast the rehearsal engine is, where the time goes, and how it responds to the parameters.

    python benchmarks/rehearsal.py                 speed and breakdown, seeds 0 to 2
    python benchmarks/rehearsal.py --response      one parameter changed at a time, seeds 0 to 2
    python benchmarks/rehearsal.py --torch         the same work in PyTorch, where it is installed

Every run is a worker process of its own, as ``rft launch`` starts it, and wall time is that of the whole process.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

os.environ["OPENBLAS_NUM_THREADS"] = "1"

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
TASKS = ROOT / "rft_cli" / "templates" / "tasks"
RESERVED = 2048
SEEDS = (0, 1, 2)

DEFAULTS: dict[str, float] = {
    "training.learning_rate": 1e-4,
    "training.epochs": 1,
    "training.lora_rank": 8,
    "training.batch_size": 32768,
    "training.max_context_length": 8192,
    "rollout.temperature": 0.7,
    "rollout.top_p": 1.0,
    "rollout.top_k": 40,
    "rollout.n": 4,
    "rollout.max_tokens": 2048,
}

RESPONSES: tuple[dict[str, float], ...] = (
    {},
    *({"training.learning_rate": value} for value in (1e-5, 2e-5, 5e-5, 2e-4, 5e-4)),
    *({"rollout.temperature": value} for value in (0.1, 0.3, 0.5, 1.0, 1.3, 2.0)),
    {"rollout.temperature": 2.0, "rollout.top_k": 0},
    *({"rollout.top_p": value} for value in (0.2, 0.5, 0.8, 0.9)),
    *({"rollout.top_k": value} for value in (1, 5, 0)),
    *({"rollout.n": value} for value in (2, 8)),
    *({"rollout.max_tokens": value} for value in (16, 32, 64)),
    *({"training.batch_size": value} for value in (8192, 16384, 65536, 131072)),
    *({"training.lora_rank": value} for value in (4, 16, 64, 128)),
    *({"training.epochs": value} for value in (2, 3)),
)


class Result(NamedTuple):
    """What one worker process did and cost."""

    rewards: list[float]
    metrics: list[dict[str, float]]
    before: float
    after: float
    state: str
    wall_s: float
    cpu_s: float
    rss_mb: float

    def last(self, name: str, steps: int = 8) -> float:
        """The mean of a metric over the last steps."""
        values = [metrics[name] for metrics in self.metrics[-steps:]]
        return sum(values) / len(values)

    def curve(self) -> list[float]:
        """Mean reward of each eighth of the run."""
        size = len(self.rewards) / 8
        parts = [self.rewards[int(i * size) : max(int(i * size) + 1, int((i + 1) * size))] for i in range(8)]
        return [sum(part) / len(part) for part in parts]


def write_job(folder: Path, task: str, seed: int, changes: dict[str, float]) -> Path:
    """A run folder in a project of its own, with the schedule that the local backend makes."""
    for name in ("train.jsonl", "held-out.jsonl", "evaluator.py"):
        shutil.copy(TASKS / task / name, folder / name)
    config: dict[str, Any] = {
        "version": 1,
        "model": "rehearsal",
        "dataset": "train.jsonl",
        "evaluator": "evaluator.py:evaluate",
        "evaluation": {"dataset": "held-out.jsonl", "max_tokens": 2048, "every": 0},
        "experiment": {"seed": seed},
    }
    for path, value in {**DEFAULTS, **changes}.items():
        section, _, key = path.partition(".")
        config.setdefault(section, {})[key] = value
    n = config["rollout"]["n"]
    prompts = max(1, config["training"]["batch_size"] // (RESERVED * n))
    rows = len((folder / "train.jsonl").read_text().splitlines())
    run = folder / ".rft" / "runs" / "benchmark.1"
    run.mkdir(parents=True)
    job = {
        "schema_version": 1,
        "run": "benchmark.1",
        "config": config,
        "schedule": {
            "prompts_per_step": prompts,
            "rollouts_per_step": prompts * n,
            "steps": math.ceil(rows / prompts) * config["training"]["epochs"],
            "rows": rows,
            "effective": {"training.max_context_length": min(256, config["training"]["max_context_length"])},
            "notes": [],
        },
        "digests": {},
        "force": False,
        "resume": False,
    }
    (run / "job.json").write_text(json.dumps(job))
    return run


def run(task: str, seed: int, changes: dict[str, float], module: str = "rft_cli.trainer.rehearsal") -> Result:
    """One worker, from the start of its process to its end."""
    with tempfile.TemporaryDirectory() as name:
        project = Path(name)
        folder = write_job(project, task, seed, changes)
        command = [sys.executable, "-m", module, str(folder.relative_to(project))]
        if module.endswith(".py"):
            command = [sys.executable, module, str(folder.relative_to(project))]
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=project, env=os.environ | {"PYTHONPATH": str(ROOT)})
        _, _, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    metrics = [event["values"] for event in events if event["event"] == "metrics"]
    evaluations = [event["mean"] for event in events if event["event"] == "evaluation"]
    return Result(
        rewards=[values["reward"] for values in metrics],
        metrics=metrics,
        before=evaluations[0],
        after=evaluations[-1],
        state=next((event["state"] for event in events if event["event"] == "end"), "?"),
        wall_s=wall,
        cpu_s=usage.ru_utime + usage.ru_stime,
        rss_mb=usage.ru_maxrss / 1024,
    )


def speed(
    module: str = "rft_cli.trainer.rehearsal", tasks: tuple[str, ...] = ("arithmetic", "sorting", "format")
) -> None:
    print(
        "| task | seed | reward, first 8 → last 8 steps | held-out before → after | wall s | CPU s | RSS MB |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for task in tasks:
        for seed in SEEDS:
            best = min((run(task, seed, {}, module) for _ in range(3)), key=lambda result: result.wall_s)
            first = sum(best.rewards[:8]) / 8
            last = sum(best.rewards[-8:]) / 8
            print(
                f"| {task} | {seed} | {first:.2f} → {last:.2f} | {best.before:.2f} → {best.after:.2f} "
                f"| {best.wall_s:.2f} | {best.cpu_s:.2f} | {best.rss_mb:.0f} |",
                flush=True,
            )


def response() -> None:
    print(
        "Reward is the mean of three seeds in each eighth of the run; the last columns are means over its last 8 steps.\n"
    )
    print(
        "| changed | steps | reward | held-out, by seed | groups alike | entropy | KL | cut | ended | wall s |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for changes in RESPONSES:
        results = [run("arithmetic", seed, changes) for seed in SEEDS]

        def mean(values: list[float]) -> float:
            return sum(values) / len(values)

        curves = zip(*(result.curve() for result in results), strict=True)
        columns = [
            ", ".join(f"{path.partition('.')[2]} {value:g}" for path, value in changes.items()) or "nothing",
            "/".join(sorted({str(len(result.rewards)) for result in results})),
            " ".join(f"{mean(list(points)):.2f}" for points in curves),
            " ".join(f"{result.after:.2f}" for result in results),
            *(
                f"{mean([result.last(name) for result in results]):.2f}"
                for name in ("frac_reward_zero_std", "entropy", "kl", "completions/clipped_ratio")
            ),
            "/".join(sorted({result.state for result in results})),
            f"{mean([result.wall_s for result in results]):.2f}",
        ]
        print(f"| {' | '.join(columns)} |", flush=True)


class Clock:
    """Exclusive time by label: what runs inside another label counts for the inner one."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._open: list[str] = []
        self._since = time.perf_counter()

    def _turn(self) -> None:
        now = time.perf_counter()
        if self._open:
            self.seconds[self._open[-1]] += now - self._since
        self._since = now

    @contextlib.contextmanager
    def label(self, name: str):
        """Count what runs inside for a label."""
        self._turn()
        self._open.append(name)
        try:
            yield
        finally:
            self._turn()
            self._open.pop()

    def wrap(self, owner: Any, attribute: str, name: str) -> None:
        """Count every call of a function for a label."""
        inner = getattr(owner, attribute)

        def timed(*arguments: Any, **options: Any) -> Any:
            with self.label(name):
                return inner(*arguments, **options)

        setattr(owner, attribute, timed)


def breakdown() -> None:
    """Where the time of one default run goes, measured inside a process of its own."""
    began = time.perf_counter()
    from rft_cli.task.evaluator import Evaluator
    from rft_cli.trainer.rehearsal import __main__ as worker
    from rft_cli.trainer.rehearsal import evaluate, grpo, loop, state
    from rft_cli.worker import RunFolder

    clock = Clock()
    clock.seconds["imports"] = time.perf_counter() - began
    clock.wrap(loop, "sample", "sampling")
    clock.wrap(loop, "evaluate", "evaluation, before and after")
    clock.wrap(loop, "probe", "probe of the evaluator")
    clock.wrap(grpo, "_log_reference", "KL: reference forward")
    clock.wrap(grpo, "_gradient", "forward and backward")
    clock.wrap(grpo, "learn", "loss, KL and entropy from probabilities")
    clock.wrap(Evaluator, "score", "evaluator")
    clock.wrap(evaluate, "texts", "evaluation, before and after")
    for name in ("append", "write_state", "write_rollouts"):
        clock.wrap(RunFolder, name, "writing events, state, rollouts")
    clock.wrap(state, "write", "checkpoints")
    clock.wrap(loop, "write_adapter", "checkpoints")
    clock.wrap(worker.examples, "load", "reading data and evaluator")
    clock.wrap(worker, "load", "reading data and evaluator")
    with tempfile.TemporaryDirectory() as name:
        folder = write_job(Path(name), "arithmetic", 0, {})
        os.chdir(name)
        with clock.label("everything else"):
            worker.Worker(RunFolder(folder)).work()
        os.chdir(ROOT)
    total = sum(clock.seconds.values())
    print("| part | ms | share |")
    print("| --- | --- | --- |")
    for part, seconds in sorted(clock.seconds.items(), key=lambda item: -item[1]):
        print(f"| {part} | {1000 * seconds:.0f} | {seconds / total:.0%} |")
    print(f"| all | {1000 * total:.0f} | 100% |")


def processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(": ")[2]
    return platform.processor() or platform.machine()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--response", action="store_true", help="the table of responses (about two minutes)")
    parser.add_argument("--torch", action="store_true", help="the same work in PyTorch")
    parser.add_argument("--breakdown", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.breakdown:
        breakdown()
        return 0
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {processor()}, one thread, Python {platform.python_version()}, load {load}. "
        "Wall and CPU are those of the whole process; of three runs the fastest.\n"
    )
    if options.response:
        response()
        return 0
    if options.torch:
        speed(str(ROOT / "benchmarks" / "rehearsal_torch.py"), ("arithmetic",))
        return 0
    speed()
    print("\nWhere the time goes (arithmetic, seed 0, starting Python itself not counted):\n", flush=True)
    # A process of its own: imports are part of the answer.
    subprocess.run([sys.executable, __file__, "--breakdown"], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
