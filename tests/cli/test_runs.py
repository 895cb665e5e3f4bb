"""The commands that look at runs, on a ledger whose numbers are known."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rft_cli.app import app
from rft_cli.backends.base import Poll
from rft_cli.runs import folders
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.place import place_of
from rft_cli.runs.record import Draft
from rft_cli.worker import Failure, RunFolder, State

CONFIG = {
    "name": "sums",
    "backend": "local",
    "model": "rehearsal",
    "training": {
        "learning_rate": 1e-4,
        "epochs": 1,
        "lora_rank": 8,
        "batch_size": 32768,
        "max_context_length": 8192,
    },
    "rollout": {"temperature": 0.7, "top_p": 1.0, "top_k": 40, "n": 4, "max_tokens": 2048},
    "experiment": {"seed": 0},
}
SCHEDULE = {
    "prompts_per_step": 4,
    "rollouts_per_step": 16,
    "steps": 8,
    "rows": 32,
    "effective": {},
    "notes": ["short answers"],
}
RECORD = {
    "schedule": SCHEDULE,
    "config_path": "sums.yaml",
    "digests": {},
    "origins": {},
    "versions": {"rft": "0"},
}


def metrics(step: int) -> dict:
    values = {"reward": step / 8, "frac_reward_zero_std": 0.25, "completions/clipped_ratio": 0.0, "kl": 0.01}
    return {"event": "metrics", "step": step, "values": values}


def evaluation(step: int, mean: float, error: float) -> dict:
    return {"event": "evaluation", "step": step, "mean": mean, "standard_error": error, "n": 64}


def rollout(step: int, row: int, reward: float, *, completion: str = "4", truncated: bool = False) -> dict:
    return {
        "step": step,
        "group": 0,
        "row": row,
        "prompt": [{"role": "system", "content": "Add."}, {"role": "user", "content": "2+2=\nplease"}],
        "completion": completion,
        "reward": reward,
        "parts": {"form": 1.0},
        "advantage": reward - 0.5,
        "tokens": 2,
        "truncated": truncated,
    }


@pytest.fixture
def rft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, arguments, prog_name="rft")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Three runs: a baseline that completed, a tuned one that failed, and one of another name that was stopped."""
    place = place_of(tmp_path, {})
    tuned = {**CONFIG, "training": {**CONFIG["training"], "learning_rate": 2e-4}}
    tuned["experiment"] = {"seed": 0, "hypothesis": "a larger step lifts it"}
    with Ledger(place, create=True) as ledger:
        ledger.admit(Draft("sums", "s", "a", "local", True, 8, CONFIG, RECORD))
        begun = datetime.fromisoformat(ledger.run("sums.1").summary.created)
        end = {"event": "end", "time": (begun + timedelta(seconds=125)).isoformat()}
        events = [evaluation(0, 0.25, 0.05), *map(metrics, range(1, 9)), evaluation(8, 0.75, 0.05)]
        ledger.take_in("sums.1", Poll(State.COMPLETED, "completed", 9, (*events, end)))
        ledger.admit(Draft("sums", "s", "b", "local", False, 8, tuned, RECORD))
        failure = Failure(kind="evaluator", message="sums.py:3: it raised", hint="mend it", exit_code=5)
        note = {"event": "note", "time": "t", "message": "rows are few"}
        ledger.take_in("sums.2", Poll(State.FAILED, "failed", 9, (note,), "sums.py:3: it raised", failure))
        ledger.place.run_folder("sums.2").mkdir(parents=True)
        ledger.admit(Draft("words", "t", "c", "local", False, 8, CONFIG, RECORD))
        stop = Poll(
            State.STOPPED_EARLY, "stopped_early", 9, (metrics(1), metrics(2)), "nothing to learn from"
        )
        ledger.take_in("words.1", stop)
    folder = RunFolder(folders.create(place, "sums.1", {}))
    folder.write_rollouts(1, [rollout(1, 1, 0.0), rollout(1, 2, 1.0)])
    folder.write_rollouts(
        2, [rollout(2, 3, 0.0, completion="5\x1b[31m\nno", truncated=True), rollout(2, 4, 1.0)]
    )
    return tmp_path


