"""Files of the user's on their way to the managed service, against the service double."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from services.fireworks.double import Double

from rft_cli.backends.fireworks import upload
from rft_cli.backends.fireworks.access import Access
from rft_cli.backends.fireworks.act import FireworksBackend
from rft_cli.backends.fireworks.client import FireworksClient
from rft_cli.backends.fireworks.connection import Connection
from rft_cli.backends.fireworks.packing import (
    ADAPTER,
    ADAPTER_FILE,
    FOLDER,
    SAMPLE,
    SAMPLE_FILE,
    STAND_IN_MODEL,
    pack,
)
from rft_cli.backends.fireworks.shape.wire import PACK_FORM
from rft_cli.errors import BackendError, SetupError
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.place import Place
from rft_cli.task.data import read_rows
from rft_cli.task.entry import EvaluatorSpec
from rft_cli.task.evaluator import load
from rft_cli.worker import State
from rft_cli.workflow.launch import launch
from rft_cli.workflow.project import Project
from rft_cli.workflow.request import Request

CONFIG = """\
version: 1
name: sums
backend: fireworks
model: accounts/fireworks/models/llama-v3p1-8b-instruct
dataset: data/train.jsonl
evaluator: {entry: evaluators/sums.py:evaluate, env: [JUDGE_KEY]}
"""
ROWS = "".join(
    f'{{"messages": [{{"role": "user", "content": "{i}+{i}="}}], "answer": "{2 * i}"}}\n' for i in range(16)
)

OTHER = """

def other(completion, record):
    return 1 - same(completion, record["answer"])
"""
REASON = ("experiment.hypothesis=x",)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUDGE_KEY", "judge-secret")
    for name in ("data", "evaluators"):
        (tmp_path / name).mkdir()
    (tmp_path / "data/train.jsonl").write_text(ROWS)
    (tmp_path / "evaluators/words.py").write_text("def same(a, b):\n    return float(a.strip() == b)\n")
    (tmp_path / "evaluators/sums.py").write_text(
        "from words import same\n\n\ndef evaluate(completion, record):\n    return same(completion, record['answer'])\n"
    )
    (tmp_path / "sums.yaml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def go(root: Path, fireworks: Double):
    """Launch and detach; the run."""
    access = Access(fireworks.key, fireworks.url)
    place = Place(root, root / ".rft")
    with closing(Connection(access, sleep=fireworks.sleep, chance=lambda: 0.0)) as connection:

        def go(*overrides: str):
            backend = FireworksBackend(
                lambda _root: FireworksClient(access, connection), sleep=fireworks.sleep
            )
            project = Project(place, lambda _name: backend)
            list(launch(project, Request(root / "sums.yaml", overrides, detach=True, confirmed=True)))
            with Ledger(place) as ledger:
                return ledger.run(ledger.latest("sums"))

        yield go


def test_files_go_up_are_made_usable_and_are_named_by_their_content(go, fireworks) -> None:
    run = go()
    assert run.state is State.QUEUED
    body = fireworks.job(fireworks.jobs[0])
    assert body["dataset"] == f"accounts/acme/datasets/rft-{run.record['digests']['dataset'][:24]}"
    assert re.fullmatch(r"accounts/acme/evaluators/rft-[0-9a-f]{24}", body["evaluator"])
    assert len(fireworks.calls("upload-dataset")) == 1
    assert len(fireworks.calls("validate-evaluator")) == 1
    assert run.summary.steps == 1


def test_the_same_content_is_uploaded_once(go, fireworks) -> None:
    go()
    go("training.learning_rate=1.5e-4", "experiment.hypothesis=x")
    assert len(fireworks.jobs) == 2
    assert [
        len(fireworks.calls(name))
        for name in ("create-dataset", "upload-dataset", "create-evaluator", "create-secret")
    ] == [1] * 4


@pytest.mark.parametrize("change", ["function", "timeout", "requirements", "helper"])
def test_an_evaluator_that_would_score_otherwise_is_never_taken_for_the_one_that_is_there(
    go, fireworks, root, change
) -> None:
    (root / "evaluators/sums.py").write_text((root / "evaluators/sums.py").read_text() + OTHER)
    (root / "evaluators/requirements.txt").write_text("sympy==1.13\n")
    go()
    overrides = {
        "function": ("evaluator.entry=evaluators/sums.py:other",),
        "timeout": ("evaluator.timeout_s=5", "training.learning_rate=1.5e-4"),
        "requirements": ("training.learning_rate=1.5e-4",),
        "helper": (),
    }
    if change == "requirements":
        (root / "evaluators/requirements.txt").write_text("sympy==1.14\n")
    if change == "helper":
        (root / "evaluators/words.py").write_text("def same(a, b):\n    return 1.0\n")
    go(*overrides[change], *REASON)
    used = [fireworks.job(name)["evaluator"] for name in fireworks.jobs]
    assert len(used) == len(set(used)) == 2
    assert len(fireworks.calls("validate-evaluator")) == 2


def test_a_moved_evaluator_is_built_once(go, fireworks, root) -> None:
    go()
    (root / "evaluators").rename(root / "scoring")
    go("evaluator.entry=scoring/sums.py:evaluate", "training.learning_rate=1.5e-4", *REASON)
    assert len(fireworks.jobs) == 2
    assert len(fireworks.calls("validate-evaluator")) == 1


def test_the_form_of_a_pack_is_numbered() -> None:
    """The form is a part of an evaluator's id: whoever changes the generated file raises `PACK_FORM`, and notes it here."""
    text = f"{ADAPTER}{SAMPLE}{STAND_IN_MODEL}{FOLDER}"
    assert (PACK_FORM, hashlib.sha256(text.encode()).hexdigest()[:12]) == (1, "0a9b292487e3")


