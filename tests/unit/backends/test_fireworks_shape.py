from __future__ import annotations

import pytest

from rft_cli.backends.fireworks.shape.body import body_of, filled_in
from rft_cli.backends.fireworks.shape.chunks import prompts_of_step, steps_of_run
from rft_cli.backends.fireworks.shape.steps import schedule
from rft_cli.backends.fireworks.shape.wire import ACCOUNT, PARAMETER_FIELDS, WANDB_KEY, job_id, split_name
from rft_cli.spec.document import NAME_PATTERN
from rft_cli.spec.parameters import PARAMETERS

TEXT = """\
version: 1
name: sums
backend: fireworks
model: llama-v3p1-8b-instruct
dataset: accounts/acme/datasets/sums
evaluator: accounts/acme/evaluators/sums-exact
"""


@pytest.fixture
def made(config):
    return lambda *overrides, text=TEXT: config(*overrides, text=text)


@pytest.mark.parametrize(
    ("rows", "chunk", "epochs", "prompts", "steps"),
    [
        (500, 0, 1, 200, 3),
        (400, 0, 2, 200, 4),
        (399, 0, 1, 399, 1),
        (500, 100, 1, 100, 5),
        (501, 100, 2, 100, 12),
        (500, -1, 3, 500, 3),
        (50, 200, 1, 50, 1),
        (2000, 200, 1, 200, 10),
        (1, 0, 1, 1, 1),
    ],
)
def test_a_step_is_a_chunk_and_a_last_partial_one_counts(rows, chunk, epochs, prompts, steps) -> None:
    assert (prompts_of_step(rows, chunk), steps_of_run(rows, chunk, epochs)) == (prompts, steps)


def test_a_schedule_counts_rollouts_and_says_what_is_left_out(made) -> None:
    found = schedule(made("experiment.seed=3", "training.epochs=2"), 500)
    assert (found["prompts_per_step"], found["rollouts_per_step"], found["steps"], found["rows"]) == (
        200,
        800,
        6,
        500,
    )
    assert found["notes"] == [
        "with rollout.n 4, 66% of the groups of a prompt that is answered right 10% of the time "
        "score all alike and teach nothing; 12% at 50%",
        "without evaluation.dataset runs are compared on the rewards of their chunks",
        "experiment.seed 3 tells runs apart and is not sent: the service takes no seed",
    ]


def test_rows_that_only_the_service_knows_are_not_counted(made) -> None:
    found = schedule(made(), 0)
    assert (found["prompts_per_step"], found["steps"]) == (0, 0)
    assert found["notes"][0].startswith(
        "how many rows accounts/acme/datasets/sums has is known to the service only"
    )


def test_every_parameter_is_sent_with_its_value(made) -> None:
    assert [field.path for field in PARAMETER_FIELDS] == [entry.path for entry in PARAMETERS]
    assert body_of(made("rollout.top_k=0"), {}) == {
        "displayName": "<run id>",
        "dataset": "accounts/acme/datasets/sums",
        "evaluator": "accounts/acme/evaluators/sums-exact",
        "trainingConfig": {
            "baseModel": "accounts/fireworks/models/llama-v3p1-8b-instruct",
            "learningRate": 1e-4,
            "epochs": 1,
            "loraRank": 8,
            "batchSize": 32768,
            "maxContextLength": 8192,
        },
        "inferenceParameters": {
            "temperature": 0.7,
            "topP": 1.0,
            "topK": 0,
            "responseCandidatesCount": 4,
            "maxOutputTokens": 2048,
        },
        "lossConfig": {"method": "GRPO"},
    }


def test_settings_of_the_section_have_their_wire_names(made) -> None:
    text = f"""{TEXT}fireworks:
  loss_method: gspo-token
  chunk_size: 50
  node_count: 2
  max_concurrent_rollouts: 64
  max_concurrent_evaluations: 32
  output_model: sums-adapter
  extra_body: {{chat_template_kwargs: {{enable_thinking: false}}}}
  region: US_IOWA_1
  reservation_target: ours
"""
    body = body_of(made(text=text), {})
    assert body["lossConfig"] == {"method": "GSPO_TOKEN"}
    top = ("chunkSize", "nodeCount", "maxConcurrentRollouts", "maxConcurrentEvaluations", "reservationTarget")
    assert [body[name] for name in top] == [50, 2, 64, 32, "ours"]
    assert body["trainingConfig"]["outputModel"] == f"accounts/{ACCOUNT}/models/sums-adapter"
    assert body["trainingConfig"]["region"] == "US_IOWA_1"
    assert body["inferenceParameters"]["extraBody"] == '{"chat_template_kwargs":{"enable_thinking":false}}'


def test_a_warm_start_takes_the_place_of_the_base_model(made) -> None:
    training = body_of(made("fireworks.warm_start_from=older-adapter"), {})["trainingConfig"]
    assert training["warmStartFrom"] == f"accounts/{ACCOUNT}/models/older-adapter"
    assert "baseModel" not in training


def test_files_are_named_by_their_content(made) -> None:
    text = TEXT.replace("accounts/acme/datasets/sums", "train.jsonl").replace(
        "accounts/acme/evaluators/sums-exact", "e.py:f"
    )
    body = body_of(made(text=text), {"dataset": "a" * 64, "evaluator": "b" * 64})
    assert body["dataset"] == f"accounts/{ACCOUNT}/datasets/rft-{'a' * 24}"
    assert body["evaluator"] == f"accounts/{ACCOUNT}/evaluators/rft-f23206a8c7cd5e2230c31347"


def test_a_payload_holds_placeholders_and_no_key(made) -> None:
    body = body_of(made("tracking.wandb.project=p", "fireworks.output_model=m"), {})
    assert body["wandbConfig"] == {"enabled": True, "apiKey": WANDB_KEY, "project": "p"}
    sent = filled_in(body, {ACCOUNT: "acme", WANDB_KEY: "k", "<run id>": "sums.1"})
    assert sent["wandbConfig"]["apiKey"] == "k"
    assert sent["displayName"] == "sums.1"
    assert sent["trainingConfig"]["outputModel"] == "accounts/acme/models/m"
    assert "<" not in str(sent)


@pytest.mark.parametrize("name", ["sums", "a" * 63, f"{'a' * 39}-b"])
@pytest.mark.parametrize("attempt", [1, 12345])
def test_a_job_id_is_legal_and_repeats_itself(name, attempt) -> None:
    import re

    found = job_id(name, "0123456789abcdef" * 4, attempt)
    assert re.fullmatch(NAME_PATTERN, found)
    assert found == job_id(name, "0123456789abcdef" * 4, attempt)
    assert found.endswith(f"-01234567-{attempt}")


@pytest.mark.parametrize("name", ["sums", "accounts/acme", "accounts/a/models/m/x"])
def test_only_full_names_are_split(name) -> None:
    assert split_name(name) is None
    assert split_name("accounts/acme/datasets/sums") == ("acme", "datasets", "sums")
