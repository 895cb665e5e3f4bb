"""Several processes find what one finds, and in the same order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rft_cli.render.findings_formats import FORMATS, render_format
from rft_cli.rules import parallel
from rft_cli.rules.lint import EVERYTHING, Scope, lint_files

CASES = Path(__file__).parents[2] / "cases"

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="os.fork is not here")


def case_files() -> list[str]:
    return sorted(str(path.relative_to(CASES)) for path in CASES.rglob("*.yaml"))


@pytest.mark.parametrize("processes", [2, 3])
def test_the_answer_is_the_same_whoever_shares_the_work(
    processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(CASES)
    alone, shared = (
        lint_files(case_files(), str(CASES), Scope(is_whole=True), processes=count)
        for count in (1, processes)
    )
    assert shared == alone
    for name in FORMATS:
        assert render_format(name, shared) == render_format(name, alone)


def test_comments_of_a_shared_base_are_heard_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    base = "# rft: ignore-file[RFT303] because noise is wanted\n# rft: ignore[RFT999] because\nrollout:\n  temperature: 1.9\n"
    Path("_base.yaml").write_text(base, encoding="utf-8")
    files = [f"run-{number}.yaml" for number in range(6)]
    for file in files:
        text = "version: 1\nextends: _base.yaml\nmodel: m\ndataset: d.jsonl\nevaluator: e.py:f\n"
        Path(file).write_text(text, encoding="utf-8")
    alone, shared = (
        lint_files([*files, "_base.yaml"], str(tmp_path), EVERYTHING, processes=count) for count in (1, 2)
    )
    assert shared == alone
    assert alone.suppressed


def test_what_a_process_could_not_finish_is_done_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(CASES)
    here = os.getpid()
    collect = parallel.collect

    def only_here(*arguments: object) -> object:
        if os.getpid() != here:
            raise MemoryError
        return collect(*arguments)  # type: ignore[arg-type]

    alone = lint_files(case_files(), str(CASES))
    monkeypatch.setattr(parallel, "collect", only_here)
    assert lint_files(case_files(), str(CASES), processes=2) == alone


def test_the_work_is_shared_by_as_many_as_there_are_cores_and_few_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(64)), raising=False)
    assert parallel.cores() == parallel.MOST_PROCESSES
    monkeypatch.delattr(os, "sched_getaffinity")
    assert parallel.cores() == 1
