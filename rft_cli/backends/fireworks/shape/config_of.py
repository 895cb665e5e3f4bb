"""A job of the service as the values of a run config: the way back of ``body``. Pure.

What a job leaves unset stays out of the config. The service writes unset as 0, an empty text, null or nothing, and all are one.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rft_cli.backends.fireworks.shape.wire import (
    LOSS_METHODS,
    PARAMETER_FIELDS,
    SETTING_FIELDS,
    is_unset,
    split_name,
)
from rft_cli.spec.parameter import show
from rft_cli.spec.parameters import parameter

ANSWERED = frozenset(
    {
        "name", "displayName", "createTime", "completedTime", "createdBy", "state", "status", "jobProgress",
        "acceleratorSeconds", "outputMetrics", "outputStats", "trainerLogsSignedUrl", "encryptionState", "estimatedCost",
    }
)  # fmt: skip
"""Fields of a job that say what became of it, or what it is called, and not what was asked for."""

DEFAULTS = {
    "nodeCount": 1,
    "trainingConfig.gradientAccumulationSteps": 1,
    "trainingConfig.region": "REGION_UNSPECIFIED",
    "purpose": "PURPOSE_UNSPECIFIED",
}
"""What the service fills in where nothing was asked for, so that it says nothing. Source: recorded answers to creates."""

OFF = {"rollout.top_k": 0, "rollout.top_p": 1.0}
"""Parameters of which nothing said means no limit; rft's own default would be one."""

UNSPECIFIED_METHOD = "METHOD_UNSPECIFIED"
"""The service's word for its default, which is grpo."""

SECRET = frozenset({"wandbConfig.apiKey", "wandbConfig.url", "wandbConfig.runId"})
"""Never repeated, and never missed: a run config holds no key."""


IDLE = frozenset({"maxInferenceReplicaCount", "useReservation", "awsS3Config", "azureBlobStorageConfig"})
"""Fields that a run config has no key for and that change where a job computes and what it keeps, not what it learns."""

UNTOLD = ("key", "secret", "token", "password", "credential")
"""Words in the name of a field whose text is never repeated."""


class Imported(NamedTuple):
    """What a job asked for."""

    values: dict[str, Any]
    """Nested, as a run config writes them; without ``version`` and ``name``."""
    remarks: tuple[str, ...]
    """What a run config cannot say, or says differently."""
    unset: tuple[str, ...]
    """Paths of parameters that the job leaves to the service."""
    beyond: dict[str, Any]
    """Fields of the job that act on the training and that a run config has no key for, by their dotted names."""

    @property
    def notes(self) -> tuple[str, ...]:
        """All that somebody should know who launches the config."""
        left = (
            f"the job does not set {path}: a launch will send rft's default {show(parameter(path).default)}, and the "
            "service's own may be another"
            for path in self.unset
        )
        return (*left, *self.remarks)


def config_of(job: Mapping[str, Any], warm_start_base: str = "") -> Imported:
    """The values of a run config that asks for the same job.

    Args:
        job: as the service shows it.
        warm_start_base: the model under the adapter that the job starts from, where it starts from one.
    """
    leaves = {path: value for path, value in _leaves(job) if not _says_nothing(path, value)}
    remarks: list[str] = []
    unset: list[str] = []
    beyond: dict[str, Any] = {}
    values = _task(leaves, warm_start_base, remarks)
    said = (
        *_parameters(leaves, remarks, unset),
        *_settings(leaves, remarks, beyond),
        *_others(leaves),
    )
    for path, value in said:
        section, _, key = path.partition(".")
        values.setdefault(section, {})[key] = value
    for path, value in leaves.items():
        shown = f" {show(value)}" if isinstance(value, bool | int | float) else ""
        remarks.append(f"the job sets {path}{shown}, which a run config has no key for")
        if path.partition(".")[0] not in IDLE and not _is_untold(path, value):
            beyond[path] = as_written(value)
    return Imported(values, tuple(remarks), tuple(unset), beyond)


def _is_untold(path: str, value: Any) -> bool:
    named = path.rpartition(".")[2].lower()
    return not isinstance(value, bool | int | float) and any(word in named for word in UNTOLD)


