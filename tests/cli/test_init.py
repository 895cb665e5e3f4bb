from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from services.fireworks.double import Double
from support.outputs import wrong
from support.repository import Repository

from rft_cli.config.root import find_root
from rft_cli.task.environment import read_dotenv
from rft_cli.templates.project import TASK_NAMES, ignoring_secrets, project_files


def rft(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FIREWORKS_")}
    return subprocess.run(
        [sys.executable, "-m", "rft_cli", *arguments],
        cwd=folder,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_init_ends_with_the_next_commands_and_says_what_it_wrote(tmp_path: Path) -> None:
    done = rft("init", "demo", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "Next:\n  cd demo\n  rft lint\n  rft launch run.yaml\n")
    assert done.stderr == (
        "wrote demo/run.yaml\n"
        "wrote demo/data/arithmetic.jsonl\n"
        "wrote demo/data/held-out.jsonl\n"
        "wrote demo/evaluators/arithmetic.py\n"
        "wrote demo/schemas/run-config.schema.json\n"
        "wrote demo/.pre-commit-config.yaml\n"
        "wrote demo/.rft/.gitignore\n"
    )


def test_init_as_data_names_the_files_and_the_next_commands(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo/.gitignore").write_text("*.log\n")
    done = rft("init", "demo", "--backend", "fireworks", "--json", folder=tmp_path)
    answer = json.loads(done.stdout)
    assert (done.returncode, done.stderr, wrong("init", answer)) == (0, "", [])
    written = {
        path.relative_to(tmp_path).as_posix() for path in (tmp_path / "demo").rglob("*") if path.is_file()
    }
    assert {*answer["files"], "demo/.gitignore"} == written
    assert answer["extended"] == ["demo/.gitignore"]
    assert answer["next"] == [
        "cd demo",
        "rft rehearse run.yaml",
        "rft plan run.yaml",
        "cp .env.example .env",
        "rft launch run.yaml",
    ]


def test_init_here_needs_no_change_of_folder(tmp_path: Path) -> None:
    assert rft("init", folder=tmp_path).stdout == "Next:\n  rft lint\n  rft launch run.yaml\n"


@pytest.mark.parametrize("task", TASK_NAMES)
def test_every_task_gives_a_project_without_findings(task: str, tmp_path: Path) -> None:
    assert rft("init", "--task", task, folder=tmp_path).returncode == 0
    done = rft("lint", "--fail-on", "advice", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert sorted([*project_files(task), ".rft/.gitignore"]) == sorted(
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()
    )


def test_a_project_keeps_its_runs_apart_from_those_of_the_checkout_around_it(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    rft("init", "demo", folder=tmp_path)
    assert find_root(tmp_path / "demo") == tmp_path / "demo"


def test_a_project_is_one_project_from_all_its_folders(tmp_path: Path) -> None:
    rft("init", folder=tmp_path)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "more.yaml").write_text("version: 1\nextends: ../run.yaml\nrollout: {n: 8}\n")
    planned = rft("plan", "more.yaml", folder=tmp_path / "configs").stdout
    assert "  config   configs/more.yaml\n" in planned
    assert rft("lint", "--show-files", folder=tmp_path).stdout == "configs/more.yaml\nrun.yaml\n"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text("mine")
    done = rft("init", folder=tmp_path)
    assert (done.returncode, done.stderr) == (
        2,
        "rft: run.yaml exists already; nothing was written\n  help: choose another folder: rft init DIR\n",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["run.yaml"]


def test_an_unknown_task_names_those_that_exist(tmp_path: Path) -> None:
    done = rft("init", "--task", "chess", folder=tmp_path)
    assert (done.returncode, done.stderr) == (
        2,
        "rft: there is no built-in task chess\n  help: choose one of arithmetic, sorting, format\n",
    )


def test_a_folder_that_cannot_be_made_is_the_machines_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = rft("init", "file/demo", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("rft: file is a file")


MANAGED = ("--backend", "fireworks")
NOWHERE = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")


def test_a_project_for_the_managed_service_ends_with_what_to_do_and_where_the_key_goes(
    tmp_path: Path,
) -> None:
    done = rft("init", "demo", *MANAGED, folder=tmp_path)
    assert (done.returncode, done.stdout) == (
        0,
        "Next, without a key and without cost:\n"
        "  cd demo\n"
        "  rft rehearse run.yaml\n"
        "  rft plan run.yaml\n"
        "Then, with your key written into .env, pay for a run:\n"
        "  cp .env.example .env\n"
        "  rft launch run.yaml\n",
    )
    assert "wrote demo/.env.example\nwrote demo/.gitignore\n" in done.stderr


@pytest.mark.parametrize("task", TASK_NAMES)
def test_it_passes_every_look_without_a_key_and_without_a_network(task: str, tmp_path: Path) -> None:
    assert rft("init", "--task", task, *MANAGED, folder=tmp_path).returncode == 0
    linted = rft("lint", "--fail-on", "advice", folder=tmp_path)
    assert (linted.returncode, linted.stderr) == (0, ""), linted.stdout
    plan = rft("plan", "run.yaml", "--json", folder=tmp_path, **NOWHERE)
    assert plan.returncode == 0, plan.stderr
    planned = json.loads(plan.stdout)
    assert (planned["findings"], planned["schedule"]["steps"], planned["payload"]["chunkSize"]) == ([], 8, 32)
    rehearsal = rft("rehearse", "run.yaml", "--json", "--fail-on", "advice", folder=tmp_path, **NOWHERE)
    assert (rehearsal.returncode, json.loads(rehearsal.stdout)["findings"]) == (0, []), rehearsal.stderr
    missing = rft("launch", "run.yaml", "--yes", folder=tmp_path, **NOWHERE)
    assert missing.returncode == 3
    assert "FIREWORKS_API_KEY is not set" in missing.stderr


def test_it_launches_with_the_key_in_its_file_as_the_baseline(fireworks: Double, tmp_path: Path) -> None:
    rft("init", *MANAGED, folder=tmp_path)
    example = (tmp_path / ".env.example").read_text()
    assert set(read_dotenv(tmp_path / ".env.example").values()) == {""}
    values = "".join(f"{name}={value}\n" for name, value in fireworks.environment.items())
    (tmp_path / ".env").write_text(example.replace("FIREWORKS_API_KEY=\n", values))
    # Looking makes the double's time pass.
    fireworks.adjust(poll_step_s=400)
    done = rft("launch", "run.yaml", "--yes", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "arithmetic.1 completed: 8 steps" in done.stdout
    assert "this is the first run of its scope with default parameters" in done.stdout
    assert len(fireworks.jobs) == 1
    changed = rft("plan", "run.yaml", "--set", "rollout.n=8", "--json", folder=tmp_path)
    assert [change["parameter"] for change in json.loads(changed.stdout)["changes"]] == ["rollout.n"]


def test_git_never_takes_the_file_of_keys(tmp_path: Path) -> None:
    Repository(tmp_path).commit({".gitignore": "build/"})
    done = rft("init", *MANAGED, folder=tmp_path)
    assert "added .env to .gitignore\n" in done.stderr
    assert (tmp_path / ".gitignore").read_text() == "build/\n.env\n"
    (tmp_path / ".env").write_text("FIREWORKS_API_KEY=fw_something\n")
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert ".env.example" in listed
    assert ".env" not in listed


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("", ".env\n"),
        (".env\n", ""),
        ("*.pyc\n/.env*\n", ""),
        ("*.pyc", "\n.env\n"),
        (".env.example\n", ".env\n"),
        (".env\n!.env\n", ".env\n"),
    ],
)
def test_a_file_of_ignored_names_is_left_alone_where_it_says_so_already(text: str, added: str) -> None:
    assert ignoring_secrets(text) == added


@pytest.mark.parametrize(
    ("backend", "code", "said"),
    [
        ("trl", 3, "rft: the backend trl is not part of this version of rft\n"),
        ("x-mine", 2, "rft: rft writes no projects for a backend x-mine\n"),
        ("firework", 2, "rft: rft writes no projects for a backend firework\n"),
    ],
)
def test_a_backend_that_is_not_here_is_refused_and_nothing_is_written(
    backend: str, code: int, said: str, tmp_path: Path
) -> None:
    done = rft("init", "demo", "--backend", backend, folder=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(said)
    assert "local" in done.stderr
    assert "fireworks" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_clone_of_a_checkout_with_other_things_knows_the_project(tmp_path: Path) -> None:
    here = Repository(tmp_path / "here")
    here.commit({"README.md": "much else"})
    done = rft("init", "demo", folder=tmp_path / "here")
    assert "wrote demo/.rft.toml\n" in done.stderr
    here.commit({})
    subprocess.run(["git", "clone", "-q", tmp_path / "here", tmp_path / "there"], check=True)
    done = rft("lint", folder=tmp_path / "there" / "demo")
    assert (done.returncode, done.stdout) == (0, "1 file checked: no findings\n")
