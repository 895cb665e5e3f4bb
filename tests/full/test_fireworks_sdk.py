"""Full suite: the managed service's official client (`fireworks-ai`) drives the double and meets nothing that it does not expect."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from services.fireworks.double import Double

fireworks_sdk = pytest.importorskip("fireworks", reason="the official client comes with the extra `full`")

pytestmark = [
    pytest.mark.full,
    # What the client's own code warns of is not ours to mend.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:fireworks"),
]

ROWS = [
    {"messages": [{"role": "user", "content": f"{i}+{i}="}], "ground_truth": str(2 * i)} for i in range(5)
]


@pytest.fixture
def sdk(fireworks: Double) -> Iterator[Any]:
    """The official client, with answers held to its own types."""
    with fireworks_sdk.Fireworks(
        api_key=fireworks.key,
        account_id=fireworks.account,
        base_url=fireworks.url,
        _strict_response_validation=True,
    ) as client:
        yield client


def job_of(sdk: Any, identifier: str = "my-job", **more: Any) -> Any:
    return sdk.reinforcement_fine_tuning_jobs.create(
        reinforcement_fine_tuning_job_id=identifier,
        dataset="accounts/acme/datasets/sums",
        evaluator="accounts/acme/evaluators/sums-exact",
        display_name=identifier,
        training_config={
            "base_model": "accounts/fireworks/models/qwen3-0p6b",
            "learning_rate": 1e-4,
            "epochs": 1,
            "lora_rank": 8,
        },
        inference_parameters={
            "response_candidates_count": 4,
            "temperature": 0.7,
            "top_k": 40,
            "extra_body": json.dumps({"stop": ["\n"]}),
        },
        loss_config={"method": "GRPO", "kl_beta": 0.001},
        chunk_size=200,
        **more,
    )


def put(url: str, body: bytes) -> int:
    span = f"{len(body)},{len(body)}"
    headers = {"content-type": "application/octet-stream", "x-goog-content-length-range": span}
    return httpx.put(url, content=body, headers=headers).status_code


def test_accounts_and_models(sdk: Any) -> None:
    assert [account.name for account in sdk.accounts.list(page_size=2)] == ["accounts/acme"]
    assert sdk.accounts.get().suspend_state == "UNSUSPENDED"
    model = sdk.models.get("qwen3-8b", account_id="fireworks")
    assert (model.rl_tunable, model.state, model.base_model_details.parameter_count) == (
        True,
        "READY",
        "8000000000",
    )
    assert len(list(sdk.models.list(account_id="fireworks", page_size=3))) == 7


def test_a_data_set_goes_up_in_one_part_or_through_signed_urls(fireworks: Double, sdk: Any) -> None:
    body = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
    for name in ("small", "large"):
        made = sdk.datasets.create(
            dataset_id=name, dataset={"example_count": "5", "format": "RL", "user_uploaded": {}}
        )
        assert (made.state, made.example_count) == ("UPLOADING", "5")
    sdk.datasets.upload("small", file=("d.jsonl", body))
    urls = sdk.datasets.get_upload_endpoint("large", filename_to_size={"d.jsonl": str(len(body))})
    assert put(urls.filename_to_signed_urls["d.jsonl"], body) == 200
    sdk.datasets.validate_upload("large", body={})
    fireworks.advance(60)
    assert [sdk.datasets.get(name).state for name in ("small", "large")] == ["READY", "READY"]
    down = sdk.datasets.get_download_endpoint("large").filename_to_signed_urls
    assert httpx.get(down["d.jsonl"]).content == body
    assert sdk.datasets.update("small", display_name="other").display_name == "other"
    sdk.datasets.delete("small")
    with pytest.raises(fireworks_sdk.NotFoundError):
        sdk.datasets.get("small")


def test_an_evaluator_is_created_uploaded_built_and_rebuilt(fireworks: Double, sdk: Any) -> None:
    held, code = io.BytesIO(), b"def evaluate(row):\n    return row\n"
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        member = tarfile.TarInfo("project/judge.py")
        member.size = len(code)
        archive.addfile(member, io.BytesIO(code))
    body = held.getvalue()
    made = sdk.evaluators.create(
        evaluator_id="judge", evaluator={"display_name": "judge", "entry_point": "judge.py::evaluate"}
    )
    assert made.state == "BUILDING"
    for _ in range(2):
        urls = sdk.evaluators.get_upload_endpoint(
            "judge", filename_to_size={"project.tar.gz": str(len(body))}
        )
        assert put(urls.filename_to_signed_urls["project.tar.gz"], body) == 200
        sdk.evaluators.validate_upload("judge", body={})
        fireworks.advance(600)
        built = sdk.evaluators.get("judge")
        assert (built.state, built.status.message) == ("ACTIVE", "Template built successfully")
        assert sdk.evaluators.update("judge", prepare_code_upload=True).state == "BUILDING"
    log = sdk.evaluators.get_build_log_endpoint("judge").build_log_signed_uri
    assert "template built" in httpx.get(log).text
    assert {each.state for each in sdk.evaluators.list()} == {"ACTIVE", "BUILDING", "BUILD_FAILED"}


def test_secrets(sdk: Any) -> None:
    sdk.secrets.create(name="openai-api-key", key_name="OPENAI_API_KEY", value="sk-secret")
    sdk.secrets.update("openai-api-key", key_name="OPENAI_API_KEY", value="sk-other")
    assert [(each.key_name, each.value) for each in sdk.secrets.list()] == [("OPENAI_API_KEY", "")]
    sdk.secrets.delete("openai-api-key")
    with pytest.raises(fireworks_sdk.NotFoundError):
        sdk.secrets.get("openai-api-key")


def test_a_job_is_created_followed_to_its_end_and_read(fireworks: Double, sdk: Any) -> None:
    made = job_of(sdk, evaluation_dataset="accounts/acme/datasets/sums", max_concurrent_rollouts=32)
    assert (made.state, made.create_time.tzinfo is not None) == ("JOB_STATE_PENDING", True)
    assert (made.inference_parameters.top_k, made.loss_config.method) == (40, "GRPO")
    states = []
    while not states or states[-1] != "JOB_STATE_COMPLETED":
        job = sdk.reinforcement_fine_tuning_jobs.get("my-job")
        states += [job.state] if states[-1:] != [job.state] else []
    expected = ["PENDING", "VALIDATING", "RUNNING", "WRITING_RESULTS", "COMPLETED"]
    assert states == [f"JOB_STATE_{each}" for each in expected]
    assert (job.job_progress.percent, job.status.code, job.status.message) == (97, "OK", "Training completed")
    assert len(json.loads(job.output_metrics)["epoch_to_evaluation_output"]) == 3
    rollouts = sdk.datasets.get("rft-evalv3-my-job-epoch-0-chunk-2")
    assert (rollouts.format, rollouts.example_count, rollouts.created_by) == ("CHAT", "400", "acme")
    assert sdk.models.get("my-job").peft_details.r == 8
    masked = sdk.reinforcement_fine_tuning_jobs.get("my-job", read_mask="name,state,dataset,evaluator")
    assert (masked.state, masked.training_config) == ("JOB_STATE_COMPLETED", None)


def test_the_client_pages_filters_and_sorts(fireworks: Double, sdk: Any) -> None:
    fireworks.add_jobs(7)
    found = sdk.reinforcement_fine_tuning_jobs.list(page_size=3, order_by="name desc")
    assert [job.name[-4:] for job in found][:2] == ["0006", "0005"]
    assert len(fireworks.calls("list-jobs")) == 3
    filtered = sdk.reinforcement_fine_tuning_jobs.list(filter='display_name="job-0003"')
    assert [job.display_name for job in filtered] == ["job-0003"]


def test_cancel_resume_and_delete(fireworks: Double, sdk: Any) -> None:
    jobs = sdk.reinforcement_fine_tuning_jobs
    fireworks.next_jobs("completed", "failed-midway", "completed")
    job_of(sdk, "to-cancel")
    jobs.cancel("to-cancel", body={})
    assert jobs.get("to-cancel").state == "JOB_STATE_CANCELLING"
    job_of(sdk, "to-resume")
    fireworks.advance(3600)
    assert [jobs.get(each).state for each in ("to-cancel", "to-resume")] == [
        "JOB_STATE_CANCELLED",
        "JOB_STATE_FAILED",
    ]
    assert jobs.resume("to-resume", body={}).state == "JOB_STATE_PENDING"
    with pytest.raises(fireworks_sdk.BadRequestError):
        jobs.resume("to-cancel", body={})
    jobs.delete("to-cancel")
    fireworks.advance(3600)
    with pytest.raises(fireworks_sdk.NotFoundError):
        jobs.get("to-cancel")
    assert jobs.get("to-resume").state == "JOB_STATE_COMPLETED"


def test_refusals_become_the_clients_exceptions(fireworks: Double, sdk: Any) -> None:
    with pytest.raises(fireworks_sdk.BadRequestError) as bad:
        sdk.reinforcement_fine_tuning_jobs.create(dataset="x", evaluator="y")
    assert bad.value.body["code"] == 3
    with pytest.raises(fireworks_sdk.AuthenticationError):
        sdk.with_options(api_key="fw_wrong").accounts.get()
    fireworks.adjust(is_admin=False)
    with pytest.raises(fireworks_sdk.PermissionDeniedError, match="admin role required"):
        sdk.evaluators.create(evaluator_id="judge", evaluator={})
    fireworks.adjust(gpus_available=0)
    with pytest.raises(fireworks_sdk.RateLimitError) as quota:
        job_of(sdk.with_options(max_retries=0))
    assert quota.value.body["details"][0]["metadata"] == {"quota_required": "8", "quota_available": "0"}


@pytest.mark.parametrize("kind", ["reset-before", "error-before", "empty-before"])
def test_the_client_repeats_what_was_lost_before_the_commit(fireworks: Double, sdk: Any, kind: str) -> None:
    fireworks.fault("create-job", kind)
    assert job_of(sdk).state == "JOB_STATE_PENDING"
    assert fireworks.calls("create-job")[1]["headers"]["x-stainless-retry-count"] == "1"


@pytest.mark.parametrize("kind", ["reset-after", "error-after"])
def test_the_client_calls_its_own_job_a_conflict_after_a_lost_answer(
    fireworks: Double, sdk: Any, kind: str
) -> None:
    fireworks.fault("create-job", kind)
    with pytest.raises(fireworks_sdk.ConflictError):
        job_of(sdk)
    assert (fireworks.jobs, len(fireworks.calls("create-job"))) == (["my-job"], 3)


def test_without_an_id_the_client_starts_a_second_job_after_a_lost_answer(
    fireworks: Double, sdk: Any
) -> None:
    fireworks.fault("create-job", "empty-after", status=500)
    sdk.reinforcement_fine_tuning_jobs.create(
        dataset="accounts/acme/datasets/sums",
        evaluator="accounts/acme/evaluators/sums-exact",
        training_config={"base_model": "accounts/fireworks/models/qwen3-0p6b"},
    )
    assert len(fireworks.jobs) == 2


def test_the_client_passes_unknown_states_through(fireworks: Double, sdk: Any) -> None:
    loose = sdk.with_options()
    loose._strict_response_validation = False
    fireworks.next_jobs("unknown-state")
    job_of(sdk)
    fireworks.advance(240)
    assert loose.reinforcement_fine_tuning_jobs.get("my-job").state == "JOB_STATE_WAITING_FOR_THE_MOON"
