"""The commands that control runs, as a user sees them: on a ledger whose numbers are known, and once on a real worker."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
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

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart"
CONFIG = {
    "name": "sums",
    "model": "rehearsal",
    "dataset": "data.jsonl",
    "training": {
        "learning_rate": 1e-4,
        "epochs": 1,
        "lora_rank": 8,
        "batch_size": 32768,
        "max_context_length": 8192,
    },
    "rollout": {"temperature": 0.7, "top_p": 1.0, "top_k": 40, "n": 4, "max_tokens": 2048},
}
RECORD = {
    "schedule": {
        "prompts_per_step": 4,
        "rollouts_per_step": 16,
        "steps": 8,
        "rows": 32,
        "effective": {},
        "notes": [],
    },
    "config_path": "sums.yaml",
    "digests": {},
    "origins": {},
    "versions": {},
}


def change(parameter: str, old: object, new: object) -> dict[str, object]:
    return {"parameter": parameter, "from": old, "to": new}


@pytest.fixture
def rft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, arguments, prog_name="rft")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A baseline, two changes against it of which one became the reference, a change against that, and a stranger."""
    place = place_of(tmp_path, {})
    drafts = [
        ("sums", "a", "s", "", None),
        ("sums-lr", "b", "s", "sums.1", [change("training.learning_rate", 1e-4, 2e-4)]),
        ("sums-n", "c", "s", "sums.1", [change("rollout.n", 4, 8)]),
        (
            "sums-lr",
            "d",
            "s",
            "sums-lr.1",
            [change("training.lora_rank", 8, 16), change("rollout.top_k", 40, None)],
        ),
        ("words", "e", "t", "records/old.json", []),
    ]
    with Ledger(place, create=True) as ledger:
        for name, fingerprint, scope, reference, changes in drafts:
            record = {**RECORD, "changes": changes}
            draft = Draft(
                name, scope, fingerprint, "local", not reference, 8, CONFIG, record, reference, "it helps"
            )
            run = ledger.admit(draft).run.id
            folder = RunFolder(folders.create(place, run, {"resume": False}))
            (folder.path / "worker.log").write_text(f"{run} says\nhello\n")
        ledger.set_reference("s", "sums-lr.1")
        for run in ("sums.1", "sums-lr.1"):
            ledger.take_in(run, Poll(State.COMPLETED, "completed", 1))
        failure = Failure(kind="disk", message="full", hint="make room", exit_code=3)
        ledger.take_in("sums-n.1", Poll(State.FAILED, "failed", 1, (), "full", failure))
        ledger.take_in("sums-lr.2", Poll(State.CANCELLED, "cancelled", 1, (), "cancelled after step 2"))
        ledger.take_in("words.1", Poll(State.STOPPED_EARLY, "stopped_early", 1))
    return tmp_path


def dated(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "YYYY-MM-DD hh:mm UTC", text)


def test_the_table_tells_what_each_run_changed(rft, project) -> None:
    assert dated(rft("runs").stdout) == (
        "RUN        STATE          STEPS  CREATED               CHANGED\n"
        "sums.1     completed      0/8    YYYY-MM-DD hh:mm UTC                                                      baseline\n"
        "sums-lr.1  completed      0/8    YYYY-MM-DD hh:mm UTC  training.learning_rate 1e-4 → 2e-4                  reference\n"
        "sums-n.1   failed         0/8    YYYY-MM-DD hh:mm UTC  rollout.n 4 → 8\n"
        "sums-lr.2  cancelled      0/8    YYYY-MM-DD hh:mm UTC  training.lora_rank 8 → 16, rollout.top_k 40 → none\n"
        "words.1    stopped_early  0/8    YYYY-MM-DD hh:mm UTC\n"
    )


def test_the_tree_puts_each_run_below_its_reference(rft, project) -> None:
    assert rft("runs", "--tree").stdout == (
        "RUN              STATE          CHANGED\n"
        "sums.1           completed                                                          baseline\n"
        "├─ sums-lr.1     completed      training.learning_rate 1e-4 → 2e-4                  reference\n"
        "│  └─ sums-lr.2  cancelled      training.lora_rank 8 → 16, rollout.top_k 40 → none\n"
        "└─ sums-n.1      failed         rollout.n 4 → 8\n"
        "words.1          stopped_early\n"
    )


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (("--name", "sums-lr"), ["sums-lr.1", "sums-lr.2"]),
        (("--name", "sums*"), ["sums.1", "sums-lr.1", "sums-n.1", "sums-lr.2"]),
        (("--state", "failed", "--state", "cancelled"), ["sums-n.1", "sums-lr.2"]),
        (("--since", "1h"), ["sums.1", "sums-lr.1", "sums-n.1", "sums-lr.2", "words.1"]),
        (("--since", "2999-01-01"), []),
        (("--scope", "words"), ["words.1"]),
        (("--limit", "2"), ["sums-lr.2", "words.1"]),
        (("--name", "sums-*", "--limit", "1"), ["sums-lr.2"]),
    ],
)
def test_filters(rft, project, options, ids) -> None:
    assert [run["id"] for run in json.loads(rft("runs", "--json", *options).stdout)["runs"]] == ids


