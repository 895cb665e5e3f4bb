"""`rft advise` as a user sees it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from support.project import RUN, record_run, write_project
from typer.testing import CliRunner

from rft_cli.app import app
from rft_cli.config import load

TUNED = "training:\n  learning_rate: 1e-4   # the step\nrollout: {n: 4}\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_project(tmp_path)
    (tmp_path / "run.yaml").write_text(RUN + TUNED)
    return tmp_path


@pytest.fixture
def rft():
    return lambda *arguments: CliRunner().invoke(app, arguments, prog_name="rft")


def metrics(path: Path, rewards: np.ndarray, **columns: float) -> str:
    rows = [
        json.dumps({"step": step, "reward": reward, **columns})
        for step, reward in enumerate(rewards.tolist(), start=1)
    ]
    path.write_text("\n".join(rows) + "\n")
    return path.name


def collapse() -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, 0.02, 60)
    return np.concatenate((np.linspace(0.2, 0.8, 30), np.full(30, 0.05))) + noise


@pytest.mark.covers("ST5", "ST1")
def test_a_config_that_never_ran_is_told_to_run_first(rft, root) -> None:
    done = rft("advise", "run.yaml")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == (
        "run.yaml: not enough evidence\n"
        "  why   No run of run.yaml is known yet, and advice rests on metrics: launch it (ST1, ST5).\n"
        "  next  rft launch run.yaml\n"
    )


def test_a_changed_config_without_a_baseline_is_told_to_run_that_first(rft, root) -> None:
    (root / "run.yaml").write_text(RUN + "training: {learning_rate: 2e-4}\n")
    assert "rft launch --baseline run.yaml\n" in rft("advise", "run.yaml").stdout


@pytest.mark.covers("EP2")
def test_a_run_that_climbs_is_told_to_go_on_and_the_next_config_is_written(rft, root) -> None:
    record_run(root)
    done = rft("advise", "sums", "--write", "next.yaml")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0].startswith("sums.1: training.epochs 1 → ")
    written = (root / "next.yaml").read_text()
    epochs = load("next.yaml", root=root).config.get("training.epochs")
    assert written == (
        RUN.replace("sums\nmodel", f"sums-epochs-{epochs}\nmodel")
        + f"training:\n  epochs: {epochs}\n  learning_rate: 1e-4   # the step\nrollout: {{n: 4}}\n"
        + "experiment:\n  reference: sums.1\n"
        + '  hypothesis: "the reward was still rising when the run ended (from step 13): '
        + f'{"two more passes" if epochs == 3 else "one more pass"} should carry the climb on"\n'
    )
    assert done.stderr == (
        f"rft: wrote next.yaml: sums-epochs-{epochs}, one change away from sums.1\n  next: rft launch next.yaml\n"
    )


def test_nothing_is_overwritten(rft, root) -> None:
    record_run(root)
    done = rft("advise", "sums", "--write", "run.yaml")
    assert (done.exit_code, done.stderr.splitlines()[0]) == (
        2,
        "rft: run.yaml exists, and nothing is overwritten",
    )
    assert (root / "run.yaml").read_text() == RUN + TUNED


def test_a_config_in_another_folder_extends_the_present_one(rft, root) -> None:
    record_run(root)
    (root / "tries").mkdir()
    assert rft("advise", "sums", "--write", "tries/next.yaml").exit_code == 0
    config = load("tries/next.yaml", root=root).config
    assert config.get("dataset") == "data/sums.jsonl"
    assert config.get("training.epochs") in {2, 3}
    assert "extends: " in (root / "tries/next.yaml").read_text()


def test_values_that_came_from_the_command_line_are_kept(rft, root) -> None:
    record_run(root, "run.yaml", "rollout.n=8", "experiment.seed=3")
    assert rft("advise", "sums", "--write", "next.yaml").exit_code == 0
    config = load("next.yaml", root=root).config
    assert config.get("rollout.n") == 8


def test_a_config_that_means_another_run_by_now_is_not_built_on(rft, root) -> None:
    record_run(root)
    (root / "run.yaml").write_text((RUN + TUNED).replace("model: rehearsal", "model: other"))
    done = rft("advise", "sums", "--write", "next.yaml")
    assert done.exit_code == 2
    assert "run.yaml is not what sums.1 was launched from any more: model" in done.stderr


def test_a_config_that_has_changed_since_is_advised_on_its_latest_run(rft, root) -> None:
    record_run(root)
    (root / "run.yaml").write_text(RUN + "rollout: {n: 8}\n")
    assert "run.yaml has changed since sums.1 ran" in rft("advise", "run.yaml").stdout


@pytest.mark.covers("LR2")
def test_metrics_of_another_tool_are_read(rft, root) -> None:
    name = metrics(root / "log.jsonl", collapse(), learning_rate=3e-6)
    found = json.loads(rft("advise", name, "--json").stdout)
    assert (found["schema_version"], found["source"], found["n_points"]) == (1, "log.jsonl", 60)
    assert found["verdict"] == "change"
    assert found["change"] == {
        "parameter": "training.learning_rate",
        "direction": "down",
        "from": 3e-6,
        "to": None,
        "with": None,
    }
    assert [symptom["id"] for symptom in found["symptoms"]] == ["spike_then_collapse"]
    assert found["sources"] == ["LR2", "LR4"]


def test_a_config_says_the_values_of_metrics_and_can_be_built_on(rft, root) -> None:
    name = metrics(root / "log.jsonl", collapse())
    done = rft("advise", name, "--config", "run.yaml", "--write", "next.yaml")
    assert done.stdout.splitlines()[0] == "log.jsonl: training.learning_rate 1e-4 → 5e-5"
    assert load("next.yaml", root=root).config.get("training.learning_rate") == 5e-5
    assert "reference" not in (root / "next.yaml").read_text()
    assert rft("advise", name, "--write", "other.yaml").exit_code == 2


def test_several_sources_are_one_list(rft, root) -> None:
    names = [metrics(root / f"{letter}.jsonl", collapse()) for letter in "ab"]
    found = json.loads(rft("advise", *names, "--json").stdout)
    assert [each["source"] for each in found["results"]] == names
    (root / "empty.jsonl").write_text("")
    done = rft("advise", names[0], "empty.jsonl", names[1])
    assert done.exit_code == 2
    assert [line for line in done.stdout.splitlines() if line.startswith(("a.jsonl", "b.jsonl"))] == [
        "a.jsonl: lower training.learning_rate",
        "b.jsonl: lower training.learning_rate",
    ]
    assert "empty.jsonl: the file is empty" in done.stderr


def test_a_change_that_was_tried_is_not_advised_again(rft, root) -> None:
    record_run(root)
    (root / "longer.yaml").write_text(RUN.replace("sums\nmodel", "longer\nmodel") + "training: {epochs: 2}\n")
    record_run(root, "longer.yaml")
    found = json.loads(rft("advise", "sums", "--json").stdout)
    assert found["change"] is None or found["change"]["parameter"] != "training.epochs"
    assert any("longer.1 has tried it: no better" in each["why"] for each in found["rejected"])


@pytest.mark.covers("GO2")
def test_a_goal_is_asked_for_by_name(rft, root) -> None:
    name = metrics(root / "log.jsonl", np.linspace(0, 1, 4))
    assert rft("advise", name, "--goal", "nonsense").exit_code == 2
    healthy = np.minimum(np.linspace(0, 1.6, 80), 0.7) + np.random.default_rng(1).normal(0, 0.03, 80)
    risen = metrics(root / "risen.jsonl", healthy)
    assert rft("advise", risen).stdout.splitlines()[0] == "risen.jsonl: nothing needs to change"
    better = rft("advise", risen, "--config", "run.yaml", "--goal", "better-quality")
    assert better.stdout.splitlines()[0] == "risen.jsonl: rollout.temperature 0.7 → 1.0"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere",), "there is neither a file nowhere here nor a run of that name"),
        (("bad.yaml",), "bad.yaml is not a valid run config"),
        (("empty.jsonl",), "empty.jsonl"),
        (("plan.json",), "plan.json is a plan, which has no metrics"),
        (("run.yaml", "run.yaml", "--write", "next.yaml"), "--write takes one source"),
    ],
)
def test_what_cannot_be_advised_on_says_why(rft, root, words: tuple[str, ...], said: str) -> None:
    (root / "bad.yaml").write_text("version: 1\nmodle: x\n")
    (root / "empty.jsonl").write_text("")
    (root / "plan.json").write_text('{"kind": "plan"}')
    done = rft("advise", *words)
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_record_is_advised_on_without_a_ledger(rft, root) -> None:
    record_run(root)
    record = root / "sums.json"
    record.write_text(rft("export", "sums", "--to", "record").stdout)
    done = rft("advise", "sums.json")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0].startswith("sums.json: training.epochs 1 → ")
    (root / "tries").mkdir()
    assert rft("advise", "sums.json", "--write", "tries/next.yaml").exit_code == 0
    assert load("tries/next.yaml", root=root).config.get("experiment.reference") == "sums.json"
