"""The forms of evaluator that work as they are, and what their values mean."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from rft_cli.task.entry import EvaluatorSpec
from rft_cli.task.evaluator import EvaluatorError, Score

if TYPE_CHECKING:
    from collections.abc import Callable

    from rft_cli.task.evaluator import Evaluator
    from rft_cli.task.row import Row

PLAIN = """
def evaluate(completion, record):
    return float(completion == record["answer"])
"""
WITH_PARTS = """
def evaluate(completion, record):
    return {"score": float(completion == record["answer"]), "brevity": 1 / (1 + len(completion))}
"""
ASYNC = """
import asyncio

async def evaluate(completion, record):
    await asyncio.sleep(0)
    return float(completion == record["answer"])
"""
OBJECT = """
class Judge:
    def __call__(self, completion, record):
        return int(completion == record["answer"])

evaluate = Judge()
"""
MESSAGES = """
def evaluate(messages, **kwargs):
    assert [m["role"] for m in messages] == ["user", "assistant"]
    assert kwargs["tags"] == ["sum"] and "messages" not in kwargs
    ok = messages[-1]["content"] == kwargs["ground_truth"]
    return {"score": 1.0 if ok else 0.0, "is_score_valid": True, "reason": "compared", "metrics": {}}
"""
MESSAGES_BY_NAME = """
from reward_kit import reward_function, EvaluateResult, MetricResult

@reward_function
def evaluate(messages, ground_truth, original_messages=None):
    assert len(original_messages) == 1
    ok = float(messages[-1]["content"] == ground_truth)
    return EvaluateResult(score=ok, reason="", metrics={"exact": MetricResult(score=ok, reason="")})
"""
TYPED_MESSAGES = """
from typing import List, Optional
from reward_kit import reward_function, EvaluateResult
from reward_kit.models import Message

@reward_function(id="exact")
def evaluate(messages: Optional[List[Message]], ground_truth: str = "", **kwargs) -> EvaluateResult:
    assert isinstance(messages[0], Message) and messages[0].role == "user"
    return EvaluateResult(score=float(messages[-1].content == ground_truth))
"""
ASYNC_TYPED_MESSAGES = TYPED_MESSAGES.replace("def evaluate", "async def evaluate").replace(
    "Optional[List[Message]]", "list[Message]"
)
ROW = """
from eval_protocol.models import EvaluateResult, EvaluationRow, MetricResult
from eval_protocol.pytest import SingleTurnRolloutProcessor, evaluation_test

@evaluation_test(
    input_dataset=["data.jsonl"],
    completion_params=[{"model": "accounts/fireworks/models/qwen3-0p6b", "temperature": 0.7}],
    rollout_processor=SingleTurnRolloutProcessor(),
    evaluation_test_kwargs=[{"weight": 1.0}],
    mode="pointwise",
)
def evaluate(row: EvaluationRow, weight: float, **kwargs) -> EvaluationRow:
    answers = [m for m in row.messages if m.role == "assistant"]
    assert answers[-1].content == row.last_assistant_message().content
    assert row.input_metadata.row_id is None and row.execution_metadata.rollout_id is None
    ok = weight * float(answers[-1].content == row.ground_truth)
    row.evaluation_result = EvaluateResult(
        score=ok, is_score_valid=True, reason="r", metrics={"exact": MetricResult(score=ok, reason="r")}
    )
    return row