def dated(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "DATE", text)


def test_without_runs_the_command_says_how_to_start(rft, tmp_path) -> None:
    done = rft("runs")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"No runs in {tmp_path} yet.\n  help: start one with: rft launch CONFIG\n"
    assert json.loads(rft("runs", "--json").stdout) == {"schema_version": 1, "runs": []}
    assert list(tmp_path.iterdir()) == []


def test_a_table_of_runs(rft, project) -> None:
    done = rft("runs")
    assert (done.exit_code, done.stderr) == (0, "")
    assert dated(done.stdout) == (
        "RUN      STATE          STEPS  REWARD         EVALUATION     CREATED\n"
        "sums.1   completed      8      0.125 → 1.000  0.250 → 0.750  DATE  baseline\n"
        "sums.2   failed         0/8                                  DATE\n"
        "words.1  stopped_early  2/8    0.125 → 0.250                 DATE\n"
    )


def test_runs_as_data(rft, project) -> None:
    document = json.loads(rft("runs", "--json").stdout)
    assert document["schema_version"] == 1
    assert [(run["id"], run["name"], run["state"], run["is_baseline"]) for run in document["runs"]] == [
        ("sums.1", "sums", "completed", True),
        ("sums.2", "sums", "failed", False),
        ("words.1", "words", "stopped_early", False),
    ]
    assert document["runs"][0]["evaluation"] == {
        "before": 0.25,
        "after": 0.75,
        "standard_error": 0.05,
        "n": 64,
    }
    assert document["runs"][1]["evaluation"] is None


def test_a_completed_run(rft, project) -> None:
    done = rft("show", "sums.1")
    assert (done.exit_code, done.stderr) == (0, "")
    assert (
        dated(done.stdout).replace("\u2800", " ")
        == """\
sums.1 completed: 8 steps in 2 min 05 s
  config     sums.yaml
  backend    local, model rehearsal
  created    DATE, attempt 1
  tuned      nothing: the guide's parameters stand at their defaults
  schedule   8 steps of 4 prompts × 4 rollouts; 32 rows × 1 epoch
  notes      short answers
  last step  8  reward 1.000  zero-variance groups 25 %  truncated 0 %  KL 0.010

    1 ┤                                                         ⣀⣀⡠⠤⠤⠔⠒⠒⠊⠉
      │                                             ⢀⣀⣀⡠⠤⠤⠔⠒⠒⠉⠉⠉
      │                                  ⢀⣀⣀⠤⠤⠤⠒⠒⠒⠉⠉⠁
  0.5 ┤                       ⣀⣀⣀⠤⠤⠤⠒⠒⠊⠉⠉⠁
      │            ⣀⣀⡠⠤⠤⠔⠒⠒⠊⠉⠉
      │⢀⣀⣀⡠⠤⠤⠒⠒⠒⠉⠉⠉
    0 ┤⠁
      └───────────────────────────────────────────────────────────────────
       1                                                                 8

  evaluation  0.250 → 0.750  (± 0.098, 95 % interval over 64 held-out rows)
  reward      0.125 → 1.000  (training, mean of the first and the last eighth)
  baseline    this is the first run of its scope with default parameters; later ones are compared with it
  adapter     .rft/runs/sums.1/adapter
  next        rft advise sums.1
              rft rollouts sums.1 --worst
"""
    )


def test_a_failed_run_is_no_failure_of_the_question(rft, project) -> None:
    done = rft("show", "sums")
    assert (done.exit_code, done.stderr) == (0, "")
    assert (
        dated(done.stdout)
        == """\
sums.2 failed before step 1: sums.py:3: it raised
  config      sums.yaml
  backend     local, model rehearsal
  created     DATE, attempt 1
  hypothesis  a larger step lifts it
  reference   sums.1, the baseline of its scope
  tuned       training.learning_rate 2e-4  (default 1e-4)
  schedule    8 steps of 4 prompts × 4 rollouts; 32 rows × 1 epoch
  notes       short answers
              rows are few
  help: mend it
  log  .rft/runs/sums.2/worker.log
"""
    )