def _task(leaves: dict[str, Any], base: str, remarks: list[str]) -> dict[str, Any]:
    model = leaves.pop("trainingConfig.baseModel", "") or base
    if not model:
        remarks.append("which model the job trains is not known: write it under `model`")
    names = {
        "backend": "fireworks",
        "model": model,
        "dataset": leaves.pop("dataset", ""),
        "evaluator": leaves.pop("evaluator", ""),
    }
    return {name: value for name, value in names.items() if value}


def _parameters(leaves: dict[str, Any], remarks: list[str], unset: list[str]) -> Iterator[tuple[str, Any]]:
    for field in PARAMETER_FIELDS:
        entry = parameter(field.path)
        value = leaves.pop(f"{field.section}.{field.name}", None)
        if value is None and field.path in OFF:
            value = OFF[field.path]
        if value is None:
            unset.append(field.path)
            continue
        value = as_written(value)
        if not entry.accepts(value):
            remarks.append(
                f"{field.path} {show(value)} is outside what rft launches: rft explain {field.path}"
            )
        yield field.path, value


def _settings(
    leaves: dict[str, Any], remarks: list[str], beyond: dict[str, Any]
) -> Iterator[tuple[str, Any]]:
    for field in SETTING_FIELDS:
        path = f"{field.section}.{field.name}" if field.section else field.name
        if path in leaves:
            yield field.path, as_written(leaves.pop(path))
    words = {wire: word for word, wire in LOSS_METHODS.items()}
    method = leaves.pop("lossConfig.method", UNSPECIFIED_METHOD)
    if method not in (UNSPECIFIED_METHOD, LOSS_METHODS["grpo"]):
        if method in words:
            yield "fireworks.loss_method", words[method]
        else:
            remarks.append(f"the job's loss method {method} is none of reinforcement fine-tuning")
            beyond["lossConfig.method"] = method
    if text := leaves.pop("inferenceParameters.extraBody", ""):
        extra = _mapping(text)
        if extra is None:
            remarks.append("the job's extraBody is no JSON object and is not kept")
            beyond["inferenceParameters.extraBody"] = text
        elif extra:
            yield "fireworks.extra_body", extra


def _others(leaves: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for wire, path in _NAMES.items():
        if wire in leaves:
            yield path, leaves.pop(wire)
    enabled = leaves.pop("wandbConfig.enabled", False)
    project, entity = leaves.pop("wandbConfig.project", ""), leaves.pop("wandbConfig.entity", "")
    if enabled and project:
        yield "tracking.wandb", {"project": project} | ({"entity": entity} if entity else {})


_NAMES = {
    "evaluationDataset": "evaluation.dataset",
    "trainingConfig.warmStartFrom": "fireworks.warm_start_from",
    "trainingConfig.outputModel": "fireworks.output_model",
}
"""Names of resources; in full they mean the same on both sides."""


def _leaves(value: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, child in value.items():
        path = f"{above}.{name}" if above else name
        if path in ANSWERED:
            continue
        if isinstance(child, Mapping):
            yield from _leaves(child, path)
        else:
            yield path, child


def _says_nothing(path: str, value: Any) -> bool:
    return is_unset(value) or path in SECRET or DEFAULTS.get(path) == value


def without_own_model(job: Mapping[str, Any]) -> Mapping[str, Any]:
    """A job without the name of its trained model, where that is the one that the service would give by itself."""
    training = job.get("trainingConfig")
    if not isinstance(training, Mapping):
        return job
    own, model = (split_name(str(text or "")) for text in (job.get("name"), training.get("outputModel")))
    if own is None or model is None or model[2] != own[2]:
        return job
    return {**job, "trainingConfig": {**training, "outputModel": ""}}


def as_written(value: Any) -> Any:
    """A number as somebody wrote it: the service keeps some fractions in 32 bits, which 64 bits show with a tail.

    >>> as_written(0.03999999910593033)
    0.04
    """
    if not isinstance(value, float):
        return value
    short = float(f"{value:.6g}")
    return short if _in_32_bits(short) == value else value


def _in_32_bits(value: float) -> float:
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return value


def _mapping(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