"""
ASYNC_ROW = ROW.replace("def evaluate", "async def evaluate").replace(
    "from eval_protocol.models import EvaluateResult, EvaluationRow, MetricResult\n"
    "from eval_protocol.pytest import SingleTurnRolloutProcessor, evaluation_test\n",
    "from eval_protocol import (\n"
    "    EvaluateResult, EvaluationRow, MetricResult, SingleTurnRolloutProcessor, evaluation_test)\n",
)

FORMS = {
    "plain": (PLAIN, {}),
    "with parts": (WITH_PARTS, {"brevity"}),
    "async": (ASYNC, {}),
    "callable object": (OBJECT, {}),
    "messages": (MESSAGES, {}),
    "messages, fields by name": (MESSAGES_BY_NAME, {"exact"}),
    "messages, typed": (TYPED_MESSAGES, {}),
    "messages, typed and async": (ASYNC_TYPED_MESSAGES, {}),
    "row": (ROW, {"exact"}),
    "async row": (ASYNC_ROW, {"exact"}),
}


@pytest.mark.parametrize("concurrency", [1, 3])
@pytest.mark.parametrize("form", FORMS)
def test_each_form_scores_each_answer_against_its_row(
    loaded: Callable[..., Evaluator], rows: list[Row], form: str, concurrency: int
) -> None:
    source, parts = FORMS[form]
    evaluator = loaded(source, concurrency=concurrency)
    answers = [row.record["answer"] if row.line % 2 else "no" for row in rows]
    scores = evaluator.score(answers, rows)
    assert [score.value for score in scores] == [float(row.line % 2) for row in rows]
    assert {name for score in scores for name in score.parts} == set(parts)
    assert evaluator.score(answers, rows) == scores
    assert evaluator.score([], []) == []


@pytest.mark.parametrize(
    ("returned", "value"),
    [
        ("1", 1.0),
        ("0.25", 0.25),
        ("-3", -3.0),
        ("np.float32(0.5)", 0.5),
        ("np.float64(0.5)", 0.5),
        ("np.int64(2)", 2.0),
        ("np.array(0.5)", 0.5),
        ("{'score': np.float16(0.5)}", 0.5),
    ],
)
def test_numbers_of_every_kind_are_scores(
    loaded: Callable[..., Evaluator], rows: list[Row], returned: str, value: float
) -> None:
    source = f"import numpy as np\ndef evaluate(completion, record):\n    return {returned}\n"
    assert loaded(source).score(["a"], rows[:1]) == [Score(value, {})]


def test_what_a_call_does_to_its_record_no_later_call_sees(
    loaded: Callable[..., Evaluator], rows: list[Row]
) -> None:
    source = """
def evaluate(completion, record):
    record["tags"].append("seen")
    record["messages"][0]["content"] = "changed"
    record["new"] = 1
    return len(record["tags"])
"""
    before = [dict(row.record) for row in rows]
    evaluator = loaded(source)
    assert [score.value for score in evaluator.score(["a", "b"], [rows[0], rows[0]])] == [2.0, 2.0]
    assert [row.record for row in rows] == before
    assert rows[0].record["tags"] == ["sum"]


def test_prints_go_to_standard_error(
    loaded: Callable[..., Evaluator], rows: list[Row], capsys: pytest.CaptureFixture[str]
) -> None:
    source = "print('loading')\ndef evaluate(completion, record):\n    print('scoring')\n    return 1\n"
    loaded(source).score(["a"], rows[:1])
    assert capsys.readouterr() == ("", "loading\nscoring\n")


def test_a_change_of_folder_stays_with_the_evaluator(
    loaded: Callable[..., Evaluator], rows: list[Row]
) -> None:
    source = """
import os
from pathlib import Path
os.chdir(os.path.dirname(__file__))

def evaluate(completion, record):
    return float(Path("score.py").exists())
"""
    evaluator = loaded(source)
    assert [evaluator.score(["a"], rows[:1])[0].value for _ in range(2)] == [1.0, 1.0]


def test_modules_beside_the_evaluator_and_at_the_root_can_be_imported(
    loaded: Callable[..., Evaluator], rows: list[Row], tmp_path
) -> None:
    (tmp_path / "evaluators").mkdir()
    (tmp_path / "evaluators" / "beside_it.py").write_text("ONE = 1\n", encoding="utf-8")
    (tmp_path / "at_the_root.py").write_text("TWO = 2\n", encoding="utf-8")
    (tmp_path / "evaluators" / "random.py").write_text("raise RuntimeError('not me')\n", encoding="utf-8")
    sys.modules.pop("random", None)
    source = """
from beside_it import ONE
from at_the_root import TWO
import random

def evaluate(completion, record):
    return ONE + TWO