def test_a_run_as_data(rft, project) -> None:
    shown = json.loads(rft("show", "sums.1", "--json").stdout)
    assert {name: shown[name] for name in ("schema_version", "id", "name", "backend", "state", "steps")} == {
        "schema_version": 1,
        "id": "sums.1",
        "name": "sums",
        "backend": "local",
        "state": "completed",
        "steps": 8,
    }
    assert (shown["config"], shown["reference"], shown["hypothesis"]) == (CONFIG, None, None)
    assert shown["evaluation"] == {"before": 0.25, "after": 0.75, "standard_error": 0.05, "n": 64}
    assert shown["last"] == {
        "step": 8,
        "reward_mean": 1.0,
        "zero_variance_group_fraction": 0.25,
        "truncated_fraction": 0.0,
        "kl": 0.01,
    }
    failed = json.loads(rft("show", "sums.2", "--json").stdout)
    assert (failed["evaluation"], failed["last"], failed["reference"]) == (None, None, "sums.1")
    assert failed["failure"]["hint"] == "mend it"
    assert failed["tuned"] == {"training.learning_rate": {"default": 1e-4, "value": 2e-4}}


def test_an_unknown_run_is_wrong_usage(rft, project) -> None:
    for command in ("show", "rollouts"):
        done = rft(command, "summs")
        assert (done.exit_code, done.stdout) == (2, "")
        assert (
            done.stderr
            == "rft: there is no run summs\n  help: did you mean sums? `rft runs` lists them all\n"
        )


def test_rollouts_are_readable_and_cannot_steer_the_terminal(rft, project) -> None:
    done = rft("rollouts", "sums.1", "--worst", "-n", "1")
    assert (done.exit_code, done.stderr) == (0, "")
    assert (
        done.stdout
        == """\
step 2 · row 3 · reward 0.000 · form 1.000 · advantage -0.50 · 2 tokens, truncated
  system  Add.
  user    2+2=
          please
  answer  5\\x1b[31m
          no
"""
    )


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ((), [3, 4, 1, 2]),
        (("-n", "1"), [3]),
        (("--best",), [4, 2, 3, 1]),
        (("--worst",), [3, 1, 4, 2]),
        (("--truncated",), [3]),
        (("--step", "1"), [1, 2]),
        (("--step", "1", "--best", "-n", "1"), [2]),
        (("--step", "1", "--truncated"), []),
    ],
)
def test_which_rollouts_come_first(rft, project, options, rows) -> None:
    document = json.loads(rft("rollouts", "sums.1", "--json", *options).stdout)
    assert (document["schema_version"], document["run"]) == (1, "sums.1")
    assert [each["row"] for each in document["rollouts"]] == rows


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("sums.1", "--best", "--worst"), "--best and --worst exclude each other", "give one of them"),
        (("sums.1", "--step", "9"), "sums.1 has no rollouts of step 9", "it has trained 8 steps"),
        (("sums.2",), "sums.2 has no rollouts", "it has not trained a step: rft show sums.2"),
        (
            ("words",),
            "words.1 has no rollouts",
            "its run folder has lost them; rft show words.1 tells what the ledger knows",
        ),
    ],
)
def test_rollouts_that_are_not_there_are_wrong_usage(rft, project, arguments, message, hint) -> None:
    done = rft("rollouts", *arguments)
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", f"rft: {message}\n  help: {hint}\n")


def test_no_rollout_that_fits_is_an_answer(rft, project) -> None:
    done = rft("rollouts", "sums.1", "--step", "1", "--truncated")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "No answer of sums.1 fits.\n")
