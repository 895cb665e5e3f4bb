"""Full suite: the hooks of this repository under the real `pre-commit` and under `prek`, on a throw-away repository.

Both install this project from its last commit, which needs a package index.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from rft_cli.templates.project import project_files

pytestmark = pytest.mark.full

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
RUNNERS = ("pre-commit", "prek")

MANY = 40
"""Configs in one commit: both runners split them into several batches on two cores and more."""

FINDING = re.compile(r"^ *(\S+:\d+:\d+: \w+ RFT\d{3} .*)$", re.MULTILINE)
"""A finding's first line; prek indents what a hook prints."""


class Project(NamedTuple):
    """A throw-away repository, the runner that looks after it, and where that keeps what it installs."""

    folder: Path
    runner: Path
    environment: dict[str, str]

    def run(self, *command: str | Path, serial: bool = False) -> subprocess.CompletedProcess[str]:
        more = {"PRE_COMMIT_NO_CONCURRENCY": "1", "PREK_NO_CONCURRENCY": "1"} if serial else {}
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )

    def git(self, *words: str) -> str:
        done = self.run("git", *words)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def try_repo(self, hook: str, *words: str, serial: bool = False) -> subprocess.CompletedProcess[str]:
        return self.run(self.runner, "try-repo", str(ROOT), hook, "--ref", "HEAD", *words, serial=serial)

    def commit(self, **files: str) -> subprocess.CompletedProcess[str]:
        """Try to commit files, double underscores for slashes, through the installed hook."""
        for name, text in files.items():
            path = self.folder / f"{name.replace('__', '/')}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.git("add", ".")
        return self.run("git", "commit", "-m", "a change")

    def forget(self) -> None:
        """Back to the last commit."""
        self.git("reset", "--quiet", "--hard")
        self.git("clean", "--quiet", "-df")


@pytest.fixture(scope="module", params=RUNNERS)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Project:
    runner = BIN / request.param
    if not runner.exists():
        pytest.skip(f"{request.param} is not installed: pip install -e '.[full]'")
    base = tmp_path_factory.mktemp(request.param)
    folder = base / "project"
    folder.mkdir()
    identity = {f"GIT_{who}_{what}": "test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    store = {"PRE_COMMIT_HOME": str(base / "store"), "PREK_HOME": str(base / "store")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "RFT_"))}
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    made = Project(folder, runner, {**kept, **store, **identity, "PATH": path, "NO_COLOR": "1"})
    for name, text in project_files("arithmetic").items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    made.git("init", "--quiet")
    made.git("add", ".")
    made.git("commit", "--quiet", "-m", "a new project")
    return made


@pytest.fixture
def unchanged(project: Project) -> Iterator[Project]:
    yield project
    project.forget()


def run_config(**replaced: str) -> str:
    text = project_files("arithmetic")["run.yaml"]
    for key, value in replaced.items():
        text, times = re.subn(rf"(?m)^(  {key}: )\S+", rf"\g<1>{value}", text)
        assert times == 1
    return text


def test_try_repo_passes_a_project_that_init_wrote(unchanged: Project) -> None:
    done = unchanged.try_repo("rft-lint", "--all-files", "--verbose")
    assert done.returncode == 0, done.stdout
    assert "1 file checked: no findings" in done.stdout


def test_try_repo_stops_a_bad_config_and_shows_the_place(unchanged: Project) -> None:
    text = run_config(learning_rate="2e-3")
    (unchanged.folder / "run.yaml").write_text(text, encoding="utf-8")
    done = unchanged.try_repo("rft-lint", "--all-files")
    assert done.returncode == 1, done.stdout
    assert f"run.yaml:{text[: text.index('2e-3')].count(chr(10)) + 1}:18: error RFT101" in done.stdout
    assert "Failed" in done.stdout


def test_parallel_batches_say_what_one_process_says(unchanged: Project) -> None:
    configs = unchanged.folder / "configs"
    configs.mkdir()
    for number in range(MANY):
        rate = "2e-3" if number % 3 == 0 else "1e-4"
        text = re.sub("(?=schemas/|data/|evaluators/)", "../", run_config(learning_rate=rate))
        (configs / f"run-{number:02}.yaml").write_text(text, encoding="utf-8")
    unchanged.git("add", ".")
    outputs = {
        serial: unchanged.try_repo("rft-lint", "--all-files", serial=serial).stdout
        for serial in (False, True)
    }
    findings = {serial: sorted(FINDING.findall(output)) for serial, output in outputs.items()}
    assert len(findings[True]) == len(range(0, MANY, 3)), outputs[True]
    assert findings[False] == findings[True]
    checked = {
        serial: [int(count) for count in re.findall(r"^ *(\d+) files? checked", output, re.MULTILINE)]
        for serial, output in outputs.items()
    }
    assert {serial: sum(counts) for serial, counts in checked.items()} == {False: MANY + 1, True: MANY + 1}
    if (os.cpu_count() or 1) > 1:
        assert len(checked[False]) > 1, "nothing ran in parallel"


def test_a_fix_stops_the_commit_once_and_then_passes(unchanged: Project) -> None:
    (unchanged.folder / "run.yaml").write_text(run_config(epochs="1.0"), encoding="utf-8")
    unchanged.git("add", ".")
    first = unchanged.try_repo("rft-lint-fix")
    assert first.returncode == 1, first.stdout
    assert "files were modified by this hook" in first.stdout
    assert (unchanged.folder / "run.yaml").read_text(encoding="utf-8") == run_config()
    unchanged.git("add", ".")
    assert unchanged.try_repo("rft-lint-fix", "--all-files").returncode == 0


def test_the_schema_hook_stops_a_copy_that_is_old(unchanged: Project) -> None:
    schema = unchanged.folder / "schemas/run-config.schema.json"
    assert unchanged.try_repo("rft-schema", "--all-files").returncode == 0
    schema.write_text("{}\n", encoding="utf-8")
    unchanged.git("add", ".")
    done = unchanged.try_repo("rft-schema")
    assert done.returncode == 1, done.stdout
    assert "differs from the schema of this version of rft" in done.stdout


def test_commits_pass_or_are_stopped_by_the_installed_hooks(project: Project) -> None:
    revision = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    (project.folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {ROOT}\n    rev: {revision}\n    hooks: [{{id: rft-lint}}, {{id: rft-schema}}]\n",
        encoding="utf-8",
    )
    project.git("add", ".")
    assert project.run(project.runner, "install").returncode == 0
    good = project.commit(configs__good="extends: ../run.yaml\nversion: 1\n")
    assert good.returncode == 0, good.stdout
    foreign = project.commit(docker="services: {}\n", configs__better="extends: ../run.yaml\nversion: 1\n")
    assert foreign.returncode == 0, foreign.stdout
    bad = project.commit(configs__bad="extends: ../run.yaml\nversion: 1\nrollout: {n: 1}\n")
    assert bad.returncode == 1, bad.stdout
    assert "configs/bad.yaml:3:14: error RFT109" in bad.stdout
    assert project.git("log", "--format=%s").splitlines() == ["a change", "a change", "a new project"]
