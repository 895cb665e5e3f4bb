"""What the guide says of whole configs, asked of `lint` as a user would: which codes appear, and where nothing may."""

from __future__ import annotations

from pathlib import Path

import pytest

from rft_cli.rules.lint import lint_files

HEAD = """version: 1
model: {model}
dataset: data.jsonl
evaluator: score.py:evaluate
"""
HYPOTHESIS = "a metric asks for it"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.jsonl").write_text('{"messages": [{"role": "user", "content": "hi"}]}\n')
    (tmp_path / "score.py").write_text("def evaluate(completion, record):\n    return 1.0\n")
    return tmp_path


def codes(
    project: Path,
    values: dict[str, object],
    *,
    model: str = "rehearsal",
    goal: str = "",
    hypothesis: str = HYPOTHESIS,
) -> set[str]:
    sections: dict[str, list[str]] = {"training": [], "rollout": [], "experiment": []}
    for path, value in values.items():
        section, _, key = path.partition(".")
        sections[section].append(f"  {key}: {value}")
    sections["experiment"] += [f"  goal: {goal}"] * bool(goal) + [f"  hypothesis: {hypothesis}"] * bool(
        hypothesis
    )
    body = "".join(f"{name}:\n" + "\n".join(lines) + "\n" for name, lines in sections.items() if lines)
    (project / "run.yaml").write_text(HEAD.format(model=model) + body)
    return {finding.code for finding in lint_files(["run.yaml"], project).findings}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        pytest.param({"training.learning_rate": 4e-4}, "RFT201", marks=pytest.mark.covers("LR4")),
        pytest.param({"training.learning_rate": 2e-5}, "RFT201", marks=pytest.mark.covers("LR4")),
        pytest.param({"training.epochs": 4}, "RFT202", marks=pytest.mark.covers("EP3", "EP7")),
        pytest.param(
            {"training.epochs": 3, "training.lora_rank": 64}, "RFT205", marks=pytest.mark.covers("EP3", "RK3")
        ),
        pytest.param({"training.lora_rank": 128}, "RFT402", marks=pytest.mark.covers("RK4", "RK3")),
        pytest.param({"training.lora_rank": 4}, "RFT401", marks=pytest.mark.covers("RK7")),
        pytest.param({"rollout.temperature": 0.1}, "RFT302", marks=pytest.mark.covers("TE2")),
        pytest.param({"rollout.temperature": 1.3}, "RFT303", marks=pytest.mark.covers("TE4")),
        pytest.param({"rollout.temperature": 0.4}, "RFT301", marks=pytest.mark.covers("TE3")),
        pytest.param({"rollout.top_p": 0.5}, "RFT304", marks=pytest.mark.covers("TP2")),
        pytest.param({"rollout.top_k": 51}, "RFT306", marks=pytest.mark.covers("TK2")),
        pytest.param({"rollout.top_p": 0.5, "rollout.top_k": 5}, "RFT310", marks=pytest.mark.covers("TK3")),
        pytest.param(
            {"rollout.temperature": 0.2, "rollout.top_p": 0.3, "rollout.top_k": 5},
            "RFT309",
            marks=pytest.mark.covers("IN1"),
        ),
        pytest.param({"rollout.n": 2}, "RFT311", marks=pytest.mark.covers("NR4")),
        pytest.param({"training.max_context_length": 65536}, "RFT406", marks=pytest.mark.covers("BS1")),
    ],
)
def test_a_value_that_the_guide_warns_of_is_found(
    project: Path, values: dict[str, object], code: str
) -> None:
    assert code in codes(project, values)


@pytest.mark.covers("ST2")
def test_a_tuned_value_without_a_hypothesis_is_found(project: Path) -> None:
    changed = {"training.learning_rate": 1.5e-4}
    assert "RFT601" in codes(project, changed, hypothesis="")
    assert codes(project, changed) == set()


@pytest.mark.covers("IN2")
def test_a_batch_that_moves_without_the_rate_is_found(project: Path) -> None:
    assert "RFT204" in codes(project, {"training.batch_size": 131072}, hypothesis="")
    assert "RFT204" not in codes(project, {"training.batch_size": 131072, "training.learning_rate": 2e-4})


@pytest.mark.covers("RK5", "IN3")
@pytest.mark.parametrize(
    ("model", "rank", "code"),
    [
        ("accounts/fireworks/models/llama-v3p1-8b-instruct", 32, "RFT403"),
        ("accounts/fireworks/models/llama-v3p1-70b-instruct", 8, "RFT404"),
    ],
)
def test_a_rank_that_does_not_go_with_the_size_of_the_model_is_found(
    project: Path, model: str, rank: int, code: str
) -> None:
    assert code in codes(project, {"training.lora_rank": rank}, model=model)


@pytest.mark.parametrize(
    ("values", "goal"),
    [
        pytest.param({}, "", id="the defaults"),
        pytest.param(
            {"rollout.temperature": 0.8, "rollout.top_k": 40},
            "",
            marks=pytest.mark.covers("TK4"),
            id="the balanced pair",
        ),
        pytest.param(
            {"rollout.temperature": 0.8, "rollout.top_p": 0.9, "rollout.top_k": 40},
            "",
            marks=pytest.mark.covers("IN1"),
            id="the balanced set",
        ),
        pytest.param({"rollout.temperature": 0.3}, "safer", marks=pytest.mark.covers("TE5"), id="precision"),
        pytest.param(
            {"rollout.temperature": 1.2}, "more-creative", marks=pytest.mark.covers("TE6"), id="creative work"
        ),
        pytest.param(
            {"rollout.top_p": 0.5}, "safer", marks=pytest.mark.covers("TP2"), id="no hallucinations"
        ),
        pytest.param(
            {"rollout.n": 8}, "better-quality", marks=pytest.mark.covers("NR2"), id="quality at any cost"
        ),
        pytest.param(
            {"training.lora_rank": 32}, "higher-capacity", marks=pytest.mark.covers("RK2"), id="capacity"
        ),
        pytest.param(
            {"training.epochs": 3}, "faster-convergence", marks=pytest.mark.covers("GO1"), id="more passes"
        ),
    ],
)
def test_what_the_guide_recommends_gets_no_warning(
    project: Path, values: dict[str, object], goal: str
) -> None:
    assert codes(project, values, goal=goal) == set()


@pytest.mark.covers("RK4")
def test_a_rank_of_64_needs_no_high_end_gpus(project: Path) -> None:
    assert "RFT402" not in codes(project, {"training.lora_rank": 64})


@pytest.mark.covers("EP7")
def test_two_or_three_epochs_need_a_reason(project: Path) -> None:
    assert "RFT202" not in codes(project, {"training.epochs": 3})
    assert "RFT202" in codes(project, {"training.epochs": 3}, hypothesis="")
