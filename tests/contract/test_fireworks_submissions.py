"""What a launch on the managed service tells while it submits, and what Ctrl-C, a deadline and a killed process leave at each stage."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from services.fireworks.double import Double

from rft_cli.backends.base import Stage
from rft_cli.backends.fireworks import upload
from rft_cli.backends.fireworks.access import Access
from rft_cli.backends.fireworks.act import FireworksBackend
from rft_cli.backends.fireworks.client import FireworksClient
from rft_cli.backends.fireworks.connection import Connection
from rft_cli.errors import BackendError, ExitCode, FindingsError, InterruptionError, WaitTimeoutError
from rft_cli.render.run_views import view_for
from rft_cli.render.terminal import terminal
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.place import Place
from rft_cli.worker import State
from rft_cli.workflow import control, handover
from rft_cli.workflow.events import Detached, Event, Noted, Progressed, Submitted
from rft_cli.workflow.launch import IN_THE_FOREGROUND, launch
from rft_cli.workflow.printed import Silent, printed
from rft_cli.workflow.project import Project
from rft_cli.workflow.request import Request

ROOT = Path(__file__).parents[2]
CONFIG = """\
version: 1
name: sums
backend: fireworks
model: accounts/fireworks/models/llama-v3p1-8b-instruct
dataset: data/train.jsonl
evaluator: sums.py:evaluate
"""
ALL_THERE = CONFIG.replace("data/train.jsonl", "accounts/acme/datasets/sums").replace(
    "sums.py:evaluate", "accounts/acme/evaluators/sums-exact"
)
AT_THE_SERVICE = ("dataset=accounts/acme/datasets/sums", "evaluator=accounts/acme/evaluators/sums-exact")


class Site:
    """A project whose runs go to the double."""

    def __init__(self, root: Path, backend: FireworksBackend) -> None:
        self.root = root
        self.project = Project(Place(root, root / ".rft"), lambda _name: backend)

    def events(self, *overrides: str, **request: Any) -> Iterator[Event]:
        return launch(self.project, Request(self.root / "sums.yaml", overrides, confirmed=True, **request))

    def run(self, name: str = "sums.1"):
        with Ledger(self.project.place) as ledger:
            return ledger.run(name)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "data").mkdir()
    rows = (
        f'{{"messages": [{{"role": "user", "content": "{i}+{i}="}}], "answer": "{2 * i}"}}\n'
        for i in range(16)
    )
    (tmp_path / "data/train.jsonl").write_text("".join(rows))
    (tmp_path / "sums.py").write_text(
        "def evaluate(completion, record):\n    return float(completion == record['answer'])\n"
    )
    (tmp_path / "sums.yaml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def site(root: Path, fireworks: Double) -> Iterator[Site]:
    access = Access(fireworks.key, fireworks.url)
    with closing(Connection(access, sleep=fireworks.sleep, chance=lambda: 0.0)) as connection:
        yield Site(
            root,
            FireworksBackend(lambda _root: FireworksClient(access, connection), sleep=fireworks.sleep),
        )
        # Work that was let go of must not go on in the next test's world.
        for thread in threading.enumerate():
            if thread.name == "rft-submission":
                thread.join(20)


def interrupted(events: Iterator[Event], at: Callable[[Progressed], bool], times: int = 1) -> list[Event]:
    """All events, with Ctrl-C when one of the signs of life fits."""
    seen: list[Event] = []
    left = times
    for event in events:
        seen.append(event)
        if left and isinstance(event, Progressed) and at(event):
            left -= 1
            signal.raise_signal(signal.SIGINT)
    return seen


def stages(events: list[Event]) -> list[tuple[Stage, str]]:
    """Stage and subject of what was told, without repetitions."""
    told = [(each.progress.stage, each.progress.subject) for each in events if isinstance(each, Progressed)]
    return [each for number, each in enumerate(told) if number == 0 or told[number - 1] != each]


DATA, EVALUATOR = "data/train.jsonl", "sums.py"


def test_everything_that_is_done_is_told_before_the_run_is(site) -> None:
    events = list(site.events(detach=True))
    assert stages(events) == [
        (Stage.LOOK, ""),
        (Stage.LOOK, DATA),
        (Stage.UPLOAD, DATA),
        (Stage.WAIT, DATA),
        (Stage.READY, DATA),
        (Stage.LOOK, EVALUATOR),
        (Stage.UPLOAD, EVALUATOR),
        (Stage.WAIT, EVALUATOR),
        (Stage.READY, EVALUATOR),
        (Stage.REQUEST, ""),
    ]
    sent = [
        each.progress for each in events if isinstance(each, Progressed) and each.progress.done is not None
    ]
    size = (site.root / DATA).stat().st_size
    assert (sent[0].done, sent[0].total) == (0, size)
    assert (size, size) in [(each.done, each.total) for each in sent]
    kinds = [type(each) for each in events]
    assert kinds.index(Submitted) > max(number for number, kind in enumerate(kinds) if kind is Progressed)
    assert Noted("sums.1", IN_THE_FOREGROUND) in events
    assert events[-1] == Detached("sums.1", ExitCode.DONE)


STREAM = """\
{"stage": "look", "subject": "", "message": "looking at what the service has", "done": null, "total": null, "tries": 1}
{"stage": "look", "subject": "data/train.jsonl", "message": "looking for data/train.jsonl at the service", "done": null, "total": null, "tries": 1}
{"stage": "upload", "subject": "data/train.jsonl", "message": "uploading data/train.jsonl", "done": 0, "total": 1095, "tries": 1}
{"stage": "upload", "subject": "data/train.jsonl", "message": "uploading data/train.jsonl", "done": 1095, "total": 1095, "tries": 1}
{"stage": "wait", "subject": "data/train.jsonl", "message": "the service validates data/train.jsonl", "done": null, "total": null, "tries": 1}
{"stage": "ready", "subject": "data/train.jsonl", "message": "data/train.jsonl is ready at the service", "done": null, "total": null, "tries": 1}
{"stage": "look", "subject": "sums.py", "message": "looking for sums.py at the service", "done": null, "total": null, "tries": 1}
{"stage": "upload", "subject": "sums.py", "message": "uploading sums.py", "done": 0, "total": 0, "tries": 1}
{"stage": "upload", "subject": "sums.py", "message": "uploading sums.py", "done": 0, "total": 0, "tries": 1}
{"stage": "wait", "subject": "sums.py", "message": "the service builds sums.py", "done": null, "total": null, "tries": 1}
{"stage": "ready", "subject": "sums.py", "message": "sums.py is ready at the service", "done": null, "total": null, "tries": 1}
{"stage": "request", "subject": "", "message": "asking the service for the job JOB", "done": null, "total": null, "tries": 1}
"""
"""The bytes of the packed evaluator, which compression decides, count as none."""


def test_programs_read_the_same_as_json_lines(site, fireworks, capsys) -> None:
    view = view_for(terminal(), str, as_json=True)
    for event in site.events(detach=True):
        view.show(event)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = [line for line in lines if line["event"] == "progress"]
    assert all(line.pop("seconds") >= 0 for line in told)
    assert {(line.pop("schema_version"), line.pop("event"), line.pop("run")) for line in told} == {
        (1, "progress", "sums.1")
    }
    for line in told:
        if line["subject"] == EVALUATOR and line["total"]:
            line |= {"done": 0, "total": 0}
    text = "".join(f"{json.dumps(line)}\n" for line in told)
    assert text.replace(*fireworks.jobs, "JOB") == STREAM


def test_what_is_at_the_service_is_said_once_and_not_sent(site, fireworks) -> None:
    list(site.events(detach=True))
    again = list(site.events("training.learning_rate=1.5e-4", detach=True))
    said = {
        each.progress.message
        for each in again
        if isinstance(each, Progressed) and each.progress.stage is Stage.READY
    }
    assert said == {f"{DATA} is at the service already", f"{EVALUATOR} is at the service already"}
    assert not [each for each in again if isinstance(each, Noted) and each.message == IN_THE_FOREGROUND]
    assert len(fireworks.calls("upload-dataset")) == 1


def test_a_job_that_is_there_already_is_followed_and_that_is_said(site, fireworks) -> None:
    list(site.events(detach=True))
    (job,) = fireworks.jobs
    shutil.rmtree(site.root / ".rft")
    said = [each.progress.message for each in site.events(detach=True) if isinstance(each, Progressed)]
    assert said[-1] == f"the job {job} is at the service already: it is followed, and none is made"
    assert list(fireworks.jobs) == [job]


def test_a_run_that_was_never_started_has_an_empty_log_and_its_reason(site) -> None:
    with pytest.raises(InterruptionError):
        interrupted(site.events(), NOTHING_STARTED["upload"])
    *_, silent = printed(site.project, "sums")
    assert silent == Silent("sums.1", site.run().summary.reason)
    assert "was not started" in silent.reason


@pytest.mark.parametrize("largest", [upload.LARGEST_REQUEST, 100])
def test_an_upload_that_broke_off_begins_again_and_the_count_goes_back(
    site, fireworks, monkeypatch, largest
) -> None:
    monkeypatch.setattr(upload, "LARGEST_REQUEST", largest)
    fireworks.fault("upload-dataset" if largest > 100 else "put-object", "reset-before")
    counted = [
        (each.progress.tries, each.progress.done)
        for each in site.events(detach=True)
        if isinstance(each, Progressed) and each.progress.done is not None and each.progress.subject == DATA
    ]
    size = (site.root / DATA).stat().st_size
    assert list(dict.fromkeys(counted)) == [(1, 0), (1, size), (2, 0), (2, size)]
    assert site.run().state is State.QUEUED


def test_a_file_that_changes_while_it_is_sent_is_never_whole_at_the_service(site, fireworks) -> None:
    events = site.events(detach=True)
    for event in events:
        if (
            isinstance(event, Progressed)
            and event.progress.stage is Stage.LOOK
            and not event.progress.subject
        ):
            text = (site.root / DATA).read_text()
            (site.root / DATA).write_text(text.replace('"0"', '"1"'))
            break
    with pytest.raises(FindingsError, match="has changed"):
        list(events)
    assert fireworks.jobs == []


NOTHING_STARTED = {
    "look": lambda each: each.progress.stage is Stage.LOOK,
    "upload": lambda each: each.progress.stage is Stage.UPLOAD,
    "validation": lambda each: (each.progress.stage, each.progress.subject) == (Stage.WAIT, DATA),
    "build": lambda each: (each.progress.stage, each.progress.subject) == (Stage.WAIT, EVALUATOR),
    "last moment": lambda each: each.progress.stage is Stage.REQUEST,
}


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
@pytest.mark.parametrize("at", NOTHING_STARTED)
def test_ctrl_c_before_the_request_starts_nothing_and_the_next_launch_goes_on(
    site, fireworks, at, times
) -> None:
    with pytest.raises(InterruptionError) as caught:
        interrupted_at_once(site.events(), NOTHING_STARTED[at], times)
    assert caught.value.exit_code is ExitCode.INTERRUPTED
    assert caught.value.message.startswith("interrupted (")
    assert caught.value.message.endswith("): sums.1 was not started")
    run = site.run()
    assert (run.state, run.failure["kind"], run.failure["exit_code"]) == (
        State.FAILED,
        "interrupted",
        ExitCode.RUN_FAILED,
    )
    assert run.summary.reason == caught.value.message
    with Ledger(site.project.place) as ledger:
        assert ledger.unsettled() == ()
    *_, last = site.events(detach=True)
    assert (last, len(fireworks.jobs)) == (Detached("sums.2", ExitCode.DONE), 1)
    assert sum(entry["committed"] for entry in fireworks.calls("upload-dataset")) == 1


def test_what_was_never_started_is_not_gone_on_with_and_the_next_step_is_named(site, fireworks) -> None:
    with pytest.raises(InterruptionError):
        interrupted(site.events(), NOTHING_STARTED["upload"])
    with pytest.raises(BackendError) as caught:
        list(control.resume(site.project, "sums"))
    assert caught.value.message == "sums.1 has no job at the service"
    assert caught.value.hint == "launch the config again, which makes another attempt"
    assert (site.run().state, site.run().failure["kind"]) == (State.FAILED, "interrupted")


def interrupted_at_once(events: Iterator[Event], at: Callable[[Progressed], bool], times: int) -> None:
    """Ctrl-C once, or twice without a breath between."""
    for event in events:
        if isinstance(event, Progressed) and at(event):
            signal.raise_signal(signal.SIGINT)
            if times == 2:
                # The second one acts as if nobody listened: it hits the launch where it stands.
                events.throw(KeyboardInterrupt)  # type: ignore[attr-defined]


def asked(event: Progressed) -> bool:
    """Whether the request is on its way: the first sign of life of this stage comes before it."""
    return event.progress.stage is Stage.REQUEST and event.progress.seconds > 0


def test_ctrl_c_while_the_request_is_on_its_way_waits_for_the_answer(site, fireworks) -> None:
    fireworks.fault("create-job", "slow", seconds=0.5)
    seen = interrupted(site.events(), asked)
    assert next(each.message for each in seen if isinstance(each, Noted)).startswith("it was being asked for")
    assert seen[-1] == Detached("sums.1", ExitCode.INTERRUPTED)
    assert (site.run().state.live, len(fireworks.jobs)) == (True, 1)


def test_a_detached_launch_that_was_interrupted_says_so(site, fireworks) -> None:
    fireworks.fault("create-job", "slow", seconds=0.5)
    assert interrupted(site.events(detach=True), asked)[-1] == Detached("sums.1", ExitCode.INTERRUPTED)


def test_a_second_ctrl_c_leaves_without_the_answer_and_the_fate_is_found_out(site, fireworks) -> None:
    fireworks.fault("create-job", "slow", seconds=0.5)
    with pytest.raises(InterruptionError) as caught:
        interrupted_at_once(
            site.events(), lambda each: asked(each) and bool(fireworks.calls("create-job")), 2
        )
    assert (
        caught.value.message == "interrupted before the answer came: whether sums.1 was started is not known"
    )
    assert site.run().state is State.UNKNOWN
    for thread in threading.enumerate():
        if thread.name == "rft-submission":
            thread.join(20)
    (look,) = control.sync(site.project)
    assert (look.after.state.live, len(fireworks.jobs)) == (True, 1)
    *_, last = site.events(detach=True)
    assert (last, len(fireworks.jobs)) == (Detached("sums.1", ExitCode.DONE), 1)


def test_the_answer_is_awaited_for_so_long_and_no_longer(site, fireworks, monkeypatch) -> None:
    monkeypatch.setattr(handover, "ANSWER_SECONDS", 0.2)
    fireworks.fault("create-job", "slow", seconds=0.8)
    with pytest.raises(InterruptionError):
        interrupted(site.events(), lambda each: asked(each) and bool(fireworks.calls("create-job")))
    assert (site.run().state, len(fireworks.jobs)) == (State.UNKNOWN, 1)


def test_a_listener_that_breaks_leaves_a_record_that_says_nothing_was_started(site, fireworks) -> None:
    events = site.events()
    for event in events:
        if isinstance(event, Progressed) and event.progress.stage is Stage.UPLOAD:
            break
    events.close()  # type: ignore[attr-defined]
    assert (site.run().state, site.run().failure["kind"]) == (State.FAILED, "interrupted")
    assert fireworks.jobs == []


def test_a_deadline_ends_the_wait_for_files_and_nothing_was_started(site, fireworks) -> None:
    with pytest.raises(WaitTimeoutError) as caught:
        list(site.events(timeout=0.0))
    assert caught.value.exit_code is ExitCode.TIMEOUT
    assert caught.value.message == f"the time to wait was over (uploading {DATA}): sums.1 was not started"
    run = site.run()
    assert (run.state, run.failure["kind"], run.failure["exit_code"]) == (
        State.FAILED,
        "timeout",
        ExitCode.RUN_FAILED,
    )
    assert fireworks.jobs == []


def test_a_deadline_does_not_keep_a_run_from_being_asked_for_that_has_all_it_needs(site, fireworks) -> None:
    events = list(site.events(*AT_THE_SERVICE, timeout=0.0))
    assert (events[-1], len(fireworks.jobs)) == (Detached("sums.1", ExitCode.TIMEOUT), 1)


def test_cancelling_waits_for_a_submission_and_takes_note_that_it_was_given_up(site, fireworks) -> None:
    events = site.events()
    for event in events:
        if isinstance(event, Progressed) and event.progress.stage is Stage.UPLOAD:
            break
    found: list[control.Cancellation] = []
    other = threading.Thread(target=lambda: found.extend(control.cancel(site.project, ["sums"])))
    other.start()
    # A command brings the ledger up to date first, and then this one looks whether the run is handed over.
    assert comes(fireworks, "get-job", 2)
    assert site.run().state is State.SUBMITTING
    with pytest.raises(InterruptionError):
        interrupted(events, lambda _each: True)
    other.join(20)
    assert [(each.run.state, each.was_live) for each in found] == [(State.FAILED, True)]
    assert fireworks.calls("cancel-job") == []


def comes(fireworks: Double, operation: str, times: int = 1) -> bool:
    """Whether the service gets so many requests of a kind; waits for them."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if len(fireworks.calls(operation)) >= times:
            return True
    return False


