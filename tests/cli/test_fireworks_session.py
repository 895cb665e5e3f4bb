"""A session of commands with the managed service, each in a process of its own, as users run them; its world is the service double."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from services.fireworks.double import Double
from support.outputs import hold

from rft_cli.errors import ExitCode

ROOT = Path(__file__).parents[2]
CONFIG = """\
version: 1
name: sums
backend: fireworks
model: accounts/fireworks/models/llama-v3p1-8b-instruct
dataset: data/train.jsonl
evaluator: {entry: sums.py:evaluate, env: [JUDGE_KEY]}
tracking: {wandb: {project: sums}}
"""
SECRETS = {"JUDGE_KEY": "judge-secret-value", "WANDB_API_KEY": "wandb-secret-value"}


class Session:
    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment
        self.said = ""

    def rft(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FIREWORKS_")}
        done = subprocess.run(
            [sys.executable, "-m", "rft_cli", *words],
            cwd=self.folder,
            env={**kept, **self.environment, **environment, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert "Traceback" not in done.stderr
        hold(words, done.stdout, done.returncode)
        self.said += done.stdout + done.stderr
        return done

    def secrets_written(self, fireworks: Double) -> list[str]:
        """Those that stand in what was printed, or in any file of the project or of its temporary folder."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        assert len(files) > 5
        written = self.said.encode() + b"".join(path.read_bytes() for path in files)
        secrets = [fireworks.key, *SECRETS.values(), "X-Goog-Signature"]
        return [secret for secret in secrets if secret.encode() in written]


@pytest.fixture
def session(fireworks: Double, tmp_path: Path) -> Session:
    (tmp_path / ".git").mkdir()
    (tmp_path / "data").mkdir()
    rows = (
        f'{{"messages": [{{"role": "user", "content": "{i}+1="}}], "answer": "{i + 1}"}}\n' for i in range(20)
    )
    (tmp_path / "data/train.jsonl").write_text("".join(rows))
    (tmp_path / "sums.py").write_text(
        "def evaluate(completion, record):\n    return float(completion == record['answer'])\n"
    )
    (tmp_path / "sums.yaml").write_text(CONFIG)
    return Session(tmp_path, {**fireworks.environment, **SECRETS})


def test_a_whole_session_and_no_secret_in_anything_that_it_writes(session, fireworks) -> None:
    # Looking makes the double's time pass; the build of the evaluator is given its time while the launch waits for it.
    fireworks.adjust(poll_step_s=400)
    codes = [
        session.rft(*words).returncode for words in (("plan", "sums.yaml"), ("plan", "sums.yaml", "--json"))
    ]
    launched = session.rft("launch", "sums.yaml", "--yes", "--detach")
    codes.append(launched.returncode)
    assert codes == [0, 0, 0], launched.stderr
    fireworks.advance(10_000)
    for words in (
        ("sync",),
        ("runs",),
        ("show", "sums"),
        ("show", "sums", "--json"),
        ("rollouts", "sums", "-n", "2"),
        ("logs", "sums"),
        ("watch", "sums"),
        ("launch", "sums.yaml", "--yes"),
        ("doctor",),
    ):
        assert (words, session.rft(*words).returncode) == (words, 0)
    shown = json.loads(session.rft("show", "sums", "--json").stdout)
    assert (shown["state"], shown["steps"], shown["last"]["step"]) == ("completed", 1, 1)
    assert session.secrets_written(fireworks) == []
    assert len(fireworks.jobs) == 1


def test_a_rebuilt_ledger_says_which_runs_nobody_could_be_asked_about(session, fireworks) -> None:
    fireworks.adjust(poll_step_s=400)
    session.rft("launch", "sums.yaml", "--yes", "--detach")
    (session.folder / ".rft/ledger.db").write_bytes(b"damaged")
    rebuilt = session.rft("sync", "--rebuild", "--json", FIREWORKS_API_KEY="")
    assert rebuilt.returncode == ExitCode.SETUP
    assert "FIREWORKS_API_KEY" in rebuilt.stderr
    (problem,) = json.loads(rebuilt.stdout)["problems"]
    assert "FIREWORKS_API_KEY" in problem
    assert session.rft("sync").returncode == ExitCode.DONE


def test_what_is_made_of_runs_and_configs_holds_no_secret(session, fireworks) -> None:
    fireworks.adjust(poll_step_s=400)
    assert session.rft("rehearse", "sums.yaml").returncode == 0
    assert session.rft("launch", "sums.yaml", "--yes", "--json").returncode == 0
    changed = ("--set", "training.learning_rate=2e-4", "--set", "experiment.hypothesis=why")
    assert session.rft("launch", "sums.yaml", "--yes", "--detach", *changed).returncode == 0
    for words in (
        ("cancel", "sums.2"),
        ("resume", "sums.2"),
        ("plan", "sums.yaml", "--out", "plan.json", *changed),
        ("diff", "sums.2"),
        ("compare", "sums.1", "sums.2"),
        ("advise", "sums.1"),
        *(("export", "sums.yaml", "--to", form) for form in ("rest", "firectl", "ep", "trl")),
        ("export", "sums.1", "--to", "record", "-o", "sums.json"),
        ("import", "fireworks", fireworks.jobs[0], "-o", "again.yaml"),
        ("runs", "--remote", "--json"),
        ("note", "sums.1", "a remark"),
        ("sync", "--rebuild"),
    ):
        session.rft(*words)
    assert len(list(session.folder.glob("*.json"))) == 2
    assert session.secrets_written(fireworks) == []


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("create-job", "html-before"),
        ("upload-dataset", "error-before"),
        ("put-object", "error-before"),
        ("", ""),
    ],
)
def test_a_failure_holds_no_secret(session, fireworks, operation, kind) -> None:
    fireworks.adjust(poll_step_s=400)
    if kind:
        fireworks.fault(operation, kind, times=99, status=403)
    else:
        fireworks.adjust(evaluator_build="fails")
    done = session.rft("launch", "sums.yaml", "--yes", RFT_DEBUG="1")
    assert done.returncode == ExitCode.BACKEND, done.stderr
    session.rft("show", "sums", "--json")
    assert session.secrets_written(fireworks) == []


