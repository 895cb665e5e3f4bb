"""`rft launch` with the real engine, on few steps."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rft_cli.app import app
from rft_cli.worker import METRICS, State

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart"
SHORT = (
    "--set",
    "training.batch_size=524288",
    "--set",
    "experiment.hypothesis=four steps are enough for a test",
    "--as-baseline",
    "a short run for a test",
)
"""64 prompts a step: four steps of the 256 rows, and no run before this one."""

Rft = Callable[..., object]


@pytest.fixture
def rft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rft:
    shutil.copytree(QUICKSTART, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, arguments, prog_name="rft")


def masked(text: str) -> str:
    """Without the numbers that another machine may round otherwise, and without trailing columns of time."""
    text = re.sub(r"\(.*128 held-out rows.*\)", "(128 rows)", text)
    return re.sub(r"\d+\.\d(?= s)|\d+\.\d{3}|\b\d+ %|\d:\d\d", "#", text)


def test_a_launch_ends_with_what_the_run_was_worth_and_what_to_do_next(rft) -> None:
    done = rft("launch", "run.yaml", *SHORT)
    assert done.exit_code == 0, done.stderr
    assert masked(done.stdout) == (
        "arithmetic.1 completed: 4 steps in # s\n"
        "  evaluation  # → #  (128 rows)\n"
        "  reward      # → #  (training, mean of the first and the last eighth)\n"
        "  baseline    later runs of its scope are compared with this one\n"
        "  adapter     .rft/runs/arithmetic.1/adapter\n"
        "  verdict     not enough evidence: there are too few points, with too few answers behind them, to tell anything "
        "from their order\n"
        "  next        rft advise arithmetic.1\n"
        "              rft rollouts arithmetic.1 --worst\n"
        "              rft show arithmetic.1\n"
    )
    talk = masked(done.stderr).split("\n")
    start = talk.index("arithmetic.1: 4 steps of 64 prompts × 4 rollouts; 256 rows × 1 epoch")
    assert talk[start + 1 :] == [
        "  note: the rehearsal model reads 256 characters, prompt and answer together; in effect: "
        "training.max_context_length 256, rollout.max_tokens 256, evaluation.max_tokens 256",
        "  note: the local backend rehearses a run – data, evaluator, parameters – on a tiny model; "
        "it does not make a useful model",
        "  note: by your word (a short run for a test) this is the baseline of its scope: "
        "later runs are compared with it",
        "  evaluation at step 0: #  (128 rows)",
        *(
            f"  step {step}/4  reward #  zero-variance groups #  truncated #  KL #  #"
            for step in (1, 2, 3, 4)
        ),
        "  evaluation at step 4: #  (128 rows)",
        "",
    ]
    again = rft("launch", "run.yaml", *SHORT)
    assert again.exit_code == 0
    assert again.stdout == done.stdout
    assert (
        "These settings have run already: arithmetic.1. Nothing was started; --new-attempt trains again."
        in again.stderr
    )


def test_the_stream_is_one_object_a_line(rft) -> None:
    done = rft("launch", "run.yaml", *SHORT, "--json")
    assert done.exit_code == 0, done.stderr
    assert done.stderr == ""
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert {event["schema_version"] for event in events} == {1}
    kinds = [event["event"] for event in events if event["event"] not in {"state", "findings"}]
    assert kinds == ["planned", "submitted", "evaluation", *["metrics"] * 4, "evaluation", "verdict", "end"]
    submitted, end = (
        next(event for event in events if event["event"] == kind) for kind in ("submitted", "end")
    )
    assert (submitted["run"], submitted["attempt"], submitted["is_new"]) == ("arithmetic.1", 1, True)
    assert submitted["schedule"]["steps"] == 4
    assert (end["state"], end["exit_code"], end["last"]["step"]) == (State.COMPLETED, 0, 4)
    assert {"before", "after", "standard_error", "n"} == set(end["evaluation"])
    names = {name for event in events if event["event"] == "metrics" for name in event}
    assert {metric.canonical for metric in METRICS} <= names


def test_show_has_the_contract_that_others_read(rft) -> None:
    rft("launch", "run.yaml", *SHORT)
    shown = json.loads(rft("show", "arithmetic", "--json").stdout)
    assert shown["schema_version"] == 1
    assert (shown["id"], shown["name"], shown["backend"], shown["state"]) == (
        "arithmetic.1",
        "arithmetic",
        "local",
        "completed",
    )
    assert shown["config"]["training"]["batch_size"] == 524288
    assert (shown["reference"], shown["hypothesis"]) == (None, "four steps are enough for a test")
    assert shown["tuned"] == {"training.batch_size": {"default": 32768, "value": 524288}}
    assert shown["evaluation"]["n"] == 128
    assert (shown["last"]["step"], shown["steps"], len(shown["points"])) == (4, 4, 4)
    assert 0 <= shown["last"]["reward_mean"] <= 1
    assert (shown["folder"], shown["config_path"]) == (".rft/runs/arithmetic.1", "run.yaml")


def test_the_first_run_with_default_parameters_is_the_baseline_and_says_so(rft) -> None:
    rows = Path("data/arithmetic.jsonl").read_text().splitlines(keepends=True)
    Path("data/arithmetic.jsonl").write_text("".join(rows[:8]))
    done = rft("launch", "run.yaml")
    assert done.exit_code == 0, done.stderr
    assert (
        "  note: with default parameters this is the baseline of its scope: later runs are compared with it\n"
        in done.stderr
    )
    assert (
        "  baseline    this is the first run of its scope with default parameters; later ones are"
        in done.stdout
    )
    assert rft("runs").stdout.splitlines()[1].endswith("  baseline")


def test_an_evaluator_that_cannot_tell_is_an_error_of_the_users_files(rft) -> None:
    Path("evaluators/same.py").write_text("def evaluate(completion, record):\n    return 0.5\n")
    options = (*SHORT, "--set", "evaluator=evaluators/same.py:evaluate")
    done = rft("launch", "run.yaml", *options)
    assert done.exit_code == 1
    assert done.stdout.startswith(
        "arithmetic.1 failed before step 1: the evaluator cannot tell answers apart"
    )
    forced = rft("launch", "run.yaml", *options, "--force")
    assert forced.exit_code == 0, forced.stderr
    assert "arithmetic.2 completed: 4 steps" in forced.stdout


def test_an_evaluator_that_raises_fails_the_run_at_the_users_line(rft) -> None:
    Path("evaluators/bad.py").write_text("def evaluate(completion, record):\n    return 1 / 0\n")
    done = rft("launch", "run.yaml", *SHORT, "--set", "evaluator=evaluators/bad.py:evaluate")
    assert done.exit_code == 5
    assert done.stdout.startswith(
        "arithmetic.1 failed before step 1: evaluators/bad.py:2: `evaluate` raised ZeroDivisionError: division by zero"
    )
    assert "  log   .rft/runs/arithmetic.1/worker.log\n" in done.stdout
    assert rft("show", "arithmetic.1").exit_code == 0


def test_ctrl_c_lets_go_and_says_how_to_see_the_run(rft, tmp_path) -> None:
    command = [
        sys.executable,
        "-m",
        "rft_cli",
        "launch",
        "run.yaml",
        "--set",
        "training.epochs=10",
        "--as-baseline",
        "long",
    ]
    environment = {**os.environ, "PYTHONPATH": str(QUICKSTART.parents[1])}
    following = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        while "step   1/640" not in following.stderr.readline():
            assert following.poll() is None
        following.send_signal(signal.SIGINT)
        answer, talk = following.communicate(timeout=20)
        assert (following.returncode, answer) == (130, "")
        assert talk.endswith(
            "\nDetached: arithmetic.1 goes on by itself.\n"
            "  watch it  rft watch arithmetic.1\n"
            "  end it    rft cancel arithmetic.1\n"
        )
        assert json.loads(rft("show", "arithmetic.1", "--json").stdout)["state"] == "running"
    finally:
        os.kill(
            json.loads((tmp_path / ".rft/runs/arithmetic.1/state.json").read_text())["pid"], signal.SIGTERM
        )


def test_a_rate_that_collapses_is_ended_and_the_next_run_is_written(rft) -> None:
    rate = ("--set", "training.learning_rate=5e-4", "--set", "experiment.hypothesis=faster")
    done = rft("launch", "run.yaml", *rate, "--as-baseline", "a test", "--stop-on", "collapse,no-signal")
    assert done.exit_code == 5, done.stderr
    first, *_ = done.stdout.splitlines()
    stopped = r"arithmetic\.1 cancelled at step \d+ of 64: stopped by --stop-on collapse at step (\d+)"
    [step] = re.fullmatch(stopped, first).groups()
    assert f"  collapse at step {step}: spike then collapse, from step " in done.stderr
    # The worker may take one more step before it is asked to end.
    assert "; it is ended\n" in done.stderr
    assert (
        "  verdict     training.learning_rate 5e-4 → 2e-4: the reward rose and then collapsed" in done.stdout
    )
    assert (
        "  next        rft advise arithmetic.1 --write next.yaml && rft launch next.yaml\n"
        "              rft resume arithmetic.1\n"
    ) in done.stdout
    assert rft("advise", "arithmetic.1", "--write", "next.yaml").exit_code == 0
    assert "learning_rate: 2e-4" in Path("next.yaml").read_text()


def test_the_change_that_a_stopped_run_led_to_is_compared_with_what_that_run_was(rft) -> None:
    rate = ("--set", "training.learning_rate=5e-4", "--set", "experiment.hypothesis=faster")
    stream = rft("launch", "run.yaml", *rate, "--stop-on", "collapse", "--json").stdout
    *_, alarm, state, verdict, end = [
        event for event in map(json.loads, stream.splitlines()) if event["event"] not in {"metrics", "note"}
    ]
    assert [alarm["event"], state["event"], verdict["event"], end["event"]] == [
        "alarm",
        "state",
        "verdict",
        "end",
    ]
    assert (alarm["run"], alarm["alarm"], alarm["ends_run"]) == ("arithmetic.1", "collapse", True)
    assert {"id", "onset_step", "confidence", "evidence"} == set(alarm["symptom"])
    assert (verdict["run"], verdict["verdict"], verdict["change"]["to"]) == ("arithmetic.1", "change", 2e-4)
    assert (end["state"], end["exit_code"]) == (State.CANCELLED, 5)
    assert end["reason"] == f"stopped by --stop-on collapse at step {alarm['step']}"
    written = rft("advise", "arithmetic", "--write", "next.yaml")
    assert written.stderr == (
        "rft: wrote next.yaml: arithmetic-learning-rate-2e-4, one change away from arithmetic.1, which has no result: "
        "it is compared with arithmetic-baseline.1\n  next: rft launch next.yaml\n"
    )
    done = rft("launch", "next.yaml")
    assert done.exit_code == 0, done.stderr
    assert (
        "Against arithmetic-baseline.1, the baseline: training.learning_rate 1e-4 → 2e-4  (× 2)"
        in done.stderr
    )


BAD_INPUTS = [
    (("nowhere.yaml",), 2, "rft: there is no run config nowhere.yaml\n"),
    (("run.yaml", "--set", "backend=trl"), 3, "rft: the backend trl is not part of this version of rft\n"),
    (
        ("run.yaml", "--set", "model=qwen3-8b"),
        1,
        "error RFT703 the local backend trains one model, rehearsal",
    ),
    (("run.yaml", "--set", "training.epochs=0"), 1, "error RFT102"),
    (
        ("run.yaml", "--set", "dataset=data/no.jsonl"),
        1,
        "error RFT701 the data set data/no.jsonl does not exist",
    ),
    (("run.yaml", "--set", "dataset=data"), 1, "--set:1:9: error RFT701 data: the data set is a folder"),
    (
        ("run.yaml", "--stop-on", "colapse"),
        2,
        "help: did you mean collapse? --stop-on takes collapse, no-signal",
    ),
    (("run.yaml", "--stop-on", "collapse,"), 2, "--stop-on collapse,: there is no alarm ''"),
    (("run.yaml", "--stop-on", "collapse", "--detach"), 2, "--stop-on and --detach exclude each other"),
    (("run.yaml", "--set", "evaluator=no.py:f"), 1, "error RFT702 the evaluator no.py does not exist"),
]


@pytest.mark.parametrize(("arguments", "code", "said"), BAD_INPUTS, ids=lambda value: str(value)[:40])
def test_bad_input_gets_one_clear_message_and_leaves_nothing(rft, arguments, code, said) -> None:
    done = rft("launch", *arguments)
    assert (done.exit_code, done.stdout) == (code, "")
    assert said in done.stderr
    assert "help:" in done.stderr
    assert not Path(".rft").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "data/arithmetic.jsonl:1:1: error RFT701 the data set has no rows"),
        (
            '{"messages": [{"role": "user", "content": "1+1="}]}\n{"messages": 3}\n',
            "data/arithmetic.jsonl:2:2: error",
        ),
        (
            '{"prompt": "1+1="}\n',
            "data/arithmetic.jsonl:1:1: error RFT701 the row has `prompt` and no `messages`",
        ),
    ],
)
def test_bad_rows_are_told_by_line(rft, content, said) -> None:
    Path("data/arithmetic.jsonl").write_text(content)
    done = rft("launch", "run.yaml")
    assert done.exit_code == 1
    assert said in done.stderr


def test_findings_of_a_refused_launch_are_data_too(rft) -> None:
    done = rft("launch", "run.yaml", "--json", "--set", "training.epochs=0")
    assert done.exit_code == 1
    found, error = map(json.loads, done.stdout.splitlines())
    assert (found["event"], found["findings"][0]["code"]) == ("findings", "RFT102")
    assert (error["event"], error["error"]["kind"], error["exit_code"]) == ("error", "findings", 1)


def test_a_damaged_ledger_is_a_matter_of_the_machine(rft) -> None:
    Path(".rft").mkdir()
    Path(".rft/ledger.db").write_bytes(b"scribble" * 1000)
    for command in (("launch", "run.yaml"), ("runs",), ("show", "x"), ("rollouts", "x"), ("doctor",)):
        done = rft(*command)
        assert done.exit_code == 3
        assert "the ledger is damaged" in done.stdout + done.stderr


def test_a_folder_that_cannot_be_made_is_told(rft) -> None:
    Path(".rft").write_text("a file where a folder should be")
    done = rft("launch", "run.yaml")
    assert done.exit_code == 3
    assert ".rft" in done.stderr


def test_a_link_that_leads_nowhere_is_named_as_one(rft) -> None:
    Path("link.yaml").symlink_to("gone.yaml")
    done = rft("launch", "link.yaml")
    assert (done.exit_code, done.stderr) == (
        2,
        "rft: there is no run config link.yaml\n  help: it is a link to gone.yaml, which is not there\n",
    )


def test_what_is_no_file_is_not_advised_to_be_itself(rft) -> None:
    os.mkfifo("pipe.yaml")
    done = rft("launch", "pipe.yaml")
    assert (done.exit_code, done.stderr) == (
        2,
        "rft: there is no run config pipe.yaml\n  help: it is no regular file; write the config to one\n",
    )


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("os._exit(3)", "(exit code 3: the evaluator, or a library, has ended the process)"),
        ("os._exit(0)", "(exit code 0: the evaluator, or a library, has ended the process)"),
        ("os.kill(os.getpid(), 11)", "(killed by SIGSEGV)"),
        ("sys.exit(3)", "`evaluate` called sys.exit(3)"),
    ],
)
def test_an_evaluator_that_ends_the_worker_is_a_failed_run_whatever_its_exit_code(rft, call, said) -> None:
    Path("evaluators/arithmetic.py").write_text(
        f"import os, sys\ndef evaluate(completion, record):\n    {call}\n", encoding="utf-8"
    )
    done = rft("launch", "run.yaml")
    assert done.exit_code == 5, done.stderr
    assert said in done.stdout


def test_where_nothing_is_held_out_no_row_is_called_held_out(rft) -> None:
    rows = Path("data/arithmetic.jsonl").read_text().splitlines(keepends=True)
    Path("data/arithmetic.jsonl").write_text("".join(rows[:20]))
    text = Path("run.yaml").read_text()
    Path("run.yaml").write_text(re.sub(r"  dataset: data/held-out\.jsonl.*\n", "", text))
    done = rft("launch", "run.yaml")
    assert done.exit_code == 0, done.stderr
    assert rft("launch", "run.yaml", "--set", "rollout.n=5").exit_code == 0
    assert rft("export", "arithmetic.1", "--to", "record", "-o", "one.json").exit_code == 0
    shown = rft("show", "arithmetic.1").stdout
    assert "20 training rows" in done.stdout
    assert "20 training rows" in shown
    assert "held-out row" not in done.output + shown
    assert json.loads(rft("show", "arithmetic.1", "--json").stdout)["evaluation"]["after"] is not None
    assert json.loads(rft("show", "arithmetic.1", "--json").stdout)["evaluations"][0]["on_training_rows"]
    for one in ("arithmetic.1", "one.json"):
        assert "note: nothing was held out" in rft("compare", one, "arithmetic.2").stdout


def test_a_new_attempt_is_not_told_to_ask_for_one(rft) -> None:
    assert rft("launch", "run.yaml", *SHORT).exit_code == 0
    assert "launch starts nothing new" in rft("plan", "run.yaml", *SHORT[:2]).stdout
    done = rft("launch", "run.yaml", *SHORT[:2], "--new-attempt")
    assert done.exit_code == 0, done.stderr
    assert "a repeat: the same settings as arithmetic.1, which has run\n" in done.stderr
