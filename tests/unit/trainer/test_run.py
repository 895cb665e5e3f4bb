"""Whole runs of a few steps, in a folder of their own: what they record, and how they end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from rft_cli.task.data import read_rows
from rft_cli.trainer.rehearsal.__main__ import Worker, main
from rft_cli.trainer.rehearsal.checkpoint import read_tensors
from rft_cli.trainer.rehearsal.tasks import DIRECTORY
from rft_cli.worker import METRICS, UNWRITABLE_FOLDER, RunFolder

ARITHMETIC = DIRECTORY / "arithmetic"
CONSTANT = "def evaluate(completion, record):\n    return 0.5\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A project with the arithmetic task, as the working directory; signal handlers are put back afterwards."""
    for name in ("train.jsonl", "held-out.jsonl", "evaluator.py"):
        shutil.copy(ARITHMETIC / name, tmp_path / name)
    lines = (tmp_path / "held-out.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "held-out.jsonl").write_text("".join(lines[:16]))
    monkeypatch.chdir(tmp_path)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield tmp_path
    for number, handler in handlers.items():
        signal.signal(number, handler)


def job(
    run: str = "r.1", *, steps: int = 4, force: bool = False, resume: bool = False, **values: Any
) -> RunFolder:
    """Write a job; ``values`` are config values by path, with ``__`` for the dot, or the schedule's numbers."""
    config: dict[str, Any] = {
        "version": 1,
        "model": "rehearsal",
        "dataset": "train.jsonl",
        "evaluator": "evaluator.py:evaluate",
        "training": {"learning_rate": 1e-4, "epochs": 1, "lora_rank": 8, "batch_size": 32768, "max_context_length": 8192},
        "rollout": {"temperature": 0.7, "top_p": 1.0, "top_k": 40, "n": 4, "max_tokens": 2048},
        "evaluation": {"dataset": "held-out.jsonl", "max_tokens": 2048, "every": 0},
        "experiment": {"seed": 0},
    }  # fmt: skip
    schedule: dict[str, Any] = {
        "prompts_per_step": 4,
        "rollouts_per_step": 16,
        "steps": steps,
        "rows": 256,
        "effective": {
            "training.max_context_length": 256,
            "rollout.max_tokens": 256,
            "evaluation.max_tokens": 256,
        },
        "notes": [],
    }
    digests: dict[str, str] = {}
    for path, value in values.items():
        section, _, key = path.partition("__")
        if section in schedule:
            schedule[section] = value
        elif section == "digests":
            digests = value
        elif key:
            config[section][key] = value
        else:
            config[section] = value
    folder = Path(".rft/runs") / run
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "schema_version": 1, "run": run, "config": config, "schedule": schedule, "digests": digests,
        "force": force, "resume": resume,
    }  # fmt: skip
    (folder / "job.json").write_text(json.dumps(content))
    return RunFolder(folder)


def events(folder: RunFolder, kind: str = "") -> list[dict[str, Any]]:
    found = [json.loads(line) for line in (folder.path / "events.jsonl").read_text().splitlines()]
    return [event for event in found if kind in {"", event["event"]}]


def curve(folder: RunFolder) -> list[dict[str, Any]]:
    """All that was measured, without times."""
    kept = []
    for event in events(folder):
        if event["event"] in {"metrics", "evaluation"}:
            values = {k: v for k, v in event.get("values", event).items() if k not in {"step_time", "time"}}
            kept.append({"step": event["step"], "kind": event["event"], **values})
    return kept


def state(folder: RunFolder) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder.path / "state.json").read_text())
    return content


def failure(folder: RunFolder) -> dict[str, Any]:
    """The recorded failure, the same in the state and in the last event."""
    content = state(folder)
    assert content["state"] == "failed"
    assert events(folder)[-1]["failure"] == content["failure"]
    found: dict[str, Any] = content["failure"]
    return found


