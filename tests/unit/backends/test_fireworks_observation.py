from __future__ import annotations

import json

import pytest

from rft_cli.backends.fireworks.observation import chunks_of, glance, poll_of
from rft_cli.backends.fireworks.rollouts import measured, rollouts_of
from rft_cli.backends.fireworks.states import STATES, bare, meaning
from rft_cli.backends.fireworks.submission import differences
from rft_cli.worker import EventKind, State


def job(state: str = "RUNNING", averages: tuple[float, ...] = (), **fields: object) -> dict[str, object]:
    entries = {
        str(number): {
            "output_dataset_name": f"accounts/a/datasets/d-{number}",
            "metrics": {
                "total_count": 800,
                "rollup_distribution": {"average": average, "success_count": 800},
            },
        }
        for number, average in enumerate(averages)
    }
    metrics = json.dumps({"epoch_to_evaluation_output": entries}) if averages else ""
    return {
        "name": "accounts/a/reinforcementFineTuningJobs/sums-1",
        "state": f"JOB_STATE_{state}",
        "createTime": "2026-10-02T14:26:46.283798449Z",
        "completedTime": None,
        "status": {"code": "OK", "message": ""},
        "outputMetrics": metrics,
        **fields,
    }


def poll(found: dict[str, object], **known: object):
    given = {"run": "sums.1", "told": 0, "cursor": 0, "steps": 0, "stalled_since": "", **known}
    return poll_of(found, chunks_of(found), **given)  # type: ignore[arg-type]


def test_a_chunk_is_a_step_with_its_error_and_its_rollouts() -> None:
    (first, second) = chunks_of(job(averages=(0.2, 0.5)))
    assert (first.step, first.values["reward"], first.values["rollouts"]) == (1, 0.2, 800)
    assert second.values["reward_mean_error"] == pytest.approx((0.25 / 800) ** 0.5)
    assert second.dataset == "accounts/a/datasets/d-1"


@pytest.mark.parametrize(
    "metrics",
    [
        "",
        "{",
        "[]",
        "null",
        7,
        '{"epoch_to_evaluation_output": null}',
        '{"epoch_to_evaluation_output": {"0": {"metrics": null}}, "curves": {}}',
        '{"epoch_to_evaluation_output": {"0": {"metrics": [1]}, "1": [], "²": {}}, "curves": [1]}',
        '{"epoch_to_evaluation_output": {"0": {"metrics": {"rollup_distribution": {"average": NaN}}}}}',
        '{"epoch_to_evaluation_output": {"0": {"metrics": {"rollup_distribution": {"average": true}}}}}',
        '{"curves": {"average": {"Score": "high"}}}',
        '{"curves": {"average": {"Score": [null, NaN, "0.5"]}}}',
        "[" * 100_000,
    ],
)
def test_metrics_that_hold_nothing_are_no_points(metrics) -> None:
    assert chunks_of(job(outputMetrics=metrics)) == []


@pytest.mark.parametrize(
    "found", [{}, {"state": None, "status": None, "jobProgress": 3}, {"state": "JOB_STATE_NEW_WORD"}]
)
def test_a_body_with_little_in_it_is_a_live_run(found) -> None:
    seen = poll(found)
    assert seen.state.live
    assert glance(found) == glance(dict(found))


def test_only_what_is_new_is_told() -> None:
    seen = poll(job(averages=(0.2, 0.3, 0.4)), told=2, cursor=3)
    assert [(event["event"], event["step"]) for event in seen.events] == [(EventKind.METRICS, 3)]
    assert seen.cursor == 4


def test_the_first_look_says_how_long_the_run_is_and_where_to_see_it() -> None:
    seen = poll(job(), steps=3)
    assert [event["event"] for event in seen.events] == [EventKind.STARTED, EventKind.NOTE]
    assert seen.events[0]["time"] == "2026-10-02T14:26:46.283Z"


@pytest.mark.parametrize("word", STATES)
def test_every_state_that_is_no_end_is_live_and_every_end_says_why(word) -> None:
    seen = poll(job(word))
    assert (seen.raw_state, seen.state) == (word, meaning(word))
    assert bool(seen.reason) is (not seen.state.live and seen.state is not State.COMPLETED)
    assert (seen.failure is not None) is (seen.state is State.FAILED)


def test_unknown_states_pass_through() -> None:
    assert (bare("JOB_STATE_NAPPING"), meaning("NAPPING")) == ("NAPPING", State.RUNNING)