def test_a_branch_whose_top_is_filtered_out_stands_at_the_top(rft, project) -> None:
    lines = rft("runs", "--tree", "--name", "sums-*").stdout.splitlines()
    assert [line.split("  ")[0] for line in lines[1:]] == ["sums-lr.1", "└─ sums-lr.2", "sums-n.1"]


def test_runs_as_data_have_their_reference_and_changes(rft, project) -> None:
    runs = {run["id"]: run for run in json.loads(rft("runs", "--json").stdout)["runs"]}
    chosen = runs["sums-lr.1"]
    assert (chosen["reference"], chosen["hypothesis"], chosen["is_reference"], chosen["changes"]) == (
        "sums.1",
        "it helps",
        True,
        [change("training.learning_rate", 1e-4, 2e-4)],
    )


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--state", "finished"), 2, "finished"),
        (("--since", "yesterday"), 2, "rft: --since yesterday: this is no span of time"),
        (("--scope", "nobody"), 2, "rft: there is no run nobody"),
        (("--name", "nobody"), 0, "None of 5 runs fits."),
    ],
)
def test_filters_that_mean_nothing_are_told(rft, project, options, code, said) -> None:
    done = rft("runs", *options)
    assert (done.exit_code, done.stdout) == (code, "")
    assert said in done.stderr


def test_a_remark_stays_with_its_run(rft, project) -> None:
    done = rft("note", "sums", "looks", "good")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "Noted: rft show sums.1\n")
    rft("note", "sums.1", "on second thoughts:\nno")
    assert (
        "  remarks     YYYY-MM-DD hh:mm UTC  looks good\n              YYYY-MM-DD hh:mm UTC  on second thoughts:\n"
        in dated(rft("show", "sums").stdout)
    )
    shown = json.loads(rft("show", "sums", "--json").stdout)
    assert [remark["text"] for remark in shown["remarks"]] == ["looks good", "on second thoughts:\nno"]
    assert len(json.loads(rft("note", "sums", "third", "--json").stdout)["remarks"]) == 3
    assert (rft("note", "sums", " ").exit_code, rft("note", "nobody", "x").exit_code) == (2, 2)


def test_a_log_is_shown_as_it_is(rft, project) -> None:
    assert rft("logs", "sums").stdout == "sums.1 says\nhello\n"
    assert rft("logs", "sums", "-n", "1").stdout == "hello\n"
    assert rft("logs", "sums", "-n", "0").stdout == ""
    lines = [json.loads(line) for line in rft("logs", "sums", "--json").stdout.splitlines()]
    assert [(line["event"], line["run"], line["line"]) for line in lines] == [
        ("log", "sums.1", "sums.1 says"),
        ("log", "sums.1", "hello"),
    ]


@pytest.mark.parametrize(
    ("reason", "headline"),
    [
        ("cancelled after step 2", "late.1 cancelled at step 2 of 8"),
        ("cancelled at step 2: it was killed", "late.1 cancelled at step 2 of 8: it was killed"),
        (
            "stopped by --stop-on collapse at step 2",
            "late.1 cancelled at step 2 of 8: stopped by --stop-on collapse at step 2",
        ),
    ],
)
def test_that_a_run_was_cancelled_is_said_once(rft, project, reason, headline) -> None:
    step = {"event": "metrics", "time": "2026-01-01T00:00:00.000Z", "step": 2, "values": {"reward": 0.5}}
    with Ledger(place_of(project, {})) as ledger:
        ledger.admit(Draft("late", "f", "s", "local", False, 8, CONFIG, RECORD, "", ""))
        ledger.take_in("late.1", Poll(State.CANCELLED, "cancelled", 1, (step,), reason))
    assert rft("show", "late.1").stdout.splitlines()[0] == headline


def test_an_empty_log_is_said_to_be_one(rft, project) -> None:
    (project / ".rft/runs/sums.1/worker.log").write_text("")
    done = rft("logs", "sums")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "There is nothing in the log of sums.1.\n")
    assert rft("logs", "sums", "--json").output == ""


def test_following_a_log_ends_as_the_run_did(rft, project) -> None:
    done = rft("logs", "sums-n", "--follow")
    assert (done.exit_code, done.stdout, done.stderr) == (
        3,
        "sums-n.1 says\nhello\n",
        "sums-n.1 failed before step 1: full\n",
    )


def test_cancelling_what_is_over_is_no_error(rft, project) -> None:
    done = rft("cancel", "sums", "words")
    assert (done.exit_code, done.stdout) == (
        0,
        "sums.1 was over already: completed\nwords.1 was over already: stopped_early\n",
    )
    document = json.loads(rft("cancel", "sums", "--json").stdout)
    assert [(run["id"], run["state"], run["was_live"]) for run in document["runs"]] == [
        ("sums.1", "completed", False)
    ]


def test_a_sync_without_news_says_so(rft, project) -> None:
    assert rft("sync").stdout == "Everything was up to date.\n"
    assert json.loads(rft("sync", "--json").stdout) == {"schema_version": 1, "runs": []}
    assert rft("sync", "nobody").exit_code == 2


