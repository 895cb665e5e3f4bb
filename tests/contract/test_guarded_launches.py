"""The guards at work in a launch: what is started, what is refused, what the record keeps. The worker trains nothing."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rft_cli.backends.local.act import LocalBackend
from rft_cli.errors import ExitCode, GuardError, UsageError
from rft_cli.runs.exported import export_record
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.place import Place
from rft_cli.worker import State
from rft_cli.workflow.baseline import move_reference, standings
from rft_cli.workflow.events import (
    Detached,
    Ended,
    Event,
    Judged,
    Measured,
    Noted,
    Planned,
    Submitted,
    Watched,
)
from rft_cli.workflow.launch import launch
from rft_cli.workflow.project import Project
from rft_cli.workflow.request import Request

ROOT = Path(__file__).parents[2]
FAKE_WORKER = Path(__file__).parents[1] / "support" / "fake_worker.py"
SUMS = Request(Path("sums.yaml"))
ONE = SUMS._replace(overrides=("rollout.n=8", "experiment.hypothesis=more signal"))
TWO = ONE._replace(overrides=(*ONE.overrides, "rollout.top_k=20"))


class Elsewhere(LocalBackend):
    """Like a service: a run takes long and is paid for, so nothing is started that nobody asked for."""

    takes_seconds = False
    costs_money = True


def project(root: Path, behaviour: str = "completes", kind: type[LocalBackend] = LocalBackend) -> Project:
    backend = kind(command=(sys.executable, str(FAKE_WORKER), behaviour))
    return Project(Place(root, root / ".rft"), lambda _name: backend)


Launched = Callable[..., Iterator[Event]]


@pytest.fixture
def launched(folder: Path) -> Launched:
    """Request, behaviour and kind of backend → the events of the launch."""

    def events(request: Request = SUMS, behaviour: str = "completes", **more) -> Iterator[Event]:
        kind = more.pop("kind", LocalBackend)
        return launch(project(folder, behaviour, kind), request, **more)

    return events


def runs(root: Path) -> dict[str, str]:
    with Ledger(Place(root, root / ".rft")) as ledger:
        return {run.id: f"{run.state}{' baseline' if run.is_baseline else ''}" for run in ledger.summaries()}


def recorded(root: Path, run: str):
    with Ledger(Place(root, root / ".rft")) as ledger:
        return ledger.run(run)


def refused(events: Iterator[Event]) -> GuardError:
    with pytest.raises(GuardError) as caught:
        list(events)
    assert caught.value.exit_code is ExitCode.GUARD
    return caught.value


@pytest.mark.covers("ST1")
def test_a_changed_config_in_an_empty_project_launches_its_baseline_first(launched, folder) -> None:
    events = list(launched(ONE))
    submitted = [event.run.id for event in events if isinstance(event, Submitted)]
    ended = [event for event in events if isinstance(event, Ended)]
    assert submitted == [event.run.id for event in ended] == ["sums-baseline.1", "sums.1"]
    assert runs(folder) == {"sums-baseline.1": "completed baseline", "sums.1": "completed"}
    assert ended[0].reference is None
    assert (ended[1].reference.id, ended[1].reference.after.mean) == ("sums-baseline.1", 0.5)
    run = recorded(folder, "sums.1")
    assert (run.summary.reference, run.summary.hypothesis) == ("sums-baseline.1", "more signal")
    assert [tuple(change) for change in run.summary.changes] == [("rollout.n", 4, 8)]
    assert recorded(folder, "sums-baseline.1").get("experiment") == {"seed": 0}


def test_the_second_change_finds_the_baseline(launched, folder) -> None:
    list(launched(ONE))
    other = SUMS._replace(overrides=("rollout.top_k=20", "experiment.hypothesis=less noise"))
    events = list(launched(other))
    assert [event.run.id for event in events if isinstance(event, Submitted)] == ["sums.2"]


@pytest.mark.covers("ST3")
def test_two_changes_are_refused_before_anything_is_started(launched, folder) -> None:
    error = refused(launched(TWO))
    assert error.message == (
        "2 changes against the baseline: rollout.top_k 40 → 20 and rollout.n 4 → 8; nothing was submitted"
    )
    assert (
        error.hint
        == 'keep one of them and launch again, so that its effect can be told; or --allow-multiple "WHY"'
    )
    assert not (folder / ".rft").exists()
    list(launched())
    assert refused(launched(TWO)).message.startswith("2 changes against sums.1, the baseline: ")
    assert list(runs(folder)) == ["sums.1"]


def test_why_more_than_one_change_was_made_is_kept(launched, folder) -> None:
    list(launched())
    list(launched(TWO._replace(allow_multiple="values of a paper")))
    assert recorded(folder, "sums.2").why == {"multiple": "values of a paper"}
    list(launched(ONE._replace(allow_multiple="just in case")))
    assert recorded(folder, "sums.3").why == {}, "it was not needed"


def test_a_longer_context_counts_with_the_longer_answers_that_need_it(launched) -> None:
    longer = (
        "rollout.max_tokens=16384",
        "training.max_context_length=32768",
        "experiment.hypothesis=cut off",
    )
    list(launched())
    assert isinstance(list(launched(SUMS._replace(overrides=longer)))[-1], Ended)
    unneeded = (*longer[1:], "rollout.n=8")
    assert refused(launched(SUMS._replace(overrides=unneeded)))


def test_a_run_can_be_declared_the_baseline(launched, folder) -> None:
    list(launched(TWO._replace(as_baseline="the recipe of the paper")))
    assert runs(folder) == {"sums.1": "completed baseline"}
    run = recorded(folder, "sums.1")
    assert (run.why, run.summary.reference) == ({"as_baseline": "the recipe of the paper"}, "")
    three = TWO._replace(overrides=(*TWO.overrides, "training.epochs=2"))
    assert isinstance(list(launched(three))[-1], Ended), "one change away from the declared baseline"
    error = refused(
        launched(three._replace(as_baseline="again", overrides=(*three.overrides, "experiment.seed=5")))
    )
    assert error.message.startswith("this scope has a baseline already: sums.1")


def test_baseline_launches_the_same_config_at_the_defaults(launched, folder) -> None:
    list(launched(TWO._replace(baseline=True)))
    assert runs(folder) == {"sums-baseline.1": "completed baseline"}
    list(launched(SUMS._replace(baseline=True, overrides=("experiment.seed=1",))))
    assert runs(folder) == {"sums-baseline.1": "completed baseline", "sums.1": "completed"}


def test_elsewhere_a_missing_baseline_is_refused(launched, folder) -> None:
    error = refused(launched(ONE._replace(confirmed=True), kind=Elsewhere))
    assert error.message.startswith("no run with the defaults to compare with yet, and rollout.n 8")
    assert "rft launch sums.yaml --set rollout.n=8" in error.hint
    assert " --baseline; or --as-baseline" in error.hint
    assert not (folder / ".rft").exists()
    list(launched(ONE._replace(confirmed=True, baseline=True), kind=Elsewhere))
    list(launched(ONE._replace(confirmed=True), kind=Elsewhere))
    assert runs(folder) == {"sums-baseline.1": "completed baseline", "sums.1": "completed"}


def test_nobody_pays_without_having_agreed(launched, folder) -> None:
    error = refused(launched(kind=Elsewhere))
    assert error.message.startswith("the run costs money and nobody is at a terminal to agree")
    asked = []
    error = refused(launched(kind=Elsewhere, ask=lambda assessment: asked.append(assessment) or False))
    assert error.message == "nobody agreed to the price, nothing was submitted"
    assert [assessment.estimate.rollouts for assessment in asked] == [64]
    assert not (folder / ".rft").exists()
    assert isinstance(list(launched(kind=Elsewhere, ask=lambda _: True))[-1], Ended)


def test_what_would_cost_too_much_is_refused(launched, folder) -> None:
    from rft_cli.limit import read_limit

    list(launched())
    error = refused(launched(ONE._replace(max_cost=read_limit("1.9x"))))
    assert error.message.startswith("up to 2× of sums.1, the baseline, over --max-cost 1.9×")
    assert isinstance(list(launched(ONE._replace(max_cost=read_limit("2x"))))[-1], Ended)


def with_reference(name: str) -> Request:
    return ONE._replace(overrides=(*ONE.overrides, f"experiment.reference={name}"))


def test_a_reference_without_a_run_is_refused_with_the_config_to_launch_first(launched, folder) -> None:
    (folder / "other.yaml").write_text((folder / "sums.yaml").read_text().replace("sums\n", "first\n", 1))
    error = refused(launched(with_reference("first")))
    assert error.message.startswith("the reference cannot be compared with: there is no run first")
    assert error.hint.startswith("launch it first: rft launch other.yaml; or correct experiment.reference")
    error = refused(launched(with_reference("nowhere")))
    assert error.hint.startswith("name a run of `rft runs`")
    assert not (folder / ".rft").exists()


def test_a_reference_of_another_scope_is_refused_with_the_reason(launched, folder) -> None:
    list(launched())
    data = folder / "data/train.jsonl"
    data.write_text(
        data.read_text() + '{"messages": [{"role": "user", "content": "9+9="}], "answer": "18"}\n'
    )
    error = refused(launched(with_reference("sums.1")))
    assert error.message.startswith(
        "the reference cannot be compared with: sums.1 is of another scope: the training data differs"
    )


def test_a_reference_without_a_result_is_refused(launched) -> None:
    list(launched(behaviour="fails"))
    error = refused(launched(with_reference("sums.1")))
    assert "sums.1 has no result: it ended as failed" in error.message


def test_a_name_means_its_latest_run_of_this_scope_with_a_result(launched, folder) -> None:
    list(launched())
    list(launched(SUMS._replace(overrides=("experiment.seed=1",)), behaviour="fails"))
    list(launched(with_reference("sums")))
    assert recorded(folder, "sums.3").summary.reference == "sums.1"


def test_an_exported_record_is_a_reference_where_there_is_no_ledger(launched, folder) -> None:
    list(launched())
    with Ledger(Place(folder, folder / ".rft")) as ledger:
        run = ledger.run("sums.1")
        (folder / "first.json").write_text(export_record(run, ledger.points(run.id), folder))
    shutil.rmtree(folder / ".rft")
    events = list(launched(with_reference("first.json")))
    assert list(runs(folder)) == ["sums.1"], "no baseline is launched where another ledger has one"
    assert (events[-1].reference.id, events[-1].reference.after.mean) == ("first.json", 0.5)
    assert recorded(folder, "sums.1").summary.reference == "first.json"
    assert (
        "there is no record gone.json"
        in refused(launched(with_reference("gone.json")._replace(new_attempt=True))).message
    )
    (folder / "first.json").write_text("{}")
    with pytest.raises(UsageError, match=r"first\.json"):
        list(launched(with_reference("first.json")._replace(new_attempt=True)))


def test_a_run_of_the_same_settings_needs_no_guard(launched) -> None:
    list(launched())
    list(launched(TWO._replace(allow_multiple="why not")))
    again = list(launched(TWO))
    assert [type(event) for event in again[1:]] == [Submitted, Judged, Ended]
    assert (again[1].run.id, again[1].is_new) == ("sums.2", False)


def test_a_replicate_is_said_and_let_through(launched) -> None:
    list(launched())
    list(launched(TWO._replace(allow_multiple="why not")))
    events = list(launched(TWO._replace(overrides=(*TWO.overrides, "experiment.seed=1"))))
    (planned,) = (event for event in events if isinstance(event, Planned))
    assert planned.assessment.replicates == "sums.2"
    assert isinstance(events[-1], Ended)


def test_a_failed_baseline_keeps_the_run_back(launched, folder) -> None:
    events = list(launched(ONE, behaviour="fails"))
    assert runs(folder) == {"sums-baseline.1": "failed"}
    assert [event.exit_code for event in events if isinstance(event, Ended)] == [ExitCode.RUN_FAILED]
    assert events[-1] == Noted(
        "sums", "sums was not launched: launch it again when its baseline has a result"
    )


def test_ctrl_c_between_the_two_runs_is_safe(launched, folder) -> None:
    events = launched(ONE, behaviour="waits")
    for event in events:
        if isinstance(event, Measured) and event.point.step == 2:
            os.kill(os.getpid(), signal.SIGINT)
            break
    rest = list(events)
    assert rest[0] == Detached("sums-baseline.1", ExitCode.INTERRUPTED)
    assert list(runs(folder)) == ["sums-baseline.1"]
    (folder / ".rft/runs/sums-baseline.1/go").touch()
    again = list(launched(ONE))
    watched = [event.run.id for event in again if isinstance(event, Watched | Submitted)]
    assert watched in (["sums-baseline.1", "sums.1"], ["sums.1"]), "waited for, unless it was over already"
    assert runs(folder) == {"sums-baseline.1": "completed baseline", "sums.1": "completed"}


def test_a_timeout_counts_for_both_runs(launched, folder) -> None:
    events = list(launched(ONE._replace(timeout=0.5), behaviour="waits"))
    (detached,) = (event for event in events if isinstance(event, Detached))
    assert detached == Detached("sums-baseline.1", ExitCode.TIMEOUT)
    (folder / ".rft/runs/sums-baseline.1/go").touch()


def test_the_reference_moves_to_a_run_with_a_result(launched, folder) -> None:
    list(launched(ONE))
    assert move_reference(project(folder), "sums")[1:] == ("sums-baseline.1", "sums.1")
    (standing,) = standings(project(folder))
    assert (standing.baseline.id, standing.reference.id, standing.runs) == ("sums-baseline.1", "sums.1", 2)
    list(launched(TWO))
    assert recorded(folder, "sums.2").summary.reference == "sums.1", "one change away from the new reference"
    list(launched(SUMS._replace(overrides=("experiment.seed=9",))))
    assert recorded(folder, "sums.3").summary.reference == "sums-baseline.1", (
        "the defaults are the baseline again"
    )


def test_the_reference_does_not_move_to_a_run_without_a_result(launched, folder) -> None:
    list(launched(behaviour="fails"))
    with pytest.raises(GuardError, match=r"sums\.1 has no result to compare with: it is failed"):
        move_reference(project(folder), "sums.1")
    with pytest.raises(UsageError, match="there is no run nowhere"):
        move_reference(project(folder), "nowhere")


def test_the_scope_of_a_config_is_shown_before_it_has_run(folder) -> None:
    (standing,) = standings(project(folder), Path("sums.yaml"))
    assert (standing.baseline, standing.reference, standing.runs) == (None, None, 0)
    assert not (folder / ".rft").exists()


def goal_chains() -> list[tuple[Path, ...]]:
    return [tuple(sorted(goal.glob("*.yaml"))) for goal in sorted((ROOT / "configs/goals").iterdir())]


@pytest.mark.covers("ST3")
def test_every_goal_is_a_chain_of_single_changes_that_the_guards_let_through(tmp_path, monkeypatch) -> None:
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    here = project(tmp_path)
    chains = [[path.relative_to(ROOT) for path in chain] for chain in goal_chains()]
    error = refused(launch(here, Request(chains[0][1])))
    assert f"rft launch {chains[0][0]}" in error.hint
    error = refused(launch(here, Request(chains[0][0])))
    assert "rft launch configs/baseline.yaml" in error.hint
    list(launch(here, Request(Path("configs/baseline.yaml"))))
    for chain in chains:
        before = "baseline.1"
        for path in chain:
            *_, ended = launch(here, Request(path))
            summary = ended.run.summary
            assert (summary.state, summary.reference, len(summary.changes)) == (State.COMPLETED, before, 1)
            before = ended.run.id
