"""The managed service's backend and the whole workflow on it, against the service double: one paid job, whatever happens."""

from __future__ import annotations

import errno
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from services.fireworks.double import Double

from rft_cli.backends.fireworks import act, connection
from rft_cli.backends.fireworks.access import Access
from rft_cli.backends.fireworks.act import GRACE_SECONDS, FireworksBackend
from rft_cli.backends.fireworks.client import FireworksClient
from rft_cli.backends.fireworks.connection import Connection
from rft_cli.backends.fireworks.submitting import submitting
from rft_cli.errors import BackendError, ExitCode, FindingsError, GuardError, SetupError, UnansweredError
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.place import Place
from rft_cli.worker import State
from rft_cli.workflow import control
from rft_cli.workflow.comparing import compare_outcomes
from rft_cli.workflow.events import Checked, Ended, Noted, Stalled, StateChanged
from rft_cli.workflow.launch import launch
from rft_cli.workflow.project import Project
from rft_cli.workflow.request import Request

CONFIG = """\
version: 1
name: sums
backend: fireworks
model: accounts/fireworks/models/llama-v3p1-8b-instruct
dataset: accounts/acme/datasets/sums
evaluator: accounts/acme/evaluators/sums-exact
"""
JOB = re.compile(r"sums-[0-9a-f]{8}-1")


class Site(NamedTuple):
    """A project whose runs go to the double."""

    root: Path
    project: Project
    restart: Callable[[], Project]
    """The project as a new process sees it."""
    client: FireworksClient
    account: Callable[[str], None]
    """Says which account is used from the next process on."""

    def launch(self, **request: object) -> list[object]:
        given = Request(self.root / "sums.yaml", confirmed=True, **request)  # type: ignore[arg-type]
        return list(launch(self.project, given))

    def run(self, name: str = "sums.1"):
        with Ledger(self.project.place) as ledger:
            return ledger.run(name)

    def points(self, name: str = "sums.1"):
        with Ledger(self.project.place) as ledger:
            return ledger.points(name)