def test_a_sync_tells_what_changed(rft, project) -> None:
    with Ledger(place_of(project, {})) as ledger:
        run = ledger.admit(Draft("lost", "u", "z", "local", False, 8, CONFIG, RECORD)).run.id
        ledger.submitted(run, {"pid": 2**22 + 1, "process_start": "1"}, State.QUEUED)
    folder = RunFolder(folders.create(place_of(project, {}), run, {}))
    folder.append("metrics", step=3, values={"reward": 0.5})
    done = rft("sync", run)
    assert (done.exit_code, done.stdout) == (
        0,
        "lost.1  queued → failed, 3 new steps: the worker vanished at step 3\n",
    )


def test_watching_a_run_that_is_over_shows_it_and_ends_as_it_did(rft, project) -> None:
    assert rft("watch", "sums").stdout.startswith("sums.1 completed")
    assert [rft("watch", run).exit_code for run in ("sums", "words", "sums-n", "nobody")] == [0, 5, 3, 2]
    assert rft("watch", "sums", "--timeout", "soon").exit_code == 2
    events = [json.loads(line)["event"] for line in rft("watch", "sums", "--json").stdout.splitlines()]
    assert events == ["submitted", "verdict", "end"]


def test_a_completed_run_has_nothing_to_resume(rft, project) -> None:
    done = rft("resume", "sums")
    assert (done.exit_code, done.stderr) == (
        0,
        "  note: it has trained all its steps: there is nothing to resume\n",
    )


def test_pruning_lists_first_and_removes_when_told(rft, project) -> None:
    done = rft("prune", "--keep", "0")
    assert re.sub(r" +\d+ B", " N B", done.stdout) == (
        "sums-n.1 N B  failed\nsums-lr.2 N B  cancelled\nwords.1 N B  stopped_early\n3 run folders to remove, N B\n"
    )
    assert done.stderr == "Nothing was removed. Add --yes to remove them.\n"
    assert len(list((project / ".rft/runs").iterdir())) == 5
    removed = rft("prune", "--keep", "0", "--yes")
    assert removed.stdout.splitlines()[-1].startswith("3 run folders removed, ")
    kept = sorted(path.name for path in (project / ".rft/runs").iterdir())
    assert kept == ["sums-lr.1", "sums.1"], "a reference and a baseline keep their folders"
    assert len(rft("runs").stdout.splitlines()) == 6
    shown = rft("show", "words").stdout
    assert "its run folder was pruned" in shown
    assert not re.search(
        r"adapter\b.*/|worker\.log|rft rollouts|rft resume", shown.replace("adapter and log are", "")
    )
    assert json.loads(rft("show", "words", "--json").stdout)["folder"] is None
    assert rft("prune", "--keep", "0", "--yes").stderr == "No run folder fits.\n"


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (("--state", "failed"), ["sums-n.1"]),
        (("--keep", "1"), []),
        (("--older-than", "1d"), []),
        (("--older-than", "0s"), ["sums-n.1", "sums-lr.2", "words.1"]),
        (("--older-than", "0s", "--state", "cancelled"), ["sums-lr.2"]),
        (("--keep", "1", "--state", "failed"), []),
    ],
)
def test_all_criteria_have_to_hold(rft, project, options, ids) -> None:
    document = json.loads(rft("prune", "--json", *options).stdout)
    assert (document["removed"], [run["id"] for run in document["runs"]]) == (False, ids)
    assert document["bytes"] == sum(run["bytes"] for run in document["runs"])


def test_pruning_needs_to_know_what(rft, project) -> None:
    done = rft("prune", "--yes")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "give --older-than 30d, --keep N or --state STATE" in done.stderr


def test_a_real_run_is_detached_killed_found_vanished_and_resumed(rft, tmp_path) -> None:
    shutil.copytree(QUICKSTART, tmp_path, dirs_exist_ok=True)
    done = rft("launch", "run.yaml", "--detach")
    assert (done.exit_code, done.stdout) == (0, "arithmetic.1\n")
    assert done.stderr.endswith(
        "Submitted: arithmetic.1 goes on by itself.\n"
        "  watch it  rft watch arithmetic.1\n  end it    rft cancel arithmetic.1\n"
    )
    waited = rft("watch", "arithmetic", "--timeout", "0")
    assert waited.exit_code == 7
    assert "Timed out waiting: arithmetic.1 goes on by itself.\n" in waited.stderr
    with Ledger(place_of(tmp_path, {})) as ledger:
        os.kill(ledger.run("arithmetic.1").ref["pid"], signal.SIGKILL)
    followed = rft("watch", "arithmetic")
    assert followed.exit_code == 5
    assert "the worker vanished" in followed.stdout
    resumed = rft("resume", "arithmetic")
    assert resumed.exit_code == 0, resumed.stderr
    assert resumed.stdout.startswith("arithmetic.1 completed: 64 steps")
    assert ", attempt 1, resumed once\n" in rft("show", "arithmetic").stdout
