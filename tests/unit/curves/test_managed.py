"""The metrics of a managed job: chunks with their distributions, or the curve alone."""

from __future__ import annotations

import json

import pytest

from rft_cli.curves.managed import managed_rows
from rft_cli.curves.read import read


def chunk(average: float, **more) -> dict:
    distribution = {"average": average, "success_count": 1600, **more}
    return {"epoch_id": "x", "metrics": {"total_count": 1600, "rollup_distribution": distribution}}


def job(chunks: dict, curves: dict | None = None, **more) -> dict:
    metrics = {"curves": curves or {}, "epoch_to_evaluation_output": chunks}
    return {"name": "accounts/a/reinforcementFineTuningJobs/j", "outputMetrics": json.dumps(metrics), **more}


def test_chunks_are_ordered_by_number_and_carry_errors_and_rollouts(tmp_path) -> None:
    path = tmp_path / "job.json"
    chunks = {"10": chunk(0.5), "2": chunk(0.2), "0": chunk(0.1)}
    path.write_text(json.dumps(job(chunks)), encoding="utf-8")
    series = read(path)
    assert series.steps.tolist() == [1, 3, 11]
    assert series.get("reward_mean").tolist() == [0.1, 0.2, 0.5]
    assert series.rollouts is not None
    assert series.rollouts.tolist() == [1600, 1600, 1600]
    error = series.error("reward_mean")
    assert error is not None
    assert error.tolist() == pytest.approx([0.0075, 0.01, 0.0125])


def test_the_error_comes_from_the_histogram_where_there_is_one() -> None:
    rows = list(managed_rows(job({"0": chunk(5.0, bins=[0, 5, 10], counts=[800, 800])})))
    assert rows[0]["reward_mean_error"] == pytest.approx((2.5**2 + 25 / 12) ** 0.5 / 40)


def test_the_curve_stands_in_where_chunks_say_nothing() -> None:
    dead = {"0": {"end_of_epoch": True, "metrics": None}}
    rows = list(managed_rows(job(dead, {"average": {"Score": [0.1, 0.14]}})))
    assert rows == [{"step": 1, "reward_mean": 0.1}, {"step": 2, "reward_mean": 0.14}]


@pytest.mark.parametrize(
    "document",
    [
        {"outputMetrics": ""},
        {"outputMetrics": "{"},
        {"outputMetrics": "null"},
        {"curves": {}},
        {"curves": {"average": []}},
        {"epoch_to_evaluation_output": {"x": 1, "0": None}},
        {"epoch_to_evaluation_output": {"0": {"metrics": {"rollup_distribution": {"average": None}}}}},
    ],
)
def test_a_job_without_a_chunk_yet_has_no_rows(document) -> None:
    assert list(managed_rows(document)) == []


def test_what_the_job_says_of_itself_is_noted_and_its_failure_kept(tmp_path) -> None:
    path = tmp_path / "job.json"
    document = job(
        {"0": chunk(0.1)},
        outputStats=json.dumps({"steps": 12, "loss_ema": -0.02}),
        status={"code": "INTERNAL", "message": "out of memory"},
    )
    path.write_text(json.dumps(document), encoding="utf-8")
    series = read(path)
    assert "the service's own figures: steps 12, loss_ema -0.02" in series.notes
    assert series.log_text == "INTERNAL: out of memory"
