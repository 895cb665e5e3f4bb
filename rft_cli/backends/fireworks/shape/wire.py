"""The service's names: resources, ids, and which field of a job holds which key of a run config. Data and pure functions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.config.root import SERVICE_NAME_PREFIX

if TYPE_CHECKING:
    from rft_cli.task.entry import EvaluatorSpec

ACCOUNT = "<account id>"
"""Stands in a payload for the account, which is known once a key is."""

WANDB_KEY = "<WANDB_API_KEY>"
"""Stands in a payload for the key of Weights & Biases, which is read from the environment when something is submitted."""

BASE_MODELS = "accounts/fireworks/models"
"""Where the service keeps the models that can be trained."""

SERVICE_URL = "https://api.fireworks.ai"
"""Where the service is, unless the environment says otherwise."""

JOBS = "reinforcementFineTuningJobs"

LONGEST_ID = 63
"""Characters of a resource's id, and of a display name. Source: the service's rule for ids; a display name has fewer than 64."""

LONGEST_ID_NAME = 40
"""Characters of a run's name in a job's id: with two dashes, eight hexadecimal digits and an attempt it stays below 63."""

LOSS_METHODS = {"grpo": "GRPO", "dapo": "DAPO", "gspo-token": "GSPO_TOKEN"}
"""Key of a run config → the service's word."""

_OWN_ID = re.compile(r"([a-z](?:[a-z0-9-]*[a-z0-9])?)-([0-9a-f]{8})-([1-9][0-9]{0,3})", re.ASCII)

_FULL_NAME = re.compile(r"accounts/([a-z0-9-]+)/([A-Za-z]+)/([a-z0-9-]+)")


class WireField(NamedTuple):
    """Where a key of a run config stands in a job."""

    path: str
    """Dotted, in the run config."""
    section: str
    """Of the job; empty: its top."""
    name: str


PARAMETER_FIELDS: tuple[WireField, ...] = (
    WireField("training.learning_rate", "trainingConfig", "learningRate"),
    WireField("training.epochs", "trainingConfig", "epochs"),
    WireField("training.lora_rank", "trainingConfig", "loraRank"),
    WireField("training.batch_size", "trainingConfig", "batchSize"),
    WireField("training.max_context_length", "trainingConfig", "maxContextLength"),
    WireField("rollout.temperature", "inferenceParameters", "temperature"),
    WireField("rollout.top_p", "inferenceParameters", "topP"),
    WireField("rollout.top_k", "inferenceParameters", "topK"),
    WireField("rollout.n", "inferenceParameters", "responseCandidatesCount"),
    WireField("rollout.max_tokens", "inferenceParameters", "maxOutputTokens"),
)
"""The parameters; all of them are always sent, because the service's own defaults depend on how a job is made."""

SETTING_FIELDS: tuple[WireField, ...] = (
    WireField("fireworks.kl_beta", "lossConfig", "klBeta"),
    WireField("fireworks.chunk_size", "", "chunkSize"),
    WireField("fireworks.node_count", "", "nodeCount"),
    WireField("fireworks.max_concurrent_rollouts", "", "maxConcurrentRollouts"),
    WireField("fireworks.max_concurrent_evaluations", "", "maxConcurrentEvaluations"),
    WireField("fireworks.region", "trainingConfig", "region"),
    WireField("fireworks.reservation_target", "", "reservationTarget"),
)
"""Settings that are sent as they are, when they are set."""


def is_service_name(value: str) -> bool:
    """Whether a value names a resource of the service, and no file."""
    return value.startswith(SERVICE_NAME_PREFIX)


def resource(account: str, collection: str, identifier: str) -> str:
    """The full name of a resource."""
    return f"accounts/{account}/{collection}/{identifier}"


def split_name(name: str) -> tuple[str, str, str] | None:
    """Account, collection and id of a full name; None when it is none."""
    found = _FULL_NAME.fullmatch(name)
    return (found[1], found[2], found[3]) if found else None


def base_model(name: str) -> str:
    """The full name of a model that can be trained; a bare one is the service's own."""
    return name if is_service_name(name) else f"{BASE_MODELS}/{name}"


def own_model(name: str) -> str:
    """The full name of a model of the user's; a bare one is in the user's account."""
    return name if is_service_name(name) else resource(ACCOUNT, "models", name)


def content_id(digest: str) -> str:
    """The id under which content is uploaded, so that the same content is uploaded once.

    Args:
        digest: SHA-256 in hexadecimal; empty where nobody has read the file.
    """
    return f"rft-{digest[:24]}" if digest else "<digest>"


PACK_FORM = 1
"""Number of the form in which evaluators are packed; it changes with the generated file."""


def evaluator_id(spec: EvaluatorSpec, digests: Mapping[str, str]) -> str:
    """The id under which an evaluator is uploaded: another one for whatever would score otherwise.

    Args:
        spec: the function, and the limit that its pack holds.
        digests: ``evaluator``, and ``requirements`` where there are any; empty where nobody has read the files.
    """
    own = digests.get("evaluator", "")
    if not own:
        return content_id("")
    parts = [own, digests.get("requirements", ""), spec.function, f"{spec.timeout_s:g}", str(PACK_FORM)]
    return content_id(hashlib.sha256("\n".join(parts).encode()).hexdigest())


def job_id(name: str, fingerprint: str, attempt: int) -> str:
    """The id of a run's job. It is ours and follows from the record, so a create that is repeated makes one job.

    >>> job_id("arithmetic-lr-2e-4", "0123456789abcdef", 2)
    'arithmetic-lr-2e-4-01234567-2'
    """
    return f"{name[:LONGEST_ID_NAME].rstrip('-')}-{fingerprint[:8]}-{attempt}"


def split_job_id(identifier: str) -> tuple[str, str, int] | None:
    """The name as far as it is there, the beginning of the fingerprint, and the attempt; None: the id is none of ours.

    >>> split_job_id("arithmetic-lr-2e-4-01234567-2")
    ('arithmetic-lr-2e-4', '01234567', 2)
    """
    found = _OWN_ID.fullmatch(identifier)
    if found is None or len(found[1]) > LONGEST_ID_NAME:
        return None
    return found[1], found[2], int(found[3])


def is_unset(value: Any) -> bool:
    """Whether a value of a job says nothing: the service's dialect writes unset fields as zeros, empty texts and nulls."""
    return value in (None, "", 0, False) or value in ([], {})
