"""What a create of a job is refused for. Ranges are the documented ones; their texts are the documented ones where there are any."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .job_fields import METHODS
from .names import FULL_NAME, checked_display_name
from .refusals import invalid

Job = Mapping[str, Any]


def _references(job: Job) -> None:
    for field, collection in (("dataset", "datasets"), ("evaluator", "evaluators")):
        if not job[field]:
            raise invalid(f"{field} is required")
        found = FULL_NAME.fullmatch(job[field])
        if not found or found[2] != collection:
            raise invalid(f"invalid {field} {job[field]!r}: must be accounts/<account>/{collection}/<id>")


def _model(job: Job) -> None:
    training = job["trainingConfig"]
    if bool(training["baseModel"]) == bool(training["warmStartFrom"]):
        raise invalid(
            "exactly one of training_config.base_model and training_config.warm_start_from must be set"
        )


def _loss(job: Job) -> None:
    loss = job["lossConfig"]
    if loss["method"] not in METHODS:
        raise invalid(f"invalid value for enum field method: {loss['method']!r}")
    if loss["method"] in {"DPO", "ORPO"}:
        raise invalid(f"loss_config.method {loss['method']} is not for reinforcement fine-tuning")
    if loss["klBeta"] < 0:
        raise invalid("loss_config.kl_beta must not be negative")
    if loss["klBeta"] and loss["method"] in {"DAPO", "GSPO_TOKEN"}:
        raise invalid(f"loss_config.kl_beta must be 0/unset when method is {loss['method']}")


def _training(job: Job) -> None:
    training = job["trainingConfig"]
    rate = training["learningRate"]
    if not 1e-5 <= rate <= 5e-4:
        raise invalid(f"Learning rate {_short(rate)} outside valid range [1e-5, 5e-4]")
    if not 1 <= training["epochs"] <= 10:
        raise invalid(f"epochs {training['epochs']} outside valid range [1, 10]")
    if training["loraRank"] not in {4, 8, 16, 32, 64, 128}:
        raise invalid(f"lora_rank {training['loraRank']} must be one of 4, 8, 16, 32, 64, 128")
    if training["maxContextLength"] % 16:
        raise invalid(f"max_context_length {training['maxContextLength']} must be divisible by 16")
    if job["chunkSize"] != -1 and not 1 <= job["chunkSize"] <= 10_000:
        raise invalid(f"chunk_size {job['chunkSize']} outside valid range [1, 10000]")


def _short(number: float) -> str:
    mantissa, exponent = f"{number:e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}"


def _sampling(job: Job) -> None:
    given = job["inferenceParameters"]
    fine = (
        given["responseCandidatesCount"] >= 2
        and 0 < given["temperature"] <= 2
        and 0 < given["topP"] <= 1
        and 0 <= given.get("topK", 0) <= 100
        and given["maxOutputTokens"] >= 1
    )
    if not fine:
        raise invalid("Invalid rollout parameters")
    if given["extraBody"]:
        try:
            is_object = isinstance(json.loads(given["extraBody"]), dict)
        except ValueError:
            is_object = False
        if not is_object:
            raise invalid("inference_parameters.extra_body must be a JSON object in a string")


def _name(job: Job) -> None:
    checked_display_name(job["displayName"])


CHECKS: tuple[Callable[[Job], None], ...] = (_name, _references, _model, _loss, _training, _sampling)


def check(job: Job) -> None:
    """Look at a job by itself.

    Raises:
        RefusedError: the first thing that is wrong with it.
    """
    for each in CHECKS:
        each(job)


def check_model(model: Mapping[str, Any] | None, name: str, *, warm_start: bool) -> None:
    """Look at the model that a job starts from.

    Raises:
        RefusedError: it does not exist or cannot be trained.
    """
    if model is None:
        raise invalid(f"model {name} not found")
    if warm_start:
        if model["kind"] != "HF_PEFT_ADDON":
            raise invalid(f"{model['kind']} cannot be warm-started from")
        return
    if model["kind"] == "HF_PEFT_ADDON":
        raise invalid("HF_PEFT_ADDON is not a base model")
    if model.get("rlTunable") is False:
        raise invalid("model is not tunable for reinforcement fine-tuning")