@pytest.fixture
def site(fireworks: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sums.yaml").write_text(CONFIG)
    access = Access(fireworks.key, fireworks.url)
    named: list[str] = [""]
    with closing(Connection(access, sleep=fireworks.sleep, chance=lambda: 0.0)) as opened:
        moments = iter(range(10**9))

        def project() -> Project:
            backend = FireworksBackend(
                lambda _root: FireworksClient(access._replace(account=named[-1]), opened),
                sleep=fireworks.sleep,
                moment=lambda: time.time() + fireworks.seconds,
                clock=lambda: next(moments) * 1000.0,
            )
            return Project(Place(tmp_path, tmp_path / ".rft"), lambda _name: backend)

        yield Site(tmp_path, project(), project, FireworksClient(access, opened), named.append)


def test_a_run_is_launched_followed_and_measured(site, fireworks) -> None:
    *_, ended = site.launch()
    assert isinstance(ended, Ended)
    assert (ended.exit_code, ended.run.state, ended.run.summary.raw_state) == (
        ExitCode.DONE,
        State.COMPLETED,
        "COMPLETED",
    )
    assert JOB.fullmatch(*fireworks.jobs)
    assert [point.step for point in ended.points] == [1, 2, 3]
    assert ended.run.summary.steps == 3
    first = ended.points[0].values
    assert first["rollouts"] == 800
    assert 0 < first["reward_mean_error"] < 0.05
    assert 0 <= first["frac_reward_zero_std"] <= 1
    assert 0 <= first["completions/clipped_ratio"] <= 1
    assert first["completions/mean_length"] > 0


def test_every_word_of_the_service_is_told_where_our_state_stays_the_same(site, fireworks) -> None:
    told = [(event.state, event.raw_state) for event in site.launch() if isinstance(event, StateChanged)]
    queued = [word for state, word in told if state is State.QUEUED]
    assert queued[0] == "PENDING"
    assert len(queued) > 1
    assert told[-1] == (State.COMPLETED, "COMPLETED")


def test_three_chunks_are_compared_by_the_errors_that_they_carry(site, fireworks) -> None:
    site.launch()
    site.launch(overrides=("training.learning_rate=2e-4",))
    found = compare_outcomes(site.project, ["sums.1", "sums.2"]).versus[0].measures[1]
    assert found.n == "1 point"
    assert found.estimate is not None
    assert 0.01 < found.estimate.standard_error < 0.1


def test_the_end_says_how_the_adapter_is_served(site, fireworks) -> None:
    told = [event.message for event in site.launch() if isinstance(event, Noted)]
    assert (
        told[0]
        == f"dashboard: https://app.fireworks.ai/dashboard/fine-tuning/reinforcement/{fireworks.jobs[0]}"
    )
    assert told[-1].startswith(f"the adapter is accounts/acme/models/{fireworks.jobs[0]}; it is served by")


@pytest.mark.parametrize(
    "kind",
    [
        "reset-before",
        "reset-after",
        "close-after",
        "error-before",
        "error-after",
        "html-after",
        "not-json",
        "truncated",
        "rate-limit",
    ],
)
def test_whatever_happens_to_an_answer_there_is_one_job(site, fireworks, kind) -> None:
    fireworks.fault("create-job", kind, times=2)
    site.launch(detach=True)
    assert (len(fireworks.jobs), site.run().state) == (1, State.QUEUED)


def test_a_fate_that_nobody_tells_is_unknown_until_it_is_asked_for(site, fireworks) -> None:
    fireworks.fault("create-job", "reset-after")
    fireworks.fault("get-job", "error-before", times=5)
    with pytest.raises(UnansweredError) as caught:
        site.launch(detach=True)
    assert caught.value.exit_code is ExitCode.BACKEND
    assert site.run().state is State.UNKNOWN
    (look,) = control.sync(site.restart())
    assert look.after.state in {State.QUEUED, State.RUNNING}
    assert len(fireworks.jobs) == 1


def test_a_launch_after_an_unknown_one_follows_it(site, fireworks) -> None:
    fireworks.fault("create-job", "reset-after")
    fireworks.fault("get-job", "error-before", times=5)
    with pytest.raises(UnansweredError):
        site.launch(detach=True)
    *_, ended = site.launch()
    assert (ended.run.id, ended.run.state, len(fireworks.jobs)) == ("sums.1", State.COMPLETED, 1)


def test_a_process_that_dies_between_request_and_answer_loses_nothing(site, fireworks, monkeypatch) -> None:
    class Killed(BaseException):
        pass

    def dies(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "submitted", dies)
        with pytest.raises(Killed):
            site.launch(detach=True)
    assert site.run().state is State.SUBMITTING
    again = site._replace(project=site.restart())
    *_, ended = again.launch()
    assert (ended.run.id, ended.run.state, len(fireworks.jobs)) == ("sums.1", State.COMPLETED, 1)


def test_a_job_whose_answer_was_lost_is_known_from_then_on(site, fireworks, monkeypatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "submitted", lambda *_: None)
        site.launch(detach=True)
    assert site.run().ref == {}
    control.sync(site.restart())
    assert site.run().ref == {
        "job": f"accounts/acme/reinforcementFineTuningJobs/{fireworks.jobs[0]}",
        "steps": 3,
    }
    del fireworks.service.accounts["acme"].jobs[fireworks.jobs[0]]
    control.sync(site.restart())
    assert site.run().summary.reason.endswith(" any more")


def test_a_create_that_was_just_repeated_may_still_be_on_its_way(site, fireworks, monkeypatch) -> None:
    class Killed(BaseException):
        pass

    creates = iter([site.client.create_job])

    def dies(self: FireworksClient, *given: object) -> object:
        for create in creates:
            return create(*given)
        raise Killed

    fireworks.adjust(poll_step_s=0.0)
    fireworks.fault("create-job", "error-before")
    fireworks.fault("get-job", "error-before", times=4, retry_after=50)
    with monkeypatch.context() as patched:
        patched.setattr(FireworksClient, "create_job", dies)
        with pytest.raises(Killed):
            site.launch(detach=True)
    assert fireworks.seconds > GRACE_SECONDS
    control.sync(site.restart())
    assert site.run().state is State.UNKNOWN


def test_a_refusal_after_a_lost_answer_does_not_say_that_there_is_no_job(
    site, fireworks, monkeypatch
) -> None:
    monkeypatch.setattr(connection, "READ_SECONDS", 0.2)
    fireworks.fault("create-job", "late", seconds=60.0)
    with closing(Connection(Access(fireworks.key, fireworks.url), sleep=fireworks.sleep)) as impatient:
        client = FireworksClient(Access(fireworks.key, fireworks.url), impatient)

        def quota_is_used_up(seconds: float) -> None:
            fireworks.adjust(tier_refusal=True)
            fireworks.sleep(seconds)

        backend = FireworksBackend(lambda _root: client, sleep=quota_is_used_up)
        project = site.project._replace(backend=lambda _name: backend)
        with pytest.raises(UnansweredError):
            site._replace(project=project).launch(detach=True)
    assert site.run().state is State.UNKNOWN
    fireworks.adjust(tier_refusal=False)
    fireworks.advance(60)
    control.sync(site.restart())
    assert (site.run().state, len(fireworks.jobs)) == (State.QUEUED, 1)


def test_a_job_that_is_held_otherwise_after_a_lost_answer_may_be_ours(site, fireworks) -> None:
    fireworks.fault("create-job", "reset-after")
    fireworks.fault("get-job", "error-before")

    def the_service_writes_it_otherwise(seconds: float) -> None:
        for job in fireworks.service.accounts["acme"].jobs.values():
            job.body["trainingConfig"]["learningRate"] = 3e-4
        fireworks.sleep(seconds)

    access = Access(fireworks.key, fireworks.url)
    with closing(Connection(access, sleep=the_service_writes_it_otherwise)) as connection_:
        backend = FireworksBackend(lambda _root: FireworksClient(access, connection_), sleep=fireworks.sleep)
        project = site.project._replace(backend=lambda _name: backend)
        with pytest.raises(UnansweredError):
            site._replace(project=project).launch(detach=True)
    assert site.run().state is State.UNKNOWN
    control.sync(site.restart())
    assert (site.run().state, len(fireworks.jobs)) == (State.QUEUED, 1)


def test_a_run_that_another_process_is_submitting_is_not_given_up(site, fireworks, monkeypatch) -> None:
    fireworks.fault("create-job", "error-before", times=9)
    with pytest.raises(UnansweredError):
        site.launch(detach=True)
    with Ledger(site.project.place) as ledger:
        handle = ledger.handle(ledger.run("sums.1"))
    later = FireworksBackend(lambda _root: site.client, moment=lambda: time.time() + 10 * GRACE_SECONDS)
    with submitting(handle.folder):
        assert later.poll(handle).state is State.SUBMITTING
    given_up = later.poll(handle._replace(cursor=1))
    assert given_up.state is State.FAILED
    assert given_up.reason.endswith(": nothing was started")


def test_a_ledger_that_is_lost_does_not_pay_twice(site, fireworks) -> None:
    import shutil

    site.launch(detach=True)
    shutil.rmtree(site.root / ".rft")
    again = site._replace(project=site.restart())
    *_, ended = again.launch()
    assert (ended.run.state, len(fireworks.jobs)) == (State.COMPLETED, 1)


def test_another_job_of_the_same_id_is_told_and_not_adopted(site, fireworks) -> None:
    site.launch(detach=True)
    identifier = fireworks.jobs[0]
    fireworks.service.accounts["acme"].jobs[identifier].body["trainingConfig"]["learningRate"] = 3e-4
    import shutil

    shutil.rmtree(site.root / ".rft")
    with pytest.raises(BackendError) as caught:
        site._replace(project=site.restart()).launch(detach=True)
    assert caught.value.message == (
        f"the service has a job {identifier} already, with another trainingConfig.learningRate"
    )


def test_nobody_pays_without_agreeing(site, fireworks) -> None:
    with pytest.raises(GuardError):
        list(launch(site.project, Request(site.root / "sums.yaml")))
    assert fireworks.jobs == []


@pytest.mark.parametrize(
    ("edit", "code", "said"),
    [
        (
            ("datasets/sums", "datasets/nobody"),
            "RFT701",
            "the service has no data set accounts/acme/datasets/nobody",
        ),
        (
            ("datasets/sums", "datasets/still-uploading"),
            "RFT701",
            "accounts/acme/datasets/still-uploading is not READY but UPLOADING",
        ),
        (("sums-exact", "nobody"), "RFT702", "the service has no evaluator accounts/acme/evaluators/nobody"),
        (
            ("sums-exact", "broken-build"),
            "RFT702",
            "accounts/acme/evaluators/broken-build is not ACTIVE but BUILD_FAILED",
        ),
        (
            ("llama-v3p1-8b-instruct", "nobody-7b"),
            "RFT703",
            "the service has no model accounts/fireworks/models/nobody-7b",
        ),
        (
            ("llama-v3p1-8b-instruct", "qwen3p5-9b"),
            "RFT703",
            "accounts/fireworks/models/qwen3p5-9b cannot be trained",
        ),
        (
            ("accounts/fireworks/models/llama-v3p1-8b-instruct", "accounts/acme/models/older-adapter"),
            "RFT703",
            "accounts/acme/models/older-adapter is an adapter and no base model",
        ),
    ],
)
def test_what_the_service_would_refuse_is_found_before_anything_is_made(
    site, fireworks, edit, code, said
) -> None:
    (site.root / "sums.yaml").write_text(CONFIG.replace(*edit))
    seen: list[object] = []
    with pytest.raises(FindingsError):
        seen.extend(launch(site.project, Request(site.root / "sums.yaml", confirmed=True)))
    findings = [finding for event in seen if isinstance(event, Checked) for finding in event.findings]
    assert [finding.code for finding in findings] == [code]
    assert findings[0].message.startswith(said)
    assert findings[0].help
    assert fireworks.calls("create-job") == []
    assert not (site.root / ".rft").exists()


def test_a_suspended_account_is_told_first(site, fireworks) -> None:
    fireworks.adjust(suspend_state="CREDIT_DEPLETED")
    with pytest.raises(FindingsError):
        site.launch()


def test_a_refusal_is_recorded_with_the_services_words(site, fireworks) -> None:
    fireworks.adjust(tier_refusal=True)
    with pytest.raises(BackendError) as caught:
        site.launch()
    assert "requires a Tier 2 account" in caught.value.message
    run = site.run()
    assert (run.state, run.failure["exit_code"]) == (State.FAILED, ExitCode.BACKEND)


def test_a_wrong_key_starts_nothing(site, fireworks) -> None:
    fireworks.adjust(key="fw_another")
    with pytest.raises(SetupError):
        site.launch()


def test_a_job_that_died_before_its_first_step_names_the_usual_causes(site, fireworks) -> None:
    fireworks.next_jobs("failed-internal")
    *_, ended = site.launch()
    assert ended.points == ()
    assert ended.run.failure["message"].startswith("INTERNAL: Internal error occurred")
    assert "the evaluator or the data set is the usual cause" in ended.run.failure["hint"]


def test_a_paused_run_is_said_plainly_and_can_be_cancelled(site, fireworks) -> None:
    fireworks.next_jobs("paused")
    seen = []
    for event in launch(site.project, Request(site.root / "sums.yaml", confirmed=True)):
        seen.append(event)
        if isinstance(event, Stalled):
            break
    site.restart()
    assert site.run().summary.raw_state == "PAUSED"
    assert any("has paused the run" in note for note in site.run().notes)
    list(control.cancel(site.restart(), ["sums"]))
    fireworks.advance(120)
    (look,) = control.sync(site.restart())
    assert (look.after.state, look.after.raw_state) == (State.CANCELLED, "CANCELLED")


def test_a_cancelled_run_is_not_resumed(site, fireworks) -> None:
    site.launch(detach=True)
    list(control.cancel(site.project, ["sums"]))
    fireworks.advance(120)
    control.sync(site.restart())
    with pytest.raises(BackendError) as caught:
        list(control.resume(site.restart(), "sums"))
    assert caught.value.message == "sums.1 is CANCELLED at the service, which resumes failed runs only"
    kept = json.loads((site.root / ".rft/runs/sums.1/ledger.json").read_text())
    assert (kept["state"], kept["resumes"]) == (State.CANCELLED, 0), "a ledger made again says the same"


def test_looking_again_without_progress_asks_for_a_glance_only(site, fireworks) -> None:
    fireworks.adjust(poll_step_s=0)
    site.launch(detach=True)
    control.sync(site.restart())
    before = len(fireworks.calls("get-job"))
    control.sync(site.restart())
    assert len(fireworks.calls("get-job")) == before + 1


def test_rollouts_are_fetched_once(site, fireworks) -> None:
    site.launch()
    project = site.restart()
    with Ledger(project.place) as ledger:
        handle = ledger.handle(ledger.run("sums.1"))
    before = len(fireworks.calls("get-object"))
    found = list(project.backend("fireworks").rollouts(handle, 2))
    assert len(found) == 800
    assert {rollout["step"] for rollout in found} == {2}
    assert len(fireworks.calls("get-object")) == before


def test_no_key_is_in_anything_that_is_written(site, fireworks) -> None:
    site.launch()
    texts = [path.read_bytes() for path in (site.root / ".rft").rglob("*") if path.is_file()]
    assert texts
    assert [text for text in texts if fireworks.key.encode() in text or b"X-Goog-Signature" in text] == []


@pytest.mark.parametrize("script", ["early-stopped", "completed"])
def test_a_resumption_that_is_refused_changes_nothing(site, fireworks, script) -> None:
    fireworks.next_jobs(script)
    if script == "completed":
        site.launch(detach=True)
        list(control.cancel(site.restart(), ["sums"]))
        fireworks.advance(600)
        control.sync(site.restart())
    else:
        site.launch()
    before = site.run()
    assert before.state in {State.STOPPED_EARLY, State.CANCELLED}
    with pytest.raises(BackendError) as caught:
        list(control.resume(site.restart(), "sums"))
    assert ("--new-attempt" in caught.value.hint) is (script == "early-stopped")
    after = site.run()
    assert after == before._replace(summary=before.summary._replace(updated=after.summary.updated))


def test_a_resumption_that_cannot_be_asked_for_changes_nothing(site, fireworks) -> None:
    fireworks.next_jobs("failed-midway")
    site.launch()
    before = site.run()
    fireworks.fault("get-job", "error-before", times=10)  # it is looked at before, and then asked for
    with pytest.raises(BackendError):
        list(control.resume(site.restart(), "sums"))
    assert (site.run().failure, site.run().ref) == (before.failure, before.ref)
    *_, ended = control.resume(site.restart(), "sums")
    assert ended.run.summary.resumes == 1


def test_a_resumption_that_nobody_confirms_is_unknown_and_not_over(site, fireworks) -> None:
    fireworks.next_jobs("failed-midway", "completed")
    site.launch()
    fireworks.fault("resume-job", "reset-after")
    fireworks.fault("get-job", "error-before", times=5, after=3)
    with pytest.raises(UnansweredError):
        list(control.resume(site.restart(), "sums"))
    assert site.run().state is State.UNKNOWN
    *_, ended = site._replace(project=site.restart()).launch()
    assert (ended.run.id, ended.run.state, len(fireworks.jobs)) == ("sums.1", State.COMPLETED, 1)


def test_a_resumption_that_cannot_be_written_changes_nothing(site, fireworks, monkeypatch) -> None:
    fireworks.next_jobs("failed-midway")
    site.launch()
    before = site.run()

    def is_full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    with monkeypatch.context() as disk:
        disk.setattr(Path, "replace", is_full)
        with pytest.raises(SetupError, match="No space left"):
            list(control.resume(site.restart(), "sums"))
    after = site.run()
    assert after == before._replace(summary=before.summary._replace(updated=after.summary.updated))


def test_a_failed_job_that_was_let_go_on_elsewhere_is_followed_and_not_paid_for_again(
    site, fireworks
) -> None:
    fireworks.next_jobs("failed-midway", "completed")
    site.launch()
    site.client.resume_job(fireworks.jobs[0])
    *_, ended = site._replace(project=site.restart()).launch()
    assert (ended.run.id, ended.run.state, len(fireworks.jobs)) == ("sums.1", State.COMPLETED, 1)


def test_before_another_attempt_the_end_of_the_last_one_is_confirmed(site, fireworks) -> None:
    fireworks.next_jobs("failed-midway", "completed")
    site.launch()
    fireworks.fault("get-job", "error-before", times=5)
    with pytest.raises(BackendError):
        site._replace(project=site.restart()).launch()
    assert len(fireworks.jobs) == 1
    *_, ended = site._replace(project=site.restart()).launch()
    assert (ended.run.id, len(fireworks.jobs)) == ("sums.2", 2)


@pytest.mark.parametrize("is_recorded", [True, False])
def test_a_run_of_another_account_is_not_given_up(site, fireworks, is_recorded) -> None:
    if is_recorded:
        site.launch(detach=True)
    else:
        fireworks.fault("create-job", "reset-after")
        fireworks.fault("get-job", "error-before", times=5)
        with pytest.raises(UnansweredError):
            site.launch(detach=True)
    del fireworks.service.accounts["acme"].jobs[
        fireworks.jobs[0]
    ]  # what one account may not see, the service may call missing
    site.account("zenith")
    (look,) = control.sync(site.restart())
    assert look.after.state.live
    assert look.problem.message == "sums.1 is a job of the account acme, and the key is used for zenith"


def test_one_run_that_ended_unwatched_is_fetched_whole_and_many_are_not(site, fireworks, monkeypatch) -> None:
    monkeypatch.setattr(act, "MOST_FETCHED", 1)
    site.launch(detach=True)
    fireworks.advance(10_000)
    control.sync(site.restart())
    assert [("frac_reward_zero_std" in point.values) for point in site.points()] == [True, False, False]
    control.sync(site.restart(), "sums.1")
    assert all("frac_reward_zero_std" in point.values for point in site.points())
