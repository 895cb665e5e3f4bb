from __future__ import annotations

from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rft_cli.backends.local.shape.job import CONTEXT, payload, schedule
from rft_cli.backends.local.shape.opinions import RULES
from rft_cli.rules.engine import check_config
from rft_cli.trainer.rehearsal.examples import steps_per_pass
from rft_cli.trainer.rehearsal.model import CONTEXT as MODEL_CONTEXT


def test_the_context_is_the_models() -> None:
    assert CONTEXT == MODEL_CONTEXT


@pytest.mark.parametrize(
    ("overrides", "rows", "expected"),
    [
        ((), 256, (4, 16, 64)),
        ((), 257, (4, 16, 65)),
        ((), 1, (4, 16, 1)),
        (("rollout.n=8",), 256, (2, 16, 128)),
        (("rollout.n=2",), 256, (8, 16, 32)),
        (("training.batch_size=8192",), 256, (1, 4, 256)),
        (("training.batch_size=1",), 3, (1, 4, 3)),
        (("training.batch_size=131072",), 256, (16, 64, 16)),
        (("training.epochs=3",), 256, (4, 16, 192)),
        (("training.epochs=2",), 10, (4, 16, 6)),
    ],
)
def test_step_arithmetic(config, overrides, rows, expected) -> None:
    made = schedule(config(*overrides), rows)
    assert (made["prompts_per_step"], made["rollouts_per_step"], made["steps"]) == expected
    assert made["rows"] == rows


def test_what_acts_is_told_where_the_context_is_smaller(config) -> None:
    made = schedule(config(), 256)
    assert made["effective"] == {
        "training.max_context_length": 256,
        "rollout.max_tokens": 256,
        "evaluation.max_tokens": 256,
    }
    assert made["notes"] == [
        "the rehearsal model reads 256 characters, prompt and answer together; in effect: "
        "training.max_context_length 256, rollout.max_tokens 256, evaluation.max_tokens 256"
    ]


def test_nothing_is_told_where_everything_acts_as_configured(config) -> None:
    small = ("training.max_context_length=128", "rollout.max_tokens=64", "evaluation.max_tokens=128")
    made = schedule(config(*small), 256)
    assert (made["effective"], made["notes"]) == ({}, [])


@pytest.mark.parametrize(
    ("overrides", "rows", "note"),
    [
        ((), 3, "3 rows are fewer than the 4 prompts of a step: each step takes all of them"),
        ((), 1, "1 row is fewer than the 4 prompts of a step: each step takes all of them"),
        (
            ("tracking.wandb.project=mine",),
            256,
            "tracking.wandb is not used: the local backend sends nothing anywhere",
        ),
    ],
)
def test_notes(config, overrides, rows, note) -> None:
    assert schedule(config(*overrides), rows)["notes"][1:] == [note]


@given(
    rows=st.integers(1, 500), n=st.integers(2, 8), epochs=st.integers(1, 10), batch=st.integers(1, 200_000)
)
def test_steps_fit_the_order_of_rows_that_the_engine_draws(rows, n, epochs, batch) -> None:
    class Values:
        values = MappingProxyType({})

        def get(self, path: str) -> int:
            return {"rollout.n": n, "training.epochs": epochs, "training.batch_size": batch}.get(path, 64)

    made = schedule(Values(), rows)
    assert made["steps"] == epochs * steps_per_pass(rows, made["prompts_per_step"])


def test_the_job_carries_the_config_and_the_schedule(config) -> None:
    made = schedule(config(), 256)
    job = payload(config(), made, {"dataset": "d"}, force=True)
    assert job == {
        "schema_version": 1,
        "run": "<run id>",
        "config": config().values,
        "schedule": made,
        "digests": {"dataset": "d"},
        "force": True,
        "resume": False,
    }


def test_another_model_is_a_finding_at_its_place(config) -> None:
    text = "version: 1\nname: sums\nmodel: qwen3-8b\ndataset: train.jsonl\nevaluator: sums.py\n"
    (finding,) = check_config(config(text=text), rules=RULES)
    assert (finding.code, finding.severity, finding.location.line) == ("RFT703", "error", 3)
    assert finding.message == "the local backend trains one model, rehearsal, and not qwen3-8b"
    assert check_config(config(), rules=RULES) == ()