"""
    assert loaded(source).score(["a"], rows[:1]) == [Score(3.0, {})]


def test_an_edit_within_the_same_second_is_seen(loaded: Callable[..., Evaluator], rows: list[Row]) -> None:
    for value in (1, 2, 3):
        source = f"def evaluate(completion, record):\n    return {value}\n"
        assert loaded(source).score(["a"], rows[:1]) == [Score(float(value), {})]


def test_a_module_of_the_users_with_the_protocols_name_is_the_users(
    loaded: Callable[..., Evaluator], rows: list[Row], tmp_path
) -> None:
    (tmp_path / "evaluators").mkdir()
    (tmp_path / "evaluators" / "eval_protocol.py").write_text("SCORE = 0.75\n", encoding="utf-8")
    source = "from eval_protocol import SCORE\ndef evaluate(completion, record):\n    return SCORE\n"
    assert loaded(source).score(["a"], rows[:1]) == [Score(0.75, {})]


@pytest.mark.parametrize(
    ("decorator", "signature", "message"),
    [
        (
            '@evaluation_test(mode="all")',
            "rows",
            "evaluators/score.py:4: `evaluate` scores in the mode 'all', which needs many answers at once",
        ),
        (
            "@evaluation_test()",
            "rows",
            "evaluators/score.py:4: `evaluate` scores many rows at once, which a single answer cannot be given to",
        ),
        (
            "@evaluation_test(rollout_processor=AgentRolloutProcessor())",
            "row",
            "evaluators/score.py:4: `evaluate` scores what AgentRolloutProcessor rolls out; "
            "here a model gives one answer to a prompt",
        ),
    ],
)
def test_what_one_answer_to_one_prompt_cannot_satisfy_is_refused(
    loaded: Callable[..., Evaluator], decorator: str, signature: str, message: str
) -> None:
    source = f"""from eval_protocol.pytest import evaluation_test
class AgentRolloutProcessor: pass
{decorator}
def evaluate({signature}):
    return {signature}
"""
    with pytest.raises(EvaluatorError) as caught:
        loaded(source)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("value", "spec"),
    [
        ("evaluators/a.py:grade", EvaluatorSpec("evaluators/a.py", "grade")),
        ("evaluators/a.py::grade", EvaluatorSpec("evaluators/a.py", "grade")),
        ("evaluators/a.py", EvaluatorSpec("evaluators/a.py", "evaluate")),
        ({"entry": "a.py"}, EvaluatorSpec("a.py", "evaluate", (), 30.0, 1, "fail")),
        (
            {"entry": "a.py:f", "env": ["KEY"], "timeout_s": 5, "concurrency": 8, "on_error": "zero"},
            EvaluatorSpec("a.py", "f", ("KEY",), 5.0, 8, "zero"),
        ),
    ],
)
def test_a_config_value_becomes_a_spec(value: str | dict[str, object], spec: EvaluatorSpec) -> None:
    assert EvaluatorSpec.from_config(value) == spec


def test_the_installed_package_is_used_and_its_test_wrapper_looked_behind(
    loaded: Callable[..., Evaluator], rows: list[Row], tmp_path
) -> None:
    package = tmp_path / "evaluators" / "eval_protocol"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "models.py").write_text(
        """
from types import SimpleNamespace

class EvaluationRow(SimpleNamespace):
    evaluation_result = None

class EvaluateResult(SimpleNamespace):
    pass
""",
        encoding="utf-8",
    )
    (package / "pytest.py").write_text(
        """
from types import SimpleNamespace

def evaluation_test(**settings):
    def decorate(function):
        async def run_under_pytest(*args, **kwargs):
            raise AssertionError("meant for pytest")
        run_under_pytest._origin_func = function
        run_under_pytest.__ep_params__ = SimpleNamespace(mode="pointwise", rollout_processor=None)
        return run_under_pytest
    return decorate
""",
        encoding="utf-8",
    )
    source = """
from eval_protocol.models import EvaluateResult, EvaluationRow
from eval_protocol.pytest import evaluation_test

@evaluation_test(input_dataset=["data.jsonl"])
def evaluate(row: EvaluationRow) -> EvaluationRow:
    part = EvaluateResult(score=0.5, reason="")
    ok = float(row.messages[-1]["content"] == row.ground_truth)
    row.evaluation_result = EvaluateResult(score=ok, is_score_valid=True, metrics={"half": part})
    return row
"""
    assert loaded(source).score(["2"], rows[:1]) == [Score(1.0, {"half": 0.5})]