def test_a_run_records_everything_and_completes(project: Path):
    folder = job(steps=10, evaluation__every=5)
    assert Worker(folder).work() == 0
    kinds = [event["event"] for event in events(folder)]
    assert kinds[:2] == ["started", "evaluation"]
    assert kinds[-2:] == ["evaluation", "end"]
    assert [event["step"] for event in events(folder, "evaluation")] == [0, 5, 10]
    assert [event["step"] for event in events(folder, "metrics")] == list(range(1, 11))
    assert {event["n"] for event in events(folder, "evaluation")} == {16}
    expected = {metric.name for metric in METRICS} | {"rewards/form/mean", "rewards/right/mean"}
    assert {*events(folder, "metrics")[0]["values"]} == expected
    rollouts = [json.loads(line) for line in (folder.path / "rollouts/000010.jsonl").read_text().splitlines()]
    assert len(rollouts) == 16
    assert {rollout["group"] for rollout in rollouts} == {0, 1, 2, 3}
    assert rollouts[0]["prompt"] == [{"role": "user", "content": rollouts[0]["prompt"][0]["content"]}]
    assert [path.name for path in sorted((folder.path / "checkpoints").iterdir())] == [
        "000009.safetensors", "000010.safetensors",
    ]  # fmt: skip
    assert state(folder)["state"] == "completed"
    assert (state(folder)["step"], state(folder)["steps"]) == (10, 10)


def test_the_adapter_is_laid_out_as_peft_expects(project: Path):
    folder = job(steps=2, training__lora_rank=4)
    Worker(folder).work()
    tensors, _ = read_tensors(folder.path / "adapter/adapter_model.safetensors")
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    assert len(shapes) == 24
    assert shapes["base_model.model.layers.1.mlp.down_proj.lora_A.weight"] == (4, 256)
    assert shapes["base_model.model.layers.1.mlp.down_proj.lora_B.weight"] == (64, 4)
    config = json.loads((folder.path / "adapter/adapter_config.json").read_text())
    assert (config["r"], config["lora_alpha"], config["peft_type"]) == (4, 16, "LORA")


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(project: Path):
    first, second, third = job("a.1"), job("a.2"), job("a.3", experiment__seed=1)
    for folder in (first, second, third):
        Worker(folder).work()
    assert curve(first) == curve(second)
    assert curve(first) != curve(third)
    name = "adapter/adapter_model.safetensors"
    assert (first.path / name).read_bytes() == (second.path / name).read_bytes()


@pytest.mark.parametrize("stopped_at", [3, 6])
def test_a_resumed_run_ends_as_if_it_had_never_stopped(project: Path, stopped_at: int):
    whole = job("whole.1", steps=8, evaluation__every=3)
    Worker(whole).work()
    parts = job("parts.1", steps=stopped_at, evaluation__every=3)
    Worker(parts).work()
    job("parts.1", steps=8, evaluation__every=3, resume=True)
    assert Worker(parts).work() == 0
    assert [event["resumed_from"] for event in events(parts, "started")] == [None, stopped_at]
    later = {(point["kind"], point["step"]): point for point in curve(parts)}
    assert later == {(point["kind"], point["step"]): point for point in curve(whole)}
    for name in (
        "adapter/adapter_model.safetensors",
        "checkpoints/000008.safetensors",
        "rollouts/000008.jsonl",
    ):
        assert (parts.path / name).read_bytes() == (whole.path / name).read_bytes()


def test_a_damaged_checkpoint_is_passed_over(project: Path):
    whole = job("whole.1", steps=4)
    Worker(whole).work()
    parts = job("parts.1", steps=4)
    Worker(parts).work()
    newest = parts.path / "checkpoints/000004.safetensors"
    newest.write_bytes(newest.read_bytes()[:-8])
    job("parts.1", steps=4, resume=True)
    Worker(parts).work()
    assert events(parts, "started")[-1]["resumed_from"] == 3
    assert newest.read_bytes() == (whole.path / "checkpoints/000004.safetensors").read_bytes()


def test_without_a_checkpoint_a_resumed_run_starts_from_the_beginning(project: Path):
    folder = job(steps=2, resume=True)
    Worker(folder).work()
    assert events(folder, "started")[0]["resumed_from"] is None
    assert [event["step"] for event in events(folder, "evaluation")] == [0, 2]


def test_the_last_partial_step_counts(project: Path):
    lines = (project / "train.jsonl").read_text().splitlines(keepends=True)[:6]
    (project / "train.jsonl").write_text("".join(lines))
    folder = job(steps=4, rows=6, training__epochs=2)
    Worker(folder).work()
    values = [event["values"] for event in events(folder, "metrics")]
    assert [value["epoch"] for value in values] == [0.5, 1.0, 1.5, 2.0]
    assert len((folder.path / "rollouts/000002.jsonl").read_text().splitlines()) == 8
    rows = [
        json.loads(line)["row"]
        for step in (1, 2)
        for line in (folder.path / f"rollouts/{step:06}.jsonl").read_text().splitlines()
    ]
    assert sorted(set(rows)) == [1, 2, 3, 4, 5, 6]


