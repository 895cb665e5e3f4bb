"""A worker that keeps the contract of run folders and trains nothing: `python fake_worker.py BEHAVIOUR RUN_FOLDER`."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from rft_cli.worker import EventKind, Failure, RunFolder, State

STEPS = 4


def rollout(step: int, index: int) -> dict:
    return {
        "step": step,
        "group": 0,
        "row": index + 1,
        "prompt": [{"role": "user", "content": f"{step}+{index}="}],
        "completion": str(step + index),
        "reward": index / 4,
        "parts": {},
        "advantage": index - 1.5,
        "tokens": 2,
        "truncated": index == 3,
    }


def step_taken(folder: RunFolder, step: int) -> None:
    folder.write_rollouts(step, [rollout(step, index) for index in range(4)])
    values = {
        "reward": step / STEPS,
        "kl": 0.01 * step,
        "frac_reward_zero_std": 0.25,
        "completions/clipped_ratio": 0.25,
    }
    folder.append(EventKind.METRICS, step=step, values=values)
    folder.write_state(State.RUNNING, step=step, steps=STEPS)


def trained(folder: RunFolder, steps: int = STEPS) -> None:
    folder.append(EventKind.STARTED, steps=STEPS, resumed_from=None, seed=0)
    folder.append(EventKind.NOTE, message="two rows are held out")
    folder.append(EventKind.EVALUATION, step=0, mean=0.0, standard_error=0.0, n=2)
    for step in range(1, steps + 1):
        step_taken(folder, step)


def end(folder: RunFolder, state: State, reason: str = "", failure: Failure | None = None) -> None:
    folder.append(EventKind.END, state=state, reason=reason, failure=failure)


def completes(folder: RunFolder) -> None:
    trained(folder)
    folder.append(EventKind.EVALUATION, step=STEPS, mean=0.5, standard_error=0.1, n=2)
    end(folder, State.COMPLETED)


def fails(folder: RunFolder) -> None:
    trained(folder, 1)
    end(folder, State.FAILED, "no", Failure(kind="evaluator", message="no", hint="say yes", exit_code=5))


def cannot_tell(folder: RunFolder) -> None:
    message = "the evaluator cannot tell answers apart"
    failure = Failure(kind="evaluator_cannot_tell", message=message, hint="use --force", exit_code=1)
    end(folder, State.FAILED, message, failure)


def stops_early(folder: RunFolder) -> None:
    trained(folder, 2)
    end(folder, State.STOPPED_EARLY, "nothing to learn from")


def vanishes(folder: RunFolder) -> None:
    trained(folder, 3)
    sys.stderr.write("Killed, alas\n")
    sys.stderr.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def dies_at_import(folder: RunFolder) -> None:
    raise ImportError("no module named numpy")


def waits(folder: RunFolder) -> None:
    """Trains two steps, then goes on when a file named `go` lies in its folder."""
    trained(folder, 2)
    deadline = time.monotonic() + 30
    while not (folder.path / "go").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    for step in range(3, STEPS + 1):
        step_taken(folder, step)
    folder.append(EventKind.EVALUATION, step=STEPS, mean=0.5, standard_error=0.1, n=2)
    end(folder, State.COMPLETED)


def reports(folder: RunFolder) -> None:
    """Leaves word of its surroundings."""
    inherited = {name: os.environ.get(name) for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")}
    facts = {
        "cwd": str(Path.cwd()),
        "session": os.getsid(0),
        "pid": os.getpid(),
        "stdin": sys.stdin.read(),
        **inherited,
    }
    print("printed by the worker")
    folder.append(EventKind.NOTE, message=repr(facts))
    end(folder, State.COMPLETED)


if __name__ == "__main__":
    globals()[sys.argv[1]](RunFolder(Path(sys.argv[2])))
