"""`rft compare` as a user sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.project import RUN, record_run, write_project
from typer.testing import CliRunner

from rft_cli.app import app


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_project(tmp_path)
    (tmp_path / "faster.yaml").write_text(
        RUN.replace("sums\nmodel", "faster\nmodel") + "training: {learning_rate: 2e-4}\n"
    )
    (tmp_path / "hotter.yaml").write_text(
        RUN.replace("sums\nmodel", "hotter\nmodel") + "rollout: {temperature: 1.0}\n"
    )
    return tmp_path


@pytest.fixture
def rft():
    return lambda *arguments: CliRunner().invoke(app, arguments, prog_name="rft")


TWO_RUNS = """\
RUN       SEEDS  STEPS  EVALUATION            REWARD  STATE
sums.1    1      64     0.750 ± 0.098 (n 64)  0.836   completed
faster.1  1      64     0.750 ± 0.098 (n 64)  0.836   completed

faster.1: cannot be told apart from sums.1
  changed              training.learning_rate 1e-4 → 2e-4
  held-out evaluation  +0.000 [-0.141, +0.141], smallest difference that could be seen 0.201  (64 rows; two samples, 95 % interval)
  training reward      +0.000 [+0.000, +0.000], smallest difference that could be seen 0.000  (22 steps; last third, paired by step, moving-block bootstrap)

held-out evaluation, difference from sums.1, 95 % interval
  faster.1  ├─────────────────────────────●──────────────────────────────┤
            -0.14                         0                          +0.14

note: one run each: another seed could move either; repeat with `--set experiment.seed=1` and compare all four
"""


def test_two_runs_are_compared_on_held_out_rows_and_step_by_step(rft, root) -> None:
    record_run(root)
    record_run(root, "faster.yaml")
    done = rft("compare", "sums", "faster")
    assert (done.exit_code, done.stdout, done.stderr) == (0, TWO_RUNS, "")


def test_one_run_is_compared_with_its_reference(rft, root) -> None:
    record_run(root)
    record_run(root, "faster.yaml", reference="sums.1")
    assert rft("compare", "faster").stdout == TWO_RUNS
    alone = rft("compare", "sums")
    assert alone.exit_code == 2
    assert "sums.1 has no reference" in alone.stderr


def test_replicates_are_pooled_and_sampling_keeps_rewards_apart(rft, root) -> None:
    for path in ("run.yaml", "hotter.yaml"):
        record_run(root, path)
        record_run(root, path, "experiment.seed=1")
    found = json.loads(rft("compare", "sums.1", "sums.2", "hotter.1", "hotter.2", "--json").stdout)
    assert [row["runs"] for row in found["runs"]] == [["sums.1", "sums.2"], ["hotter.1", "hotter.2"]]
    (only,) = found["comparisons"]
    assert (only["comparable"], only["verdict"]) == (True, "not told apart")
    evaluation, reward = only["measures"]
    assert evaluation["samples"] == "64 rows, 2 and 2 seeds"
    assert reward["refused"] == ["training rewards were sampled differently: rollout.temperature"]


def test_runs_of_two_scopes_are_not_compared_and_the_reason_is_the_answer(rft, root) -> None:
    record_run(root)
    (root / "data/more.jsonl").write_text('{"messages": [{"role": "user", "content": "2+2="}]}\n')
    (root / "other.yaml").write_text(
        RUN.replace("sums\nmodel", "other\nmodel").replace("data/sums", "data/more")
    )
    record_run(root, "other.yaml")
    done = rft("compare", "sums", "other")
    assert done.exit_code == 0
    assert "other.1: not comparable with sums.1 because the training data differs" in done.stdout


def test_a_comparison_for_a_pull_request_is_markdown(rft, root) -> None:
    record_run(root)
    record_run(root, "faster.yaml")
    lines = rft("compare", "sums", "faster", "--md").stdout.splitlines()
    assert lines[0] == "#### Outcomes against `sums.1`"
    assert "**`faster.1`**: cannot be told apart from sums.1." in lines
    assert rft("compare", "sums", "faster", "--md", "--json").exit_code == 2


def test_a_record_and_metrics_are_compared_as_far_as_they_say(rft, root) -> None:
    record_run(root)
    record_run(root, "faster.yaml")
    (root / "sums.json").write_text(rft("export", "sums", "--to", "record").stdout)
    assert (
        "faster.1: cannot be told apart from sums.1 in sums.json"
        in rft("compare", "sums.json", "faster").stdout
    )
    rows = (json.dumps({"step": step, "reward": step / 64}) for step in range(1, 65))
    (root / "log.jsonl").write_text("\n".join(rows))
    done = rft("compare", "sums", "log.jsonl").stdout
    assert "log.jsonl was not evaluated on held-out rows" in done
    assert "note: of log.jsonl only metrics are known" in done


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sums", "sums.1"), "sums.1 is named twice"),
        (("run.yaml", "sums"), "run.yaml is a run config, which has no outcome"),
        (("sums", "nowhere"), "there is no run nowhere"),
    ],
)
def test_what_cannot_be_compared_at_all_is_wrong_usage(rft, root, words: tuple[str, ...], said: str) -> None:
    record_run(root)
    done = rft("compare", *words)
    assert done.exit_code == 2
    assert said in done.stderr