def test_without_a_held_out_file_rows_are_carved_out_and_never_trained_on(project: Path):
    folder = job(steps=3, rows=256 - 25, evaluation={"max_tokens": 64, "every": 0})
    Worker(folder).work()
    assert events(folder, "evaluation")[0]["n"] == 25


def test_a_tiny_data_set_is_evaluated_on_its_training_rows_and_says_so(project: Path):
    lines = (project / "train.jsonl").read_text().splitlines(keepends=True)[:5]
    (project / "train.jsonl").write_text("".join(lines))
    folder = job(steps=1, rows=5, evaluation={"max_tokens": 64, "every": 0})
    Worker(folder).work()
    assert "uses the training rows" in events(folder, "note")[0]["message"]


def test_long_prompts_are_read_from_their_end_and_named(project: Path):
    rows = [json.loads(line) for line in (project / "train.jsonl").read_text().splitlines()]
    rows[2]["messages"].insert(0, {"role": "system", "content": "be brief. " * 60})
    (project / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    folder = job(steps=1)
    assert Worker(folder).work() == 0
    assert events(folder, "note")[0]["message"].startswith(
        "train.jsonl:3: the prompt is longer than the 239 characters"
    )


def test_answers_are_cut_at_max_tokens(project: Path):
    folder = job(steps=2, effective={"training.max_context_length": 256, "rollout.max_tokens": 5})
    Worker(folder).work()
    values = events(folder, "metrics")[0]["values"]
    assert (values["completions/max_length"], values["completions/clipped_ratio"]) == (5, 1.0)


def test_near_greedy_sampling_goes_on_and_is_noted(project: Path):
    folder = job(steps=9, rollout__temperature=0.1)
    assert Worker(folder).work() == 0
    assert "nothing to learn from" in events(folder, "note")[0]["message"]


RAMBLER = """
def evaluate(completion, record):
    evaluate.calls += 1
    return 0.0 if evaluate.calls > 16 + 16 else float(len(completion))
evaluate.calls = 0
"""


def test_a_rambling_policy_without_reward_is_stopped_and_still_evaluated(project: Path):
    (project / "evaluator.py").write_text(RAMBLER)
    folder = job(steps=30, effective={"training.max_context_length": 256, "rollout.max_tokens": 4})
    assert Worker(folder).work() == 5
    end = events(folder)[-1]
    assert end["state"] == state(folder)["state"] == "stopped_early"
    assert "in 8 steps in a row every answer scored 0" in end["reason"]
    assert [event["step"] for event in events(folder, "evaluation")] == [0, 8]
    assert (folder.path / "adapter/adapter_model.safetensors").exists()


def test_an_evaluator_that_scores_everything_alike_is_found_before_step_1(project: Path):
    (project / "evaluator.py").write_text(CONSTANT)
    folder = job()
    assert Worker(folder).work() == 1
    found = failure(folder)
    assert (found["kind"], found["exit_code"]) == ("evaluator_cannot_tell", 1)
    assert "all scored 0.5" in found["message"]
    assert events(folder, "metrics") == []


def test_answers_that_scored_0_because_the_evaluator_failed_are_told_also_when_that_is_why_the_run_failed(
    project: Path,
):
    (project / "evaluator.py").write_text("def evaluate(completion, record):\n    return 1 / 0\n")
    folder = job(evaluator={"entry": "evaluator.py:evaluate", "on_error": "zero"})
    assert Worker(folder).work() == 1
    assert "all scored 0" in failure(folder)["message"]
    [note] = [event["message"] for event in events(folder, "note") if "evaluator failed" in event["message"]]
    assert note.startswith(
        "256 answers scored 0 because the evaluator failed on them, last: evaluator.py:2: "
    )


def test_held_out_answers_that_all_score_alike_have_no_standard_error_whatever_the_rounding(project: Path):
    rows = (project / "held-out.jsonl").read_text().splitlines(keepends=True)[:13]
    (project / "held-out.jsonl").write_text(
        "".join(row.replace("{", '{"held_out": true, ', 1) for row in rows)
    )
    (project / "evaluator.py").write_text(
        "def evaluate(completion, record):\n    return 0.1 if 'held_out' in record else len(completion) / 9\n"
    )
    folder = job(steps=1)
    Worker(folder).work()
    assert {event["standard_error"] for event in events(folder, "evaluation")} == {0.0}


def test_force_goes_on_with_such_an_evaluator(project: Path):
    (project / "evaluator.py").write_text(CONSTANT)
    folder = job(steps=1, force=True)
    assert Worker(folder).work() == 0
    assert "--force" in events(folder, "note")[0]["message"]


def test_a_run_whose_evaluator_failed_can_be_resumed_from_its_last_step(project: Path):
    good = (project / "evaluator.py").read_text()
    whole = job("whole.1", steps=30)
    Worker(whole).work()
    folder = job("parts.1", steps=30)
    (project / "evaluator.py").write_text(good + BREAKS_LATE)
    assert Worker(folder).work() == 5
    (project / "evaluator.py").write_text(good)
    job("parts.1", steps=30, resume=True)
    assert Worker(folder).work() == 0
    assert events(folder, "started")[-1]["resumed_from"] == 4
    name = "adapter/adapter_model.safetensors"
    assert (folder.path / name).read_bytes() == (whole.path / name).read_bytes()


BREAKS_LATE = """
honest, calls = evaluate, iter(range(10**6))
def evaluate(completion, record):
    if next(calls) > 16 + 16 + 4 * 16 + 3:
        raise ConnectionError("the judge is away")
    return honest(completion, record)
"""
AFTER_TWO_STEPS = "    evaluate.calls += 1\n    if evaluate.calls > 16 + 16 + 32 + 5:\n        {}\n    return float(len(completion) % 3)\n"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("raise KeyError('answer')", "evaluator.py:4: `evaluate` raised KeyError: 'answer' (line"),
        ("return float('nan')", "`evaluate` returned"),
        ("return 'good'", "`evaluate` returned"),
        ("import sys; sys.exit(3)", "called sys.exit(3)"),
    ],
)
def test_a_failing_evaluator_ends_the_run_and_keeps_what_was_recorded(project: Path, body: str, says: str):
    source = "def evaluate(completion, record):\n" + AFTER_TWO_STEPS.format(body) + "evaluate.calls = 0\n"
    (project / "evaluator.py").write_text(source)
    folder = job(steps=4)
    assert Worker(folder).work() == 5
    found = failure(folder)
    assert (found["kind"], found["exit_code"]) == ("evaluator", 5)
    assert says in found["message"]
    assert [event["step"] for event in events(folder, "metrics")] == [1, 2]
    assert state(folder)["step"] == 2
    assert (folder.path / "checkpoints/000002.safetensors").exists()
    assert (folder.path / "adapter/adapter_model.safetensors").exists()