class Launched:
    """A launch in a process of its own, which can be killed at a stage."""

    def __init__(self, root: Path, fireworks: Double) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FIREWORKS_")}
        self._environment = {**kept, **fireworks.environment, "PYTHONPATH": str(ROOT)}
        self.root = root

    def rft(self, *words: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "rft_cli", *words],
            cwd=self.root,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert "Traceback" not in done.stderr
        return done

    def ended_at(self, at: Callable[[dict[str, Any]], bool], how: signal.Signals) -> tuple[int, str]:
        """Exit code and standard error of a launch that gets a signal when a line of its stream fits, and at the note on that."""
        process = subprocess.Popen(
            [sys.executable, "-m", "rft_cli", "launch", "sums.yaml", "--yes", "--json"],
            cwd=self.root,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        is_sent = False
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "note" and event["message"].startswith("it was being asked for"):
                process.send_signal(how)
            if not is_sent and event["event"] == "progress" and at(event):
                process.send_signal(how)
                is_sent = True
        _, talk = process.communicate(timeout=60)
        return process.returncode, talk

    def state(self) -> tuple[str, str]:
        """State and reason of the newest run, after a look at the service."""
        self.rft("sync")
        (*_, newest) = json.loads(self.rft("runs", "--json").stdout)["runs"]
        return newest["state"], json.loads(self.rft("show", newest["id"], "--json").stdout)["reason"]


@pytest.fixture
def launched(root: Path, fireworks: Double) -> Launched:
    # Looking makes no time pass, so that a wait lasts until the test has ended it.
    fireworks.adjust(poll_step_s=0)
    return Launched(root, fireworks)


HELD = {"upload": "upload-dataset", "wait": "get-dataset"}
"""Stage at which a launch stands still → the request that it has made by then."""


@pytest.mark.parametrize("at", HELD)
def test_a_process_that_is_killed_before_the_request_leaves_a_run_that_failed_at_once(
    launched, site, fireworks, at
) -> None:
    operation = HELD[at]
    if operation == "upload-dataset":
        fireworks.fault(operation, "hang-before")
    code, _ = launched.ended_at(
        lambda each: each["stage"] == at and comes(fireworks, operation), signal.SIGKILL
    )
    assert code == -signal.SIGKILL
    assert launched.state() == (
        "failed",
        "the launch ended before it asked the service for the job: nothing was started",
    )
    *_, last = site.events(detach=True)
    assert (last, len(fireworks.jobs)) == (Detached("sums.2", ExitCode.DONE), 1)


@pytest.mark.parametrize(("fault", "state"), [("hang-before", "unknown"), ("hang-after", "live")])
def test_a_process_that_is_killed_during_the_request_leaves_a_run_that_is_not_given_up(
    launched, fireworks, fault, state
) -> None:
    (launched.root / "sums.yaml").write_text(ALL_THERE)
    fireworks.fault("create-job", fault)
    launched.ended_at(
        lambda each: each["stage"] == "request" and comes(fireworks, "create-job"), signal.SIGKILL
    )
    found, _ = launched.state()
    assert found == "unknown" if state == "unknown" else found in {"queued", "running"}
    again = launched.rft("launch", "sums.yaml", "--yes", "--detach")
    assert again.stdout == "sums.1\n"
    assert len(fireworks.jobs) == (0 if state == "unknown" else 1)


def test_a_second_ctrl_c_of_a_real_process_during_the_request_ends_it_at_once(launched, fireworks) -> None:
    (launched.root / "sums.yaml").write_text(ALL_THERE)
    fireworks.fault("create-job", "hang-after")
    code, talk = launched.ended_at(
        lambda each: each["stage"] == "request" and comes(fireworks, "create-job"), signal.SIGINT
    )
    assert code == ExitCode.INTERRUPTED
    # It may come while the line is being written, where nobody knows of the run any more; the record is right all the same.
    assert talk.startswith("rft: interrupted")
    assert launched.state()[0] in {"queued", "running"}
    assert len(fireworks.jobs) == 1


def test_ctrl_c_of_a_real_process_during_an_upload_ends_with_130_at_once(launched, fireworks) -> None:
    fireworks.fault("upload-dataset", "hang-before")
    code, talk = launched.ended_at(
        lambda each: each["stage"] == "upload" and comes(fireworks, "upload-dataset"), signal.SIGINT
    )
    assert code == ExitCode.INTERRUPTED
    assert talk.splitlines()[0] == f"rft: interrupted (uploading {DATA}): sums.1 was not started"
    assert launched.state()[0] == "failed"
    assert fireworks.jobs == []
