"""What the service says of a config before anything is made: each resource that it names is looked at. Only reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rft_cli.backends.fireworks.client import UNSUSPENDED
from rft_cli.backends.fireworks.refusals import ForbiddenError, NotFoundError, clean, field
from rft_cli.backends.fireworks.shape.body import body_of, filled_in
from rft_cli.backends.fireworks.shape.wire import ACCOUNT, is_service_name
from rft_cli.diagnostics import Finding, Severity
from rft_cli.task.entry import EvaluatorSpec

if TYPE_CHECKING:
    from rft_cli.backends.fireworks.client import FireworksClient
    from rft_cli.config import Config

UNUSABLE_DATASET = "RFT701"
UNUSABLE_EVALUATOR = "RFT702"
UNKNOWN_MODEL = "RFT703"
UNUSABLE_ACCOUNT = "RFT708"
USED_UP_QUOTA = "RFT709"

ADAPTER = "HF_PEFT_ADDON"
"""The kind of a model that is an adapter."""


def inspect(client: FireworksClient, config: Config) -> tuple[Finding, ...]:
    """What stands in the way at the service.

    Raises:
        BackendError: it cannot be asked.
        SetupError: the key is not accepted, or belongs to no single account.
    """
    return (
        *_account(client, config),
        *_dataset(client, config, "dataset"),
        *_dataset(client, config, "evaluation.dataset"),
        *_evaluator(client, config),
        *_model(client, config),
        *_quota(client, config),
    )


def _account(client: FireworksClient, config: Config) -> Iterator[Finding]:
    state = field(client.account(), "suspendState", "")
    if state not in UNSUSPENDED:
        yield _finding(
            UNUSABLE_ACCOUNT,
            config,
            "backend",
            f"the account {client.account_id} is suspended: {clean(state)}",
            "settle its billing in the dashboard, then launch again",
        )


def _dataset(client: FireworksClient, config: Config, key: str) -> Iterator[Finding]:
    name = config.get(key)
    if not name or not is_service_name(name):
        return
    found = _look(client, name)
    if found is None:
        help_ = "check the name in the dashboard, and FIREWORKS_ACCOUNT_ID"
        yield _finding(UNUSABLE_DATASET, config, key, f"the service has no data set {name}", help_)
    elif (state := field(found, "state", "")) not in ("READY", ""):
        yield _finding(
            UNUSABLE_DATASET,
            config,
            key,
            f"{name} is not READY but {clean(state)}{_status(found)}",
            "wait until it is READY, or upload it again",
        )


def _evaluator(client: FireworksClient, config: Config) -> Iterator[Finding]:
    value = config.get("evaluator")
    name = EvaluatorSpec.from_config(value).path
    if not is_service_name(name):
        return
    key = "evaluator" if isinstance(value, str) else "evaluator.entry"
    found = _look(client, name)
    if found is None:
        help_ = "check the name in the dashboard, and FIREWORKS_ACCOUNT_ID"
        yield _finding(UNUSABLE_EVALUATOR, config, key, f"the service has no evaluator {name}", help_)
        return
    state = field(found, "state", "")
    if state in ("ACTIVE", ""):
        return
    building = state == "BUILDING"
    yield _finding(
        UNUSABLE_EVALUATOR,
        config,
        key,
        f"{name} is not ACTIVE but {clean(state)}{_status(found)}",
        "a build takes some minutes: launch again when it is ACTIVE"
        if building
        else "look at its build log, and upload it again",
    )


def _model(client: FireworksClient, config: Config) -> Iterator[Finding]:
    training = filled_in(body_of(config, {}), {ACCOUNT: client.account_id})["trainingConfig"]
    warm = "warmStartFrom" in training
    name, key = (
        (training["warmStartFrom"], "fireworks.warm_start_from") if warm else (training["baseModel"], "model")
    )
    found = _look(client, name)
    if found is None:
        help_ = "see the models that can be trained in the dashboard"
        yield _finding(UNKNOWN_MODEL, config, key, f"the service has no model {name}", help_)
        return
    is_adapter = field(found, "kind", "") == ADAPTER
    if warm:
        if not is_adapter:
            help_ = f"write model: {name} and delete fireworks.warm_start_from"
            yield _finding(UNKNOWN_MODEL, config, key, f"{name} is no adapter to start from", help_)
    elif is_adapter:
        help_ = f"set fireworks.warm_start_from: {name}, and model to what it was trained on"
        yield _finding(UNKNOWN_MODEL, config, key, f"{name} is an adapter and no base model", help_)
    elif found.get("rlTunable") is False:
        help_ = "name a model that can be; the dashboard lists them"
        yield _finding(UNKNOWN_MODEL, config, key, f"{name} cannot be trained by reinforcement", help_)
    elif "rlTunable" not in found:
        yield _finding(
            UNKNOWN_MODEL,
            config,
            key,
            f"the service does not say whether {name} can be trained by reinforcement",
            "look at the model in the dashboard before the run is paid for",
        )._replace(severity=Severity.WARNING)


def _quota(client: FireworksClient, config: Config) -> Iterator[Finding]:
    for quota in client.quotas():
        limit, used = _number(quota.get("value")), _number(quota.get("usage"))
        name = field(quota, "name", "").rpartition("/")[2]
        if "gpu" in name.lower() and limit is not None and used is not None and used >= limit > 0:
            yield _finding(
                USED_UP_QUOTA,
                config,
                "backend",
                f"the account's quota {name} is used up: {used:g} of {limit:g}",
                "wait for a run to end, or ask for more in the dashboard",
            )._replace(severity=Severity.WARNING)


def _look(client: FireworksClient, name: str) -> Mapping[str, Any] | None:
    """A resource; None when there is none that this key may see."""
    try:
        return client.named(name)
    except (NotFoundError, ForbiddenError):
        return None


def _status(found: Mapping[str, Any]) -> str:
    said = clean(field(field(found, "status", {}), "message", ""))
    return f": {said}" if said else ""


def _number(value: object) -> float | None:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _finding(code: str, config: Config, path: str, message: str, help_: str) -> Finding:
    return Finding(code, Severity.ERROR, config.location(path), message, help_, path)
