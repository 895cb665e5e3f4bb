"""The fields of a job: what a create may say, which type each has, and what the service fills in where nothing is said."""

from __future__ import annotations

import copy
import math
import struct
from collections.abc import Mapping
from typing import Any

from .refusals import invalid, status

METHODS = frozenset({"METHOD_UNSPECIFIED", "GRPO", "DAPO", "GSPO_TOKEN", "DPO", "ORPO"})

TRAINING: dict[str, Any] = {
    "baseModel": "",
    "batchSize": 32768,
    "batchSizeSamples": 0,
    "epochs": 1,
    "gradientAccumulationSteps": 1,
    "jinjaTemplate": "",
    "learningRate": 1e-4,
    "learningRateWarmupSteps": 0,
    "loraAlpha": 0,
    "loraDropout": 0,
    "loraRank": 8,
    "loraTargetModules": [],
    "lrScheduler": None,
    "maxContextLength": 0,
    "optimizerWeightDecay": 0,
    "outputModel": "",
    "trainerShardingScheme": None,
    "warmStartFrom": "",
}
INFERENCE: dict[str, Any] = {
    "extraBody": "",
    "maxOutputTokens": 2048,
    "responseCandidatesCount": 8,
    "temperature": 0.7,
    "topP": 1,
}
LOSS: dict[str, Any] = {"dpo": None, "klBeta": 0, "method": "METHOD_UNSPECIFIED", "orpo": None}
WANDB: dict[str, Any] = {"apiKey": "", "enabled": False, "entity": "", "project": "", "runId": "", "url": ""}
PROGRESS: dict[str, int] = {
    "cachedInputTokenCount": 0,
    "epoch": 0,
    "failedRequests": 0,
    "inputTokens": 0,
    "outputRows": 0,
    "outputTokens": 0,
    "percent": 0,
    "successfullyProcessedRequests": 0,
    "totalInputRequests": 0,
    "totalProcessedRequests": 0,
}
JOB: dict[str, Any] = {
    "name": "",
    "displayName": "",
    "createTime": None,
    "completedTime": None,
    "createdBy": "",
    "dataset": "",
    "evaluator": "",
    "evaluationDataset": "",
    "evalAutoCarveout": False,
    "state": "JOB_STATE_PENDING",
    "status": status(),
    "trainingConfig": TRAINING,
    "inferenceParameters": INFERENCE,
    "lossConfig": LOSS,
    "chunkSize": 200,
    "nodeCount": 1,
    "maxConcurrentRollouts": 0,
    "maxConcurrentEvaluations": 0,
    "wandbConfig": None,
    "awsS3Config": None,
    "azureBlobStorageConfig": None,
    "reservationTarget": "",
    "useReservation": False,
    "purpose": "PURPOSE_UNSPECIFIED",
    "encryptionState": "ENCRYPTION_STATE_PLAINTEXT",
    "acceleratorSeconds": {},
    "outputMetrics": "",
    "outputStats": "",
    "trainerLogsSignedUrl": "",
    "jobProgress": PROGRESS,
}
"""A job of which nothing was said, in the shape of a create's answer."""

WRITTEN_BY_SERVICE = frozenset(
    {
        "name",
        "createTime",
        "completedTime",
        "createdBy",
        "state",
        "status",
        "acceleratorSeconds",
        "outputMetrics",
    }
    | {"outputStats", "trainerLogsSignedUrl", "jobProgress", "encryptionState", "useReservation"}
)
"""Accepted in a create and not looked at, as output-only fields are."""

SECTIONS: dict[str, dict[str, Any]] = {
    "trainingConfig": TRAINING,
    "inferenceParameters": INFERENCE,
    "lossConfig": LOSS,
    "wandbConfig": WANDB,
}
OPTIONAL: dict[str, dict[str, Any]] = {
    "": {"maxInferenceReplicaCount": 0, "mcpServer": ""},
    "trainingConfig": {"region": "", "samplerCheckpointSaveIntervalSteps": 0},
    "inferenceParameters": {"topK": 0},
}
"""By section: fields that an answer leaves out until they are set."""

FRACTIONS = frozenset(
    {"learningRate", "optimizerWeightDecay", "loraDropout", "temperature", "topP", "klBeta"}
)
SINGLE = (("inferenceParameters", "temperature"), ("inferenceParameters", "topP"), ("lossConfig", "klBeta"))
"""Kept in 32 bits by the service."""

FIELDS = frozenset(JOB) | frozenset(OPTIONAL[""])
"""Every top-level field that an answer may have."""


def typed(field: str, value: Any, example: Any) -> Any:
    """A value in its field's type.

    Raises:
        RefusedError: it is of another type.
    """
    fits = True
    match example:
        case bool():
            fits = isinstance(value, bool)
        case int() | float():
            number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
            fits = number and (field in FRACTIONS or value == int(value))
            if fits and field not in FRACTIONS:
                value = int(value)
        case str():
            fits = isinstance(value, str)
    if not fits:
        raise invalid(f"invalid value for field {field}: {value!r}")
    return value


def merged(given: Mapping[str, Any], *, refuses_unknown: bool) -> dict[str, Any]:
    """A job from a create's body: what was said, and the service's own values for the rest.

    Raises:
        RefusedError: an unknown field, or a value of the wrong type.
    """
    job = copy.deepcopy(JOB)
    for field, value in given.items():
        if field in WRITTEN_BY_SERVICE or value is None:
            continue
        if field in SECTIONS:
            job[field] = _section(field, value, refuses_unknown=refuses_unknown)
        elif field in FIELDS:
            job[field] = typed(field, value, {**JOB, **OPTIONAL[""]}[field])
        elif refuses_unknown:
            raise invalid(f'unknown field "{field}"')
    if not job["chunkSize"]:
        job["chunkSize"] = JOB["chunkSize"]
    if not job["nodeCount"]:
        job["nodeCount"] = JOB["nodeCount"]
    return job


def _section(name: str, given: Any, *, refuses_unknown: bool) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise invalid(f"invalid value for field {name}: {given!r}")
    section = copy.deepcopy(SECTIONS[name])
    optional = OPTIONAL.get(name, {})
    for field, value in given.items():
        if field in section or field in optional:
            if value is not None:
                said = typed(field, value, {**section, **optional}[field])
                # A zero in a field that is not optional cannot be told from nothing, so the service's own value stays.
                if said not in (0, "") or field in optional or not section[field]:
                    section[field] = said
        elif refuses_unknown:
            raise invalid(f'unknown field "{field}" in {name}')
    return section


def rounded_to_single(job: dict[str, Any]) -> None:
    """Round in place what the service keeps in 32 bits."""
    for section, field in SINGLE:
        job[section][field] = struct.unpack("f", struct.pack("f", job[section][field]))[0]
