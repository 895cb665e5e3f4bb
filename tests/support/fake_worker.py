"""A worker that keeps the contract of run folders and trains nothing: `python fake_worker.py BEHAVIOUR RUN_FOLDER`."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

from rft_cli.worker import CHECKPOINTS_DIR, EVENTS_FILE, EventKind, Failure, RunFolder, State, now

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
    # The event last: a test that has seen it may take the folder away, and finds nobody who is still writing.
    folder.write_state(State.RUNNING, step=step, steps=STEPS)
    folder.append(EventKind.METRICS, step=step, values=values)


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


def loads_long(folder: RunFolder) -> None:
    """Says that it has been loading for ages, and goes on when a file named `go` lies in its folder."""
    folder.write_state(
        State.RUNNING, step=0, steps=STEPS, doing="loading sums.py", doing_since="2026-01-01T00:00:00.000Z"
    )
    deadline = time.monotonic() + 30
    while not (folder.path / "go").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    completes(folder)


def checkpointed(folder: RunFolder, step: int) -> None:
    (folder.path / CHECKPOINTS_DIR).mkdir(exist_ok=True)
    path = folder.path / CHECKPOINTS_DIR / f"{step:06}"
    path.touch()
    folder.append(EventKind.CHECKPOINT, step=step, path=str(path.relative_to(folder.path)))


def goes_on(folder: RunFolder) -> bool:
    """Completes from the newest checkpoint, if its job says so and there is one; the steps after it score 1 more."""
    found = sorted((folder.path / CHECKPOINTS_DIR).glob("*"))
    if not (folder.job()["resume"] and found):
        return False
    step = int(found[-1].name)
    folder.append(EventKind.STARTED, steps=STEPS, resumed_from=step, seed=0)
    for later in range(step + 1, STEPS + 1):
        folder.append(EventKind.METRICS, step=later, values={"reward": 1 + later / STEPS})
    folder.append(EventKind.EVALUATION, step=STEPS, mean=0.75, standard_error=0.1, n=2)
    end(folder, State.COMPLETED)
    return True


def vanishes_once(folder: RunFolder) -> None:
    """Trains three steps with a checkpoint after the second, then is killed in the middle of a line."""
    if goes_on(folder):
        return
    trained(folder, 2)
    checkpointed(folder, 2)
    step_taken(folder, 3)
    with (folder.path / EVENTS_FILE).open("a") as events:
        events.write('{"event": "metr')
    os.kill(os.getpid(), signal.SIGKILL)


def vanishes_without_checkpoint(folder: RunFolder) -> None:
    """Is killed after its first step, and completes when it is started again."""
    if folder.job()["resume"]:
        completes(folder)
        return
    trained(folder, 1)
    os.kill(os.getpid(), signal.SIGKILL)


def ends_when_asked(folder: RunFolder) -> None:
    """Trains two steps, and saves when it is asked to end."""
    if goes_on(folder):
        return
    asked = []
    signal.signal(signal.SIGTERM, lambda *_: asked.append(True))
    trained(folder, 2)
    deadline = time.monotonic() + 30
    while not asked and time.monotonic() < deadline:
        time.sleep(0.005)
    checkpointed(folder, 2)
    end(folder, State.CANCELLED, "cancelled after step 2")


LONG = 64
"""Steps of a run whose curve is read."""
RISEN = [0.2 + 0.6 * step / 30 for step in range(30)]


def shows(folder: RunFolder, rewards: list[float], same: float) -> None:
    """Writes a curve at once, and whatever it shows can be known from there on."""
    folder.append(EventKind.STARTED, steps=LONG, resumed_from=None, seed=0)
    folder.append(EventKind.EVALUATION, step=0, mean=0.0, standard_error=0.0, n=2)
    lines = [
        {
            "event": EventKind.METRICS,
            "time": now(),
            "step": step,
            "values": {"reward": reward + (step % 3 - 1) * 0.02 * (same < 1), "frac_reward_zero_std": same},
        }
        for step, reward in enumerate(rewards, 1)
    ]
    with (folder.path / EVENTS_FILE).open("ab", buffering=0) as events:
        events.write("".join(json.dumps(line) + "\n" for line in lines).encode())


def ends_when_asked_after(folder: RunFolder, rewards: list[float], same: float) -> None:
    """Shows a curve and saves when it is asked to end; else, or when it goes on, it completes."""
    asked = []
    signal.signal(signal.SIGTERM, lambda *_: asked.append(True))
    if folder.job()["resume"]:
        folder.append(EventKind.STARTED, steps=LONG, resumed_from=len(rewards), seed=0)
        asked = ["no"]
    else:
        shows(folder, rewards, same)
    deadline = time.monotonic() + 30
    while not (asked or (folder.path / "go").exists()) and time.monotonic() < deadline:
        time.sleep(0.005)
    if asked == [True]:
        checkpointed(folder, len(rewards))
        end(folder, State.CANCELLED, f"cancelled after step {len(rewards)}")
        return
    folder.append(EventKind.METRICS, step=LONG, values={"reward": rewards[-1]})
    end(folder, State.COMPLETED)


def collapses(folder: RunFolder) -> None:
    ends_when_asked_after(folder, [*RISEN, *[0.05] * 30], 0.1)


def has_no_signal(folder: RunFolder) -> None:
    ends_when_asked_after(folder, [0.0] * 40, 1.0)


def rises(folder: RunFolder) -> None:
    """Completes with a curve that nobody needs to worry about."""
    shows(folder, [*RISEN, *[0.8] * (LONG - 30)], 0.1)
    end(folder, State.COMPLETED)


def ignores_requests(folder: RunFolder) -> None:
    """Trains two steps and does not end when it is asked to."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    trained(folder, 2)
    time.sleep(30)


def stops_early_once(folder: RunFolder) -> None:
    if goes_on(folder):
        return
    trained(folder, 2)
    checkpointed(folder, 2)
    end(folder, State.STOPPED_EARLY, "nothing to learn from")


def ends_strangely(folder: RunFolder) -> None:
    """Uses a word for its end that nobody knows."""
    trained(folder, 1)
    folder.append(EventKind.END, state="melted", reason="too warm", failure=None)


def ends_as_if_running(folder: RunFolder) -> None:
    trained(folder, 1)
    folder.append(EventKind.END, state="running", reason="", failure=None)


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