def test_a_plan_needs_no_key_and_no_network(session) -> None:
    session.environment = {"https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    done = session.rft("plan", "sums.yaml", "--json")
    assert done.returncode == 0
    payload = json.loads(done.stdout)["payload"]
    assert payload["wandbConfig"]["apiKey"] == "<WANDB_API_KEY>"
    assert payload["dataset"].startswith("accounts/<account id>/datasets/rft-")


def test_a_plan_counts_nothing_where_only_the_service_knows_the_rows(session) -> None:
    done = session.rft(
        "plan", "sums.yaml", "--set", "dataset=accounts/acme/datasets/sums", "--max-cost", "12Mtok"
    )
    assert done.returncode == 0
    assert "steps are not known here, × 4 rollouts a prompt, × 1 epoch" in done.stdout
    assert "at most 0" not in done.stdout
    assert "how many rows there are is not known here, so 12,000,000 tokens cannot be held" in done.stdout


@pytest.mark.parametrize(
    ("environment", "code", "said"),
    [
        ({"FIREWORKS_API_KEY": ""}, ExitCode.SETUP, "FIREWORKS_API_KEY is not set"),
        (
            {"FIREWORKS_API_KEY": "fw_wrong"},
            ExitCode.SETUP,
            "the service does not accept the key in FIREWORKS_API_KEY",
        ),
        ({"FIREWORKS_ACCOUNT_ID": "somebody"}, ExitCode.BACKEND, "the service refused to"),
        ({"FIREWORKS_BASE_URL": "http://example.com"}, ExitCode.SETUP, "would send the key unencrypted"),
        ({"WANDB_API_KEY": ""}, ExitCode.SETUP, "tracking.wandb needs WANDB_API_KEY"),
        ({"JUDGE_KEY": ""}, ExitCode.SETUP, "the environment variable JUDGE_KEY, which is empty"),
    ],
)
def test_what_is_missing_is_told_in_one_line_and_nothing_is_made(
    session, fireworks, environment, code, said
) -> None:
    done = session.rft("launch", "sums.yaml", "--yes", "--detach", **environment)
    assert done.returncode == code
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("rft: ")]
    assert said in line
    assert fireworks.jobs == []


def test_a_paused_run_is_not_said_to_go_on(session, fireworks) -> None:
    fireworks.next_jobs("paused")
    fireworks.adjust(poll_step_s=400)
    done = session.rft("launch", "sums.yaml", "--yes", "--detach")
    assert done.returncode == 0, done.stderr
    fireworks.advance(10_000)
    watched = session.rft("watch", "sums", "--timeout", "1s")
    assert watched.returncode == ExitCode.TIMEOUT
    assert "it does not go on by itself" in watched.stderr
    assert "Timed out waiting: sums.1 is not over, and shows no sign of life." in watched.stderr
    assert "  at service  PAUSED\n" in session.rft("show", "sums").stdout


def test_a_state_that_nobody_knows_is_shown_as_it_is(session, fireworks) -> None:
    fireworks.next_jobs("unknown-state")
    fireworks.adjust(poll_step_s=400)
    assert session.rft("launch", "sums.yaml", "--yes", "--detach").returncode == 0
    fireworks.adjust(poll_step_s=0)
    for _ in range(100):
        if fireworks.job(fireworks.jobs[0])["state"] == "JOB_STATE_WAITING_FOR_THE_MOON":
            break
        fireworks.advance(10)
    session.rft("sync")
    shown = session.rft("show", "sums").stdout
    assert shown.startswith("sums.1 running")
    assert "  at service  WAITING_FOR_THE_MOON\n" in shown


def test_a_launch_asks_for_nothing_twice(session, fireworks) -> None:
    text = CONFIG.replace("data/train.jsonl", "accounts/acme/datasets/sums")
    there = "accounts/acme/evaluators/sums-exact"
    (session.folder / "sums.yaml").write_text(
        text.replace("{entry: sums.py:evaluate, env: [JUDGE_KEY]}", there)
    )
    done = session.rft("launch", "sums.yaml", "--yes", "--detach")
    assert done.returncode == 0, done.stderr
    asked = [entry["operation"] for entry in fireworks.log()]
    assert len(asked) == len(set(asked)) <= 7
