"""`rft plan`: what it shows, what it freezes, and that it does nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.project import record_run, write_project
from typer.testing import CliRunner

from rft_cli.app import LazyCommands, app

ROOT = Path(__file__).parents[2]
NOTHING_ELSE = """\
import os, sys

def refuse(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork")):
        raise AssertionError(f"{event} {arguments}")
    changes = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.utime")
    if event.startswith(changes):
        raise AssertionError(f"{event} {arguments}")
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        raise AssertionError(f"writes {arguments}")

sys.dont_write_bytecode = True
sys.addaudithook(refuse)
from rft_cli.app import LazyCommands, app
app(sys.argv[1:], prog_name="rft")
"""


@pytest.fixture
def rft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    write_project(tmp_path)
    shutil.rmtree(tmp_path / ".rft")
    (tmp_path / "pyproject.toml").write_text("[tool.rft]\n")
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, arguments, prog_name="rft")


def tree(root: Path) -> dict[str, tuple[int, str]]:
    """Every file and folder: when it was changed and what it holds."""
    return {
        str(path.relative_to(root)): (
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in sorted(root.rglob("*"))
    }


def alone(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run rft where sockets, processes and writes raise."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for name in list(environment):
        if "KEY" in name or "TOKEN" in name:
            del environment[name]
    return subprocess.run(
        [sys.executable, "-c", NOTHING_ELSE, *arguments],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


TUNED = ("--set", "rollout.n=8", "--set", "experiment.hypothesis=more signal")


def test_a_plan_shows_everything_that_a_launch_would_do(rft) -> None:
    done = rft("plan", "run.yaml", *TUNED)
    assert done.exit_code == 0, done.stderr
    text = re.sub(r"[0-9a-f]{12}", "#", done.stdout)
    head, _, payload = text.partition("payload  sha256 #\n")
    assert head == (
        "sums\n"
        "  config   run.yaml\n"
        "  backend  local, model rehearsal\n"
        "  scope    #, fingerprint #\n"
        "\n"
        "values  (* not the default)\n"
        "  version              1                         run.yaml:1\n"
        "  name                 sums                      run.yaml:2\n"
        "  backend              local                     default\n"
        "  model                rehearsal                 run.yaml:3\n"
        "  dataset              data/sums.jsonl           run.yaml:4\n"
        "  evaluator            evaluators/sums.py:evaluate  run.yaml:5\n"
        "  training\n"
        "    learning_rate        1e-4                      default\n"
        "    epochs               1                         default\n"
        "    lora_rank            8                         default\n"
        "    batch_size           32768                     default\n"
        "    max_context_length   8192                      default\n"
        "  rollout\n"
        "    temperature          0.7                       default\n"
        "    top_p                1.0                       default\n"
        "    top_k                40                        default\n"
        "    n                  * 8                         --set  default 4\n"
        "    max_tokens           2048                      default\n"
        "  evaluation\n"
        "    max_tokens           2048                      default\n"
        "    every                0                         default\n"
        "  experiment\n"
        "    hypothesis           more signal               --set\n"
        "    seed                 0                         default\n"
        "\n"
        "schedule\n"
        "                               1 step of 2 prompts × 8 rollouts; 1 row × 1 epoch\n"
        "  training.max_context_length  256 in effect\n"
        "  rollout.max_tokens           256 in effect\n"
        "  evaluation.max_tokens        256 in effect\n"
        "  note                         the rehearsal model reads 256 characters, prompt and answer together; "
        "in effect: training.max_context_length 256, rollout.max_tokens 256, evaluation.max_tokens 256\n"
        "  note                         1 row is fewer than the 2 prompts of a step: each step takes all of them\n"
        "  note                         1 row is too few to hold some out (32 are needed): "
        "the evaluation uses the training rows\n"
        "\n"
        "against the baseline\n"
        "  rollout.n 4 → 8  (× 2)\n"
        "\n"
        "cost\n"
        "  8 rollouts of 1 prompt\n"
        "  at most 16,384 output tokens\n"
        "  at most × 2 of a run with the defaults\n"
        "  4 full sequences a step (batch_size ÷ max_context_length)\n"
        "\n"
        "guards\n"
        "  ok      reference     compared with the baseline\n"
        "  ok      baseline      no baseline yet, and rollout.n 8: the same config at the defaults is launched "
        "first, by itself\n"
        "  ok      one-change    one change against the baseline: rollout.n 4 → 8\n"
        "  ok      max-cost      no --max-cost given\n"
        "  ok      confirmation  the backend costs nothing\n"
        "\n"
    )
    assert '"run": "<run id>"' in payload
    assert payload.endswith(
        "\nnext\n  rft launch run.yaml --set rollout.n=8 --set 'experiment.hypothesis=more signal'\n"
    )


def test_launch_dry_run_is_the_same(rft) -> None:
    assert rft("launch", "run.yaml", *TUNED, "--dry-run").stdout == rft("plan", "run.yaml", *TUNED).stdout
    assert not Path(".rft").exists()


def test_the_document_has_the_contract_that_others_read(rft) -> None:
    document = json.loads(rft("plan", "run.yaml", *TUNED, "--json").stdout)
    assert (document["schema_version"], document["kind"]) == (1, "plan")
    assert document["config"]["rollout.n"] == {"value": 8, "origin": "--set"}
    assert document["config"]["model"] == {"value": "rehearsal", "origin": "run.yaml:3"}
    assert document["config"]["training.epochs"] == {"value": 1, "origin": "default"}
    assert document["schedule"]["rollouts_per_step"] == 16
    assert document["payload"]["config"]["rollout"]["n"] == 8
    assert document["changes"] == [
        {"parameter": "rollout.n", "from": 4, "to": 8, "ratio": 2.0, "because": None}
    ]
    assert [guard["guard"] for guard in document["guards"]] == [
        "reference",
        "baseline",
        "one-change",
        "max-cost",
        "confirmation",
    ]
    assert (document["estimate"]["rollouts"], document["estimate"]["relative"]) == (8, 2.0)
    assert set(document["files"]) == {"run.yaml"}
    assert set(document["digests"]) == {"dataset", "evaluator"}
    assert document["findings"] == []


def test_no_absolute_path_stands_in_a_plan_wherever_it_is_made(rft, tmp_path, monkeypatch) -> None:
    first = json.loads(rft("plan", "run.yaml", "--json").stdout)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    second = json.loads(rft("plan", str(tmp_path / "run.yaml"), "--json").stdout)
    assert first == second
    assert str(tmp_path) not in json.dumps(second)


def test_markdown_is_for_a_pull_request(rft) -> None:
    done = rft("plan", "run.yaml", *TUNED, "--md")
    assert done.stdout.startswith(
        "#### Plan of `sums` against the baseline\n\n"
        "| change | from | to | ratio |\n| --- | --- | --- | --- |\n| `rollout.n` | `4` | `8` | × 2 |\n\n"
    )
    assert "<details><summary>Payload, sha256 " in done.stdout
    assert rft("plan", "run.yaml", "--md", "--json").exit_code == 2


def test_a_guard_that_would_refuse_is_reported_and_ends_with_0(rft) -> None:
    done = rft("plan", "run.yaml", *TUNED, "--set", "rollout.top_k=20", "--max-cost", "1x")
    assert done.exit_code == 0
    assert (
        "  refuses one-change    2 changes against the baseline: rollout.top_k 40 → 20 and rollout.n"
        in done.stdout
    )
    assert "  refuses max-cost      up to 2× of a run with the defaults, over --max-cost 1×\n" in done.stdout
    assert done.stdout.endswith("next\n  launch would refuse: one-change, max-cost\n")


def test_the_next_command_repeats_what_the_guards_were_told(rft) -> None:
    done = rft("plan", "run.yaml", *TUNED, "--as-baseline", "the old recipe", "--max-cost", "3x")
    assert done.stdout.endswith(" --as-baseline 'the old recipe' --max-cost 3x\n")


def test_errors_leave_no_plan(rft) -> None:
    done = rft("plan", "run.yaml", "--set", "training.epochs=0", "--out", "plan.json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "error RFT102" in done.stderr
    assert not Path("plan.json").exists()
    document = json.loads(rft("plan", "run.yaml", "--set", "training.epochs=0", "--json").stdout)
    assert (document["config"], document["payload"]) == (None, None)
    assert [finding["code"] for finding in document["findings"]] == ["RFT102"]


@pytest.mark.parametrize("options", [(), ("--json",), ("--md",)], ids=str)
def test_a_plan_opens_no_connection_and_writes_nothing(rft, tmp_path, options) -> None:
    before = tree(tmp_path)
    done = alone(tmp_path, "plan", "run.yaml", *TUNED, *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert tree(tmp_path) == before


def test_a_plan_reads_a_ledger_without_touching_it(rft, tmp_path) -> None:
    record_run(tmp_path)
    before = tree(tmp_path)
    done = alone(tmp_path, "plan", "run.yaml", *TUNED, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["reference"] == "sums.1"
    assert tree(tmp_path) == before


def test_a_plan_sees_what_another_process_has_just_written(rft, tmp_path) -> None:
    record_run(tmp_path)
    other = sqlite3.connect(tmp_path / ".rft/ledger.db")
    other.execute("UPDATE runs SET name = 'renamed'")
    other.commit()
    log = tmp_path / ".rft/ledger.db-wal"
    assert log.stat().st_size
    before = (tmp_path / ".rft/ledger.db").read_bytes(), log.read_bytes()
    done = rft("plan", "run.yaml", "--set", "experiment.reference=renamed", "--json")
    assert json.loads(done.stdout)["reference"] == "sums.1"
    assert ((tmp_path / ".rft/ledger.db").read_bytes(), log.read_bytes()) == before
    other.close()


def test_prices_of_the_user_make_money_of_it(rft) -> None:
    Path("pyproject.toml").write_text("[tool.rft.prices.rehearsal]\nusd_per_million_output_tokens = 1000\n")
    done = rft("plan", "run.yaml", "--max-cost", "8usd")
    assert "  at most 8.19 USD at your prices\n" in done.stdout
    assert "  refuses max-cost      up to 8.192 USD, over --max-cost 8 USD\n" in done.stdout
    Path("pyproject.toml").write_text("[tool.rft.prices.rehearsal]\neur = 1\n")
    done = rft("plan", "run.yaml")
    assert (done.exit_code, done.stderr.splitlines()[0]) == (
        2,
        'rft: pyproject.toml:1: prices."rehearsal": unknown key eur',
    )


@pytest.fixture
def frozen(rft) -> Path:
    done = rft("plan", "run.yaml", *TUNED, "--out", "plan.json")
    assert done.exit_code == 0
    assert done.stderr == "Wrote plan.json; rft launch plan.json submits exactly this plan.\n"
    return Path("plan.json")


def test_a_frozen_plan_is_what_json_prints(rft, frozen) -> None:
    assert frozen.read_text() == rft("plan", "run.yaml", *TUNED, "--json").stdout
    assert rft("plan", "plan.json", "--json").stdout == frozen.read_text()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--set", "rollout.n=4"), "--set"),
        (("--baseline",), "--baseline"),
        (("--force",), "--force"),
    ],
)
def test_a_frozen_plan_is_launched_as_it_is(rft, frozen, options, named) -> None:
    done = rft("launch", "plan.json", *options)
    assert (done.exit_code, done.stderr.splitlines()[0]) == (
        2,
        f"rft: plan.json is a plan, which is launched as it is, without {named}",
    )


@pytest.mark.parametrize(
    ("path", "content", "why"),
    [
        ("data/sums.jsonl", "\n", "data/sums.jsonl changed since it was made"),
        ("evaluators/sums.py", "# x\n", "evaluators/sums.py changed since it was made"),
        ("run.yaml", "# x\n", "run.yaml changed since it was made"),
        ("data/sums.jsonl", None, "data/sums.jsonl is not there any more"),
        ("evaluators/sums.py", None, "evaluators/sums.py is not there any more"),
    ],
)
def test_a_stale_plan_is_refused(rft, frozen, path, content, why) -> None:
    file = Path(path)
    if content is None:
        file.unlink()
    else:
        file.write_text(file.read_text() + content)
    done = rft("launch", "plan.json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        f"rft: the plan is stale: {why}\n"
        "  help: look at what is different now, and make it again: rft plan run.yaml --out plan.json\n"
    )
    assert not Path(".rft").exists()


def test_a_plan_that_was_edited_by_hand_is_refused(rft, frozen) -> None:
    frozen.write_text(frozen.read_text().replace('"n": 8', '"n": 6'))
    done = rft("launch", "plan.json")
    assert (done.exit_code, done.stderr.splitlines()[0]) == (
        1,
        "rft: the plan plan.json was edited by hand: its payload is not the one that was planned",
    )


def test_the_environment_does_not_change_a_frozen_plan(rft, frozen, monkeypatch) -> None:
    monkeypatch.setenv("RFT_ROLLOUT__N", "2")
    assert rft("plan", "plan.json", "--json").stdout == frozen.read_text()


def test_the_guards_look_again_when_a_frozen_plan_is_launched(rft, frozen, tmp_path) -> None:
    record_run(tmp_path, "run.yaml", "training.learning_rate=2e-4", make_baseline=True)
    done = rft("launch", "plan.json")
    assert done.exit_code == 6
    assert "2 changes against sums.1, the baseline" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("nowhere.yaml",), 2, "there is no run config nowhere.yaml"),
        (("data",), 2, "there is no run config data"),
        (("run.yaml", "--max-cost", "much"), 2, "--max-cost much is not an amount"),
        (("run.yaml", "--as-baseline", "  "), 2, "--as-baseline needs a reason"),
        (("run.yaml", "--set", "backend=trl"), 3, "the backend trl is not part of this version of rft"),
    ],
)
def test_bad_input_gets_one_clear_message(rft, arguments, code, said) -> None:
    done = rft("plan", *arguments)
    assert (done.exit_code, done.stdout) == (code, "")
    assert said in done.stderr
    assert "help:" in done.stderr


def test_a_reference_that_does_not_exist_is_told(rft) -> None:
    done = rft("launch", "run.yaml", "--set", "experiment.reference=nowhere.3")
    assert done.exit_code == 6
    assert done.stderr.startswith("rft: the reference cannot be compared with: there is no run nowhere.3;")
    done = rft("launch", "run.yaml", "--set", "experiment.reference=gone.json")
    assert done.exit_code == 6
    assert "there is no record gone.json" in done.stderr


def test_a_project_inside_the_project_is_told(rft, tmp_path) -> None:
    write_project(tmp_path / "inner")
    done = rft("plan", "inner/run.yaml")
    assert (done.exit_code, done.stderr) == (
        2,
        "rft: inner/run.yaml belongs to the project in inner, which lies inside this one\n"
        "  help: go there: cd inner && rft launch run.yaml\n",
    )


def test_a_ledger_that_another_process_holds_is_told(rft, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("rft_cli.runs.database.BUSY_SECONDS", 0.05)
    record_run(tmp_path)
    other = sqlite3.connect(tmp_path / ".rft/ledger.db", isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    done = rft("launch", "run.yaml", "--set", "experiment.seed=4")
    assert done.exit_code == 3
    assert "the ledger is locked by another process" in done.stderr
    other.close()


@pytest.mark.parametrize("command", ["plan", "launch", "lint", "export --to rest"])
def test_a_record_is_no_config_and_is_told_in_one_finding(rft, command) -> None:
    Path("old.json").write_text(
        json.dumps({"schema_version": 1, "kind": "record", "id": "sums.1", "scope": "5f" * 32}, indent=1)
    )
    done = rft(*command.split(), "old.json")
    assert done.exit_code == 1, done.stderr
    assert done.output.count("RFT") == done.output.count("RFT017 this is a record that rft wrote") == 1


def test_a_plan_is_no_config_for_lint(rft) -> None:
    assert rft("plan", "run.yaml", "--out", "plan.json").exit_code == 0
    done = rft("lint", "plan.json")
    assert done.exit_code == 1
    assert done.output.count("RFT") == 1
    assert "help: launch it: rft launch plan.json" in done.output


@pytest.mark.parametrize("target", ["no/plan.json", "run.yaml/plan.json", "data"])
@pytest.mark.parametrize("command", ["plan run.yaml --out", "export run.yaml --to trl -o"])
def test_a_file_that_cannot_be_written_is_wrong_usage(rft, command, target) -> None:
    done = rft(*command.split(), target)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "folder" in done.stderr


@pytest.mark.parametrize("command", ["plan", "launch", "rehearse"])
def test_a_config_that_is_no_file_says_what_it_is(rft, command) -> None:
    Path("loop.yaml").symlink_to("loop.yaml")
    Path("gone.yaml").symlink_to("nowhere.yaml")
    for name, words in {
        "loop.yaml": "the links go in a circle",
        "gone.yaml": "nowhere.yaml, which is not there",
        "data": "it is a folder",
        f"{'a' * 300}.yaml": "File name too long",
    }.items():
        done = rft(command, name)
        assert done.exit_code == 2, done.stderr
        assert words in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("command", ["plan", "launch", "rehearse", "lint", "export --to rest"])
def test_a_config_that_may_not_be_read_is_a_finding(rft, command) -> None:
    Path("run.yaml").chmod(0)
    done = rft(*command.split(), "run.yaml")
    assert done.exit_code == 1
    assert "RFT001 the file cannot be read: permission denied" in done.output


def test_no_command_leaves_an_unreadable_path_to_the_words_of_the_command_line_library() -> None:
    for name, command in LazyCommands().items():
        for parameter in command.params:
            assert not getattr(parameter.type, "readable", False), f"{name} {parameter.name}"


def store_answers(root: Path, run: str, right: int, of: int, steps: int = 8) -> None:
    """As a worker stores them: the first of the eight steps shows the share, the later ones would show another."""
    folder = root / ".rft/runs" / run / "rollouts"
    folder.mkdir(parents=True, exist_ok=True)
    for step in range(1, steps + 1):
        scores = [1.0] * right + [0.0] * (of - right) if step == 1 else [1.0] * of
        lines = [json.dumps({"step": step, "reward": score}) + "\n" for score in scores]
        (folder / f"{step:06}.jsonl").write_text("".join(lines) + "half a li")


@pytest.mark.parametrize(
    ("right", "overrides", "told"),
    [
        (18, (), True),
        (18, ("rollout.n=8", "experiment.hypothesis=more signal"), False),
        (50, (), False),
        # Answers that are drawn otherwise are right otherwise.
        (18, ("rollout.temperature=1.0", "experiment.hypothesis=more variety"), False),
    ],
)
def test_a_plan_with_history_tells_how_many_groups_would_teach_nothing(
    rft, tmp_path, right, overrides, told
) -> None:
    run = record_run(tmp_path)
    store_answers(tmp_path, run, right, 100)
    before = tree(tmp_path)
    words = [word for override in overrides for word in ("--set", override)]
    result = rft("plan", "run.yaml", *words, "--json")
    assert result.exit_code == 0, result.output
    found = [entry for entry in json.loads(result.stdout)["findings"] if entry["code"] == "RFT712"]
    assert bool(found) is told
    if found:
        assert "at least 45% of the groups of 4 answers" in found[0]["message"]
        assert "18% of the first 100 answers of sums.1 score 1" in found[0]["message"]
        assert found[0]["help"] == "n: 8 would leave 20%, half of it"
    assert tree(tmp_path) == before


def test_a_comment_takes_responsibility_for_groups_without_signal(rft, tmp_path) -> None:
    store_answers(tmp_path, record_run(tmp_path), 18, 100)
    file = tmp_path / "run.yaml"
    file.write_text(
        "# rft: ignore-file[groups-without-signal] because the baseline stays as it is\n" + file.read_text()
    )
    assert "RFT712" not in rft("plan", "run.yaml", "--json").stdout


def test_without_stored_answers_nothing_is_known_of_the_signal(rft, tmp_path) -> None:
    record_run(tmp_path)
    assert "RFT712" not in rft("plan", "run.yaml", "--json").stdout
