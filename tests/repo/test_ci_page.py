"""The snippets of docs/ci.md: each is YAML, names hooks and options that exist, and its `rft` commands are run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.repository import Repository

from rft_cli.commands.lint_options import parse as parse_options
from rft_cli.config.source import parse as parse_yaml
from rft_cli.templates.project import project_files

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/ci.md").read_text(encoding="utf-8")

SNIPPETS: list[tuple[str, dict[str, Any]]] = [
    (name, parse_yaml(text.encode(), name).data)
    for text in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for name in [text.partition("\n")[0].removeprefix("# ")]
]
HOOKS = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}


def jobs(snippet: dict[str, Any]) -> list[dict[str, Any]]:
    """The jobs of a workflow or of a pipeline."""
    return list(snippet.get("jobs", snippet).values())


def commands(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job.get("steps", ()) if "run" in step] + list(job.get("script", ()))


PIPELINES = [(name, job) for name, data in SNIPPETS if "pre-commit" not in name for job in jobs(data)]
LINTS = [(name, line) for name, job in PIPELINES for line in commands(job) if line.startswith("rft ")]


def test_every_snippet_is_yaml_with_the_name_of_its_file() -> None:
    assert [name for name, _ in SNIPPETS] == [
        ".pre-commit-config.yaml",
        ".pre-commit-config.yaml",
        ".github/workflows/run-configs.yaml",
        ".github/workflows/changed-run-configs.yaml",
        ".github/workflows/hooks.yaml",
        ".gitlab-ci.yml",
        ".gitlab-ci.yml",
        ".gitlab-ci.yml",
    ]
    texts = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert [parse_yaml(text.encode(), "snippet").findings for text in texts] == [()] * len(SNIPPETS)


def test_snippets_and_table_name_hooks_that_exist() -> None:
    used = {
        hook["id"]
        for name, data in SNIPPETS
        if "pre-commit" in name
        for repository in data["repos"]
        for hook in repository["hooks"]
    }
    assert used <= HOOKS
    assert set(re.findall(r"^\| `(rft-[a-z-]+)` \|", PAGE, re.MULTILINE)) == HOOKS


@pytest.mark.parametrize(("name", "job"), PIPELINES)
def test_a_job_that_lints_since_a_revision_fetches_the_history(name: str, job: dict[str, Any]) -> None:
    whole = job.get("variables", {}).get("GIT_DEPTH") == "0" or any(
        step.get("with", {}).get("fetch-depth") == 0 for step in job.get("steps", ())
    )
    assert whole is any("--since" in line for line in commands(job)), name


@pytest.mark.parametrize(("name", "job"), PIPELINES)
def test_what_is_uploaded_is_what_was_written(name: str, job: dict[str, Any]) -> None:
    lines = " ".join(commands(job))
    written = dict(re.findall(r"-f (\w+):(\S+)", lines))
    uploads = [step for step in job.get("steps", ()) if "upload-sarif" in step.get("uses", "")]
    artifacts = job.get("artifacts", {})
    reports = {
        "gitlab" if kind == "codequality" else kind: path
        for kind, path in artifacts.get("reports", {}).items()
    }
    if uploads:
        reports["sarif"] = uploads[0]["with"]["sarif_file"]
    assert written == reports, name
    # Findings end the command with 1, and are what is to be uploaded.
    assert [step["if"] for step in uploads] == ["always()"] * len(uploads)
    assert artifacts.get("when", "always") == "always"


def test_there_is_a_lint_for_every_way() -> None:
    assert len(LINTS) == 4


@pytest.mark.parametrize(("name", "line"), LINTS)
def test_a_lint_command_works_in_a_new_project(name: str, line: str, tmp_path: Path) -> None:
    Repository(tmp_path).commit(project_files("arithmetic"))
    words = shlex.split(re.sub(r"(?:origin/)?\$[A-Z_]+", "HEAD", line))
    assert parse_options(words[2:]) is not None
    done = subprocess.run(
        [sys.executable, "-m", "rft_cli", *words[1:]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [file for _, file in re.findall(r"-f (\w+):(\S+)", line) if not (tmp_path / file).is_file()] == []


def test_the_page_speaks_of_the_version_that_this_is() -> None:
    from rft_cli import __version__

    assert set(re.findall(r"v(\d+\.\d+\.\d+)", PAGE)) == {re.sub(r"[^\d.].*|\.?dev.*", "", __version__)}