def test_an_evaluator_that_never_answers_is_interrupted(project: Path):
    (project / "evaluator.py").write_text(
        "import time\ndef evaluate(completion, record):\n    time.sleep(60)\n"
    )
    folder = job(evaluator={"entry": "evaluator.py:evaluate", "timeout_s": 0.05})
    assert Worker(folder).work() == 5
    assert "no score within 0.05 s" in failure(folder)["message"]


def test_scores_without_measure_are_refused(project: Path):
    (project / "evaluator.py").write_text(
        "def evaluate(completion, record):\n    return len(completion) * 1e300\n"
    )
    folder = job()
    assert Worker(folder).work() == 5
    assert "beyond ±1e+09" in failure(folder)["message"]


def test_an_evaluator_that_cannot_be_interrupted_is_recorded_before_the_process_ends(project: Path):
    folder = job()
    program = (
        "import sys; from pathlib import Path; from rft_cli.task.evaluator import EvaluatorError;"
        "from rft_cli.trainer.rehearsal.__main__ import Worker; from rft_cli.worker import RunFolder;"
        "Worker(RunFolder(Path(sys.argv[1]))).hung(EvaluatorError('e.py:3: no score'))"
    )
    command = [sys.executable, "-c", program, str(folder.path)]
    assert subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 5
    assert (failure(folder)["kind"], failure(folder)["message"]) == ("evaluator", "e.py:3: no score")


def test_a_broken_job_file_is_a_bug_that_is_recorded(project: Path, capsys: pytest.CaptureFixture[str]):
    folder = job()
    (folder.path / "job.json").write_text("{")
    assert main([str(folder.path)]) == 70
    assert failure(folder)["kind"] == "bug"
    assert "Traceback" in capsys.readouterr().err


