"""Full suite: evaluators of the managed service load and score alike with the package `eval-protocol` and with its stand-in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.other_python import python_with

import rft_cli

pytestmark = pytest.mark.full

HERE = Path(__file__).parent
FILES = {
    "reward.py": """
from eval_protocol import reward_function
from eval_protocol.models import EvaluateResult, MetricResult

@reward_function
def evaluate(messages, ground_truth=None, **kwargs):
    ok = float(messages[-1]["content"] == ground_truth)
    part = MetricResult(score=ok, is_score_valid=True, reason="r")
    return EvaluateResult(score=ok, is_score_valid=True, reason="r", metrics={"exact": part})
""",
    "typed_reward.py": """
from typing import List
from eval_protocol import reward_function
from eval_protocol.models import EvaluateResult, Message

@reward_function(id="exact", requirements=["none"])
async def evaluate(messages: List[Message], ground_truth: str = "", **kwargs) -> EvaluateResult:
    return EvaluateResult(score=float(messages[-1].content == ground_truth), reason="r")
""",
    "row.py": """
from eval_protocol.models import EvaluateResult, EvaluationRow, MetricResult
from eval_protocol.pytest import SingleTurnRolloutProcessor, evaluation_test

@evaluation_test(
    input_dataset=["data.jsonl"],
    completion_params=[{"model": "accounts/fireworks/models/qwen3-0p6b", "temperature": 0.7}],
    rollout_processor=SingleTurnRolloutProcessor(),
    mode="pointwise",
    passed_threshold=0.5,
    num_runs=1,
)
def evaluate(row: EvaluationRow) -> EvaluationRow:
    ok = float(row.messages[-1].content == row.ground_truth and row.messages[-1].role == "assistant")
    row.evaluation_result = EvaluateResult(
        score=ok, is_score_valid=True, reason="r",
        metrics={"exact": MetricResult(score=ok, is_score_valid=True, reason="r")},
    )
    return row
""",
    "plain.py": """
def evaluate(messages, **kwargs):
    return {"score": float(messages[-1]["content"] == kwargs["ground_truth"]), "is_score_valid": True, "reason": "r"}
""",
}


def scores(python: Path | str, root: Path) -> dict[str, list[float]]:
    done = subprocess.run(
        [python, HERE / "ep_scores.py", root, *FILES],
        env={**os.environ, "PYTHONPATH": str(Path(rft_cli.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_files_for_the_service_score_alike_with_its_package_and_without(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    for name, source in FILES.items():
        (tmp_path / name).write_text(source, encoding="utf-8")
    expected = {name: [1.0, 0.0, 1.0] for name in FILES}
    assert scores(sys.executable, tmp_path) == expected
    assert scores(python_with(request.config, "eval-protocol"), tmp_path) == expected
