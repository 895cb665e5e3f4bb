"""The exact body of the request that makes a job, with placeholders for account, run and keys. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rft_cli.backends.base import RUN_PLACEHOLDER
from rft_cli.backends.fireworks.shape.wire import (
    ACCOUNT,
    LOSS_METHODS,
    PARAMETER_FIELDS,
    SETTING_FIELDS,
    WANDB_KEY,
    base_model,
    content_id,
    evaluator_id,
    is_service_name,
    own_model,
    resource,
)
from rft_cli.task.entry import EvaluatorSpec

if TYPE_CHECKING:
    from rft_cli.config import Config


def body_of(config: Config, digests: Mapping[str, str]) -> dict[str, Any]:
    """What is sent.

    Args:
        config: resolved and valid.
        digests: of the files that the config names, by which their content is found again at the service.
    """
    body: dict[str, Any] = {
        "displayName": RUN_PLACEHOLDER,
        "dataset": _dataset(config.get("dataset"), digests.get("dataset", "")),
        "evaluator": _evaluator(config.get("evaluator"), digests),
        "trainingConfig": _start(config),
        "inferenceParameters": {},
        "lossConfig": {"method": LOSS_METHODS[config.get("fireworks.loss_method", "grpo")]},
    }
    if held_out := config.get("evaluation.dataset"):
        body["evaluationDataset"] = _dataset(held_out, digests.get("evaluation.dataset", ""))
    for field in PARAMETER_FIELDS + SETTING_FIELDS:
        value = config.get(field.path)
        if value is not None:
            (body[field.section] if field.section else body)[field.name] = value
    if extra := config.get("fireworks.extra_body"):
        body["inferenceParameters"]["extraBody"] = json.dumps(extra, sort_keys=True, separators=(",", ":"))
    if name := config.get("fireworks.output_model"):
        body["trainingConfig"]["outputModel"] = own_model(name)
    if wandb := config.get("tracking.wandb"):
        body["wandbConfig"] = {"enabled": True, "apiKey": WANDB_KEY, **wandb}
    return body


def filled_in(body: Mapping[str, Any], places: Mapping[str, str]) -> Any:
    """A body with its placeholders replaced.

    Args:
        body: as `body_of` makes it.
        places: placeholder → what stands there.
    """

    def fill(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: fill(child) for name, child in value.items()}
        if isinstance(value, str):
            for placeholder, text in places.items():
                value = value.replace(placeholder, text)
        return value

    return fill(body)


def _start(config: Config) -> dict[str, str]:
    """What training starts from: the service takes a base model or an adapter, never both."""
    if adapter := config.get("fireworks.warm_start_from"):
        return {"warmStartFrom": own_model(adapter)}
    return {"baseModel": base_model(config.get("model"))}


def _dataset(name: str, digest: str) -> str:
    return name if is_service_name(name) else resource(ACCOUNT, "datasets", content_id(digest))


def _evaluator(value: Any, digests: Mapping[str, str]) -> str:
    spec = EvaluatorSpec.from_config(value)
    own = is_service_name(spec.path)
    return spec.path if own else resource(ACCOUNT, "evaluators", evaluator_id(spec, digests))