def test_failures_that_score_zero_are_counted(project: Path):
    source = "def evaluate(completion, record):\n    return 1.0 if 'answer' in completion else 1 / 0\n"
    (project / "evaluator.py").write_text(source)
    folder = job(steps=1, evaluator={"entry": "evaluator.py:evaluate", "on_error": "zero"})
    assert Worker(folder).work() == 0
    assert "answers scored 0 because the evaluator failed" in events(folder, "note")[-1]["message"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"dataset": "nowhere.jsonl"}, "nowhere.jsonl:1: the data set does not exist"),
        ({"rows": 200}, "256 rows to train on, 200 were planned"),
        ({"digests": {"dataset": "0" * 64}}, "train.jsonl has changed since the run was planned"),
        ({"digests": {"evaluation.dataset": "0" * 64}}, "held-out.jsonl has changed"),
    ],
)
def test_data_that_cannot_be_used_fails_with_a_finding(project: Path, change: dict[str, Any], says: str):
    folder = job(**change)
    assert Worker(folder).work() == 1
    found = failure(folder)
    assert (found["kind"], found["exit_code"]) == ("data", 1)
    assert says in found["message"]


def test_the_planned_digests_are_those_of_the_data(project: Path):
    digests = {
        "dataset": read_rows(project / "train.jsonl", "").digest,
        "evaluation.dataset": read_rows(project / "held-out.jsonl", "").digest,
    }
    assert Worker(job(steps=1, digests=digests)).work() == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_said_on_standard_error(project: Path, capsys: pytest.CaptureFixture[str]):
    folder = job()
    folder.path.chmod(0o500)
    try:
        assert main([str(folder.path)]) == UNWRITABLE_FOLDER
    finally:
        folder.path.chmod(0o700)
    assert "cannot be written" in capsys.readouterr().err


TELLS = """\
import json, pathlib
state = json.loads(pathlib.Path(".rft/runs/r.1/state.json").read_text())
pathlib.Path("seen").write_text(state["doing"])
def evaluate(completion, record):
    return len(completion) % 3
"""


def test_a_worker_says_that_it_loads_the_evaluator(project: Path):
    (project / "evaluator.py").write_text(TELLS)
    folder = job(steps=1)
    assert Worker(folder).work() == 0
    assert (project / "seen").read_text() == "loading evaluator.py"
    assert state(folder)["doing"] == ""


def test_a_missing_run_folder_is_said_on_standard_error(project: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["nowhere"]) == UNWRITABLE_FOLDER
    assert capsys.readouterr().err.count("\n") <= 2


def test_a_full_disk_ends_the_run_with_one_line(project: Path):
    folder = job(steps=2)
    # A file where a folder must go: every write of a rollout fails as on a full disk.
    (folder.path / "rollouts").write_text("")
    assert Worker(folder).work() == 3
    assert failure(folder)["kind"] == "disk"


def start(folder: RunFolder) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "rft_cli.trainer.rehearsal", str(folder.path)]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def wait_for(folder: RunFolder, text: str) -> None:
    path = folder.path / "events.jsonl"
    deadline = time.monotonic() + 30
    while not (path.exists() and text in path.read_text()):
        assert time.monotonic() < deadline
        os.sched_yield()


def test_sigterm_keeps_a_checkpoint_and_a_resumed_run_goes_on(project: Path):
    folder = job(steps=64)
    process = start(folder)
    wait_for(folder, '"step": 3,')
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 5
    step = state(folder)["step"]
    assert (state(folder)["state"], events(folder)[-1]["state"]) == ("cancelled", "cancelled")
    assert (folder.path / f"checkpoints/{step:06}.safetensors").exists()
    job(steps=step + 1, resume=True)
    assert Worker(folder).work() == 0
    assert events(folder, "started")[-1]["resumed_from"] == step


def test_sigterm_does_not_wait_for_a_slow_evaluator(project: Path):
    source = "import time\ndef evaluate(completion, record):\n    time.sleep(20)\n    return 1.0\n"
    (project / "evaluator.py").write_text(source)
    folder = job()
    process = start(folder)
    wait_for(folder, "started")
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 5
    assert time.monotonic() - began < 10
    assert state(folder)["state"] == "cancelled"
