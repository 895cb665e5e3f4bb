"""docs/workflow.md is executed: its shell blocks in one session, the steps of its CI job in a clone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rft_cli.guards import Guard

PAGE = (Path(__file__).parents[2] / "docs/workflow.md").read_text(encoding="utf-8")
ENDS = "#### end of block "


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)


def session(script: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """One bash for a script that stops at the first failure."""
    someone = {
        f"GIT_{role}_{key}": f"you{at}"
        for role in ("AUTHOR", "COMMITTER")
        for key, at in (("NAME", ""), ("EMAIL", "@x.org"))
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={
            **os.environ,
            **someone,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_PAGER": "cat",
            "PATH": path,
            **more,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The folder after the whole page, and what each block said, both streams together."""
    folder = tmp_path_factory.mktemp("workflow")
    script = "exec 2>&1\n" + "".join(f"{block}echo '{ENDS}'\n" for block in blocks("sh"))
    done = session(script, folder)
    assert done.returncode == 0, done.stdout[-3000:]
    return folder, done.stdout.split(f"{ENDS}\n")


def saying(told: tuple[Path, list[str]], words: str) -> str:
    """What the block said whose text holds some words."""
    (found,) = (said for block, said in zip(blocks("sh"), told[1], strict=False) if words in block)
    return found


@pytest.mark.covers("ST1", "ST3")
@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("rft plan run.yaml\n", "this run is the baseline: every value at its default"),
        ("rft launch run.yaml\nrft baseline", "baseline   arithmetic.1"),
        ("cat > wider.yaml", "rollout.temperature  0.7 → 1.0"),
        ("--max-cost 2x", "Against arithmetic.1, the baseline: rollout.temperature 0.7 → 1.0  (× 1.43)"),
        ("rft baseline wider", "are compared with wider.1, and no longer with arithmetic.1."),
        ("experiment.seed=1\n", "a replicate: the same as wider.1 but for the seed"),
        ("experiment.seed=1\n", "These settings have run already: wider.1."),
        ("--detach", "wider.3 completed"),
        ("--stop-on", "stopped by --stop-on collapse at step "),
        ("--stop-on", "rft advise bold.1 --write next.yaml && rft launch next.yaml"),
        ("--stop-on", "rft: wrote calmer.yaml: "),
        ("rollout.top_k=20 --set training.epochs=2", "3 changes against arithmetic.1, the baseline"),
        ("rft launch next.yaml", "there is no run sharper"),
        ("rft launch next.yaml", "rft launch sharper.yaml"),
        ("head -n 200", "the same config at the defaults is launched first, by itself"),
        ("the first version", "this run is the baseline: the values of the first version of this project"),
        ("40usd", "USD at your prices"),
        ("../colleague", "no baseline in this ledger, and records/wider.json is a run of the same scope"),
        ("../colleague", "against wider.1 in records/wider.json"),
        ("HEAD:run.yaml", "no difference"),
        ("git diff\n", "no difference"),
        ("rft plan higher.yaml --out", "higher.1 completed"),
        (
            "rft plan higher.yaml --out",
            "the plan is stale: evaluators/arithmetic.py changed since it was made",
        ),
    ],
)
def test_a_block_says_what_the_page_promises(told, block, said) -> None:
    assert said in saying(told, block)


def test_the_ci_job_runs_in_a_clone(told) -> None:
    folder, _ = told
    (job,) = blocks("yaml")
    steps = [
        step for step in re.findall(r"^ +- run: (.*)$", job, flags=re.MULTILINE) if step.startswith("rft ")
    ]
    assert len(steps) == 4
    clone = folder / "ci"
    subprocess.run(["git", "clone", "--quiet", str(folder / "arithmetic"), str(clone)], check=True)
    done = session("\n".join(steps), clone, BASE="HEAD")
    assert done.returncode == 0, done.stderr
    assert (clone / "comment.md").read_text().startswith("#### ")
    assert json.loads((clone / "plan.json").read_text())["kind"] == "plan"
    assert not (clone / ".rft").exists()


def test_every_guard_is_on_the_page() -> None:
    assert re.findall(r"^\| `([a-z-]+)` \|", PAGE, flags=re.MULTILINE) == list(Guard.__args__)