@pytest.mark.parametrize(
    ("sent", "found", "different"),
    [
        ({"a": 1, "b": ""}, {"a": 1}, []),
        ({"a": 0}, {"a": None}, []),
        ({"a": {"x": 0.04}}, {"a": {"x": 0.03999999910593033}}, []),
        ({"a": {"x": 0.04}}, {"a": {"x": 0.05}}, ["a.x"]),
        ({"dataset": "accounts/a/datasets/d"}, {"dataset": "d"}, []),
        ({"dataset": "accounts/a/datasets/d"}, {"dataset": "accounts/b/datasets/d"}, ["dataset"]),
        (
            {"displayName": "a", "wandbConfig": {"apiKey": "k"}},
            {"displayName": "b", "wandbConfig": {"apiKey": "***"}},
            [],
        ),
        ({"a": {"x": 1}}, {"a": None}, ["a.x"]),
        ({"a": 1}, {"a": 1, "more": 2}, []),
    ],
)
def test_two_jobs_are_the_same_whatever_unset_looks_like(sent, found, different) -> None:
    assert list(differences(sent, found)) == different


def answer(row: str, score: float, reason: str = "stop", tokens: int = 10) -> str:
    return json.dumps(
        {
            "messages": [{"role": "user", "content": "1+1="}, {"role": "assistant", "content": "2"}],
            "input_metadata": {"row_id": row},
            "evaluation_result": {"score": score, "metrics": {"right": {"score": score}}},
            "execution_metadata": {"finish_reason": reason, "usage": {"completion_tokens": tokens}},
        }
    )


def test_rollouts_are_grouped_by_prompt_and_measured() -> None:
    lines = [
        answer("row-4", 1.0),
        answer("row-4", 0.0, "length", 30),
        answer("row-7", 1.0),
        answer("row-7", 1.0),
        "no json",
        "{}",
    ]
    found = list(rollouts_of(2, {"a.jsonl": "\n".join(lines).encode()}, 2))
    assert [(each["group"], each["row"], each["reward"], each["advantage"]) for each in found] == [
        (0, 5, 1.0, 1.0),
        (0, 5, 0.0, -1.0),
        (1, 8, 1.0, 0.0),
        (1, 8, 1.0, 0.0),
    ]
    assert (found[0]["completion"], found[0]["parts"], found[1]["truncated"]) == ("2", {"right": 1.0}, True)
    assert measured(found) == {
        "frac_reward_zero_std": 0.5,
        "completions/clipped_ratio": 0.25,
        "completions/mean_length": 15.0,
        # Two prompts whose means are 0.5 and 1, and not four answers.
        "reward_mean_error": pytest.approx(0.25),
    }
    assert "reward_mean_error" not in measured(found[:2])
    assert measured([]) == {}


def test_equal_scores_teach_exactly_nothing() -> None:
    lines = [answer("row-1", 0.1) for _ in range(3)]  # their sum is not three times one of them
    found = rollouts_of(1, {"a.jsonl": "\n".join(lines).encode()}, 3)
    assert [each["advantage"] for each in found] == [0.0, 0.0, 0.0]


def test_what_is_no_number_in_a_chunk_leaves_the_rest_of_it() -> None:
    odd = {"average": 0.5, "success_count": "800", "counts": [1, float("nan")], "bins": [0, 0.5, 1]}
    entry = {"metrics": {"total_count": 400, "rollup_distribution": odd, "new": {}}, "output_dataset_name": 3}
    metrics = json.dumps({"epoch_to_evaluation_output": {"0": entry}, "unknown": 1})
    for held in (metrics, json.loads(metrics)):
        (chunk,) = chunks_of(job(outputMetrics=held))
        expected = {"reward": 0.5, "rollouts": 400, "reward_mean_error": 0.5 / 400**0.5}
        assert (chunk.values, chunk.dataset) == (pytest.approx(expected), "")


@pytest.mark.parametrize("word", ["EXPIRED", "DELETED"])
def test_what_nobody_ran_is_not_blamed_on_the_evaluator(word) -> None:
    failure = poll(job(word)).failure
    assert failure is not None
    assert failure["hint"] == "launch the config again"


def test_a_run_that_was_stopped_early_names_what_to_look_at() -> None:
    *_, note, end = poll(job("EARLY_STOPPED")).events
    assert (note["event"], end["event"]) == (EventKind.NOTE, EventKind.END)
    assert "rft rollouts sums.1" in note["message"]


def test_an_answer_in_parts_is_its_text_and_a_score_that_is_no_number_is_none() -> None:
    row = {
        "messages": [
            {"role": "user", "content": "?"},
            {"role": "assistant", "content": [{"type": "text", "text": "4"}, {"type": "image_url"}, 7]},
        ],
        "evaluation_result": {"score": float("nan")},
    }
    (found,) = rollouts_of(1, {"a.jsonl": json.dumps(row).encode()}, 1)
    assert (found["completion"], found["reward"]) == ("4", 0.0)