def test_a_large_file_goes_to_the_store(go, fireworks, monkeypatch) -> None:
    monkeypatch.setattr(upload, "LARGEST_REQUEST", 100)
    assert go().state is State.QUEUED
    assert fireworks.calls("upload-dataset") == []
    assert len(fireworks.calls("validate-dataset")) == 1


@pytest.mark.parametrize(
    "operation", ["create-dataset", "upload-dataset", "create-evaluator", "validate-evaluator", "put-object"]
)
@pytest.mark.parametrize("kind", ["reset-before", "reset-after", "error-after"])
def test_an_upload_survives_lost_answers(go, fireworks, operation, kind) -> None:
    fireworks.fault(operation, kind)
    assert go().state is State.QUEUED
    assert len(fireworks.jobs) == 1


@pytest.mark.parametrize(("status", "longest"), [(403, 60), (400, 200)])
def test_an_upload_that_is_refused_is_told_and_not_waited_for(go, fireworks, status, longest) -> None:
    fireworks.fault("upload-dataset", "error-before", times=9, status=status)
    began = fireworks.seconds
    with pytest.raises(BackendError, match="the service refused to"):
        go()
    assert fireworks.seconds - began < longest
    assert fireworks.jobs == []


def test_the_build_log_of_a_failed_build_is_shown_and_a_second_launch_builds_again(go, fireworks) -> None:
    fireworks.adjust(evaluator_build="fails")
    with pytest.raises(BackendError) as caught:
        go()
    assert "No matching distribution found for sympyy" in caught.value.message
    assert "\n" not in caught.value.message
    assert fireworks.jobs == []
    fireworks.adjust(evaluator_build="as-uploaded")
    assert go().state is State.QUEUED


def test_a_role_that_may_not_build_is_explained(go, fireworks) -> None:
    fireworks.adjust(is_admin=False)
    with pytest.raises(BackendError) as caught:
        go()
    assert "admin role required" in caught.value.message
    assert "ask an admin" in caught.value.hint


def test_a_variable_that_is_not_set_stops_before_anything_is_sent(go, fireworks, monkeypatch) -> None:
    monkeypatch.delenv("JUDGE_KEY")
    with pytest.raises(SetupError):
        go()
    assert fireworks.jobs == []


def test_a_secret_is_kept_at_the_service_and_nowhere_here(go, fireworks, root) -> None:
    go()
    (call,) = fireworks.calls("create-secret")
    assert call["committed"]
    written = [path for path in (root / ".rft").rglob("*") if path.is_file()]
    assert [path for path in written if b"judge-secret" in path.read_bytes()] == []


def test_a_pack_holds_the_users_files_unchanged_and_repeats_itself(root) -> None:
    spec = EvaluatorSpec("evaluators/sums.py")
    content = pack(spec, root)
    assert content == pack(spec, root)
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        names = archive.getnames()
        held = archive.extractfile(f"{FOLDER}/evaluators/sums.py").read()
    assert names == [
        f"{FOLDER}/{name}"
        for name in (
            "evaluators/sums.py",
            "evaluators/words.py",
            "requirements.txt",
            ADAPTER_FILE,
            SAMPLE_FILE,
        )
    ]
    assert held == (root / "evaluators/sums.py").read_bytes()


FORMS = {
    "record": "def evaluate(completion, record):\n    return float(completion == record['answer'])\n",
    "record-with-parts": (
        "def evaluate(completion, record):\n    right = float(completion == record['answer'])\n"
        "    return {'score': 0.8 * right + 0.2, 'right': right, 'prompt': float(len(record['messages']))}\n"
    ),
    "asynchronous": "async def evaluate(completion, record):\n    return float(completion == record['answer'])\n",
    "messages": (
        "def evaluate(messages, **kwargs):\n"
        "    return {'score': float(messages[-1]['content'] == kwargs['answer']), 'reason': 'compared'}\n"
    ),
    "messages-and-names": (
        "def evaluate(messages, answer, original_messages):\n"
        "    return {'score': float(messages[-1]['content'] == answer) / len(original_messages)}\n"
    ),
    "row": (
        "from eval_protocol.models import EvaluateResult, EvaluationRow\n"
        "from eval_protocol.pytest import evaluation_test\n\n\n"
        "@evaluation_test(mode='pointwise')\n"
        "def evaluate(row: EvaluationRow) -> EvaluationRow:\n"
        "    right = row.messages[-1].content == row.answer\n"
        "    row.evaluation_result = EvaluateResult(score=float(right), reason='')\n"
        "    return row\n"
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_pack_scores_as_the_file_does(root, tmp_path_factory, form) -> None:
    (root / "evaluators/sums.py").write_text(FORMS[form])
    unpacked = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(
        fileobj=io.BytesIO(pack(EvaluatorSpec("evaluators/sums.py"), root)), mode="r:gz"
    ) as archive:
        archive.extractall(unpacked, filter="data")
    rows = read_rows(root / "data/train.jsonl", "train.jsonl").rows
    answers = [row.record["answer"] if row.line % 2 else "no" for row in rows]
    own = load(EvaluatorSpec("evaluators/sums.py"), root).score(answers, rows)
    packed = load(EvaluatorSpec(ADAPTER_FILE, "rft_evaluate"), unpacked / FOLDER).score(answers, rows)
    assert [(score.value, dict(score.parts)) for score in packed] == [
        (score.value, dict(score.parts)) for score in own
    ]
    assert len({score.value for score in own}) == 2
