"""`rft plan` and `rft diff` mean the same run by a reference, however often its name has run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.project import RUN, record_run, write_project
from typer.testing import CliRunner

from rft_cli.app import app
from rft_cli.backends.base import Poll
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.place import place_of
from rft_cli.worker import State

NEW = RUN.replace("name: sums", "name: faster") + "training: {learning_rate: 2e-4}\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_project(tmp_path)
    (tmp_path / "new.yaml").write_text(NEW + "experiment: {reference: sums, hypothesis: faster}\n")
    return tmp_path


def once(root: Path) -> None:
    record_run(root)


def twice(root: Path) -> None:
    once(root)
    record_run(root, "run.yaml", "rollout.n=8")


def failed_last(root: Path) -> None:
    twice(root)
    with Ledger(place_of(root, {})) as ledger:
        ledger.take_in("sums.2", Poll(State.FAILED, "failed", 10))


def only_failed(root: Path) -> None:
    once(root)
    with Ledger(place_of(root, {})) as ledger:
        ledger.take_in("sums.1", Poll(State.FAILED, "failed", 10))


def other_scope_last(root: Path) -> None:
    once(root)
    record_run(root, "run.yaml", "evaluation.max_tokens=64")


def only_other_scope(root: Path) -> None:
    record_run(root, "run.yaml", "evaluation.max_tokens=64")


def none_named(root: Path) -> None:
    once(root)
    record_run(root, "run.yaml", "rollout.n=8")
    (root / "new.yaml").write_text(NEW)


def a_moved_one(root: Path) -> None:
    none_named(root)
    with Ledger(place_of(root, {})) as ledger:
        ledger.set_reference(ledger.run("sums.1").summary.scope, "sums.2")


def the_defaults_after_a_move(root: Path) -> None:
    a_moved_one(root)
    (root / "new.yaml").write_text(RUN)


@pytest.mark.parametrize(
    ("history", "meant", "is_usable"),
    [
        (once, "sums.1", True),
        (twice, "sums.2", True),
        (failed_last, "sums.1", True),
        (only_failed, "sums.1", False),
        (other_scope_last, "sums.1", True),
        (only_other_scope, "sums.1", False),
        (none_named, "sums.1", True),
        (a_moved_one, "sums.2", True),
        (the_defaults_after_a_move, "sums.1", True),
    ],
)
def test_plan_and_diff_choose_the_same_run(
    root: Path, history: Callable[[Path], None], meant: str, is_usable: bool
) -> None:
    history(root)
    planned = json.loads(CliRunner().invoke(app, ["plan", "new.yaml", "--json"]).stdout)
    differs = CliRunner().invoke(app, ["diff", "new.yaml"]).stdout
    assert differs.startswith(f"{meant} → new.yaml: ")
    assert planned["reference"] == (meant if is_usable else None)
    if not is_usable:
        refused = next(guard for guard in planned["guards"] if guard["guard"] == "reference")
        assert meant in refused["message"]


def test_the_settings_of_a_config_that_has_not_run_itself_are_found_by_both(root: Path) -> None:
    (root / "experiments").mkdir()
    (root / "experiments/base.yaml").write_text("extends: ../run.yaml\nname: base\n")
    (root / "new.yaml").write_text(
        "extends: experiments/base.yaml\ntraining: {learning_rate: 2e-4}\nexperiment: {reference: base, hypothesis: faster}\n"
    )
    launched = launched_by_plan(root)
    planned = json.loads(CliRunner().invoke(app, ["plan", "new.yaml", "--json"]).stdout)
    assert planned["reference"] == launched
    assert CliRunner().invoke(app, ["diff", "new.yaml"]).stdout.startswith(f"{launched} → new.yaml: 1 change")


def launched_by_plan(root: Path) -> str:
    """Record a run with the fingerprint that a launch of run.yaml would have."""
    document = json.loads(CliRunner().invoke(app, ["plan", "run.yaml", "--json"]).stdout)
    return record_run(root, fingerprint=document["fingerprint"])
