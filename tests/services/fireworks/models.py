"""Models: the public ones under the service's own account, and the adapters that jobs leave in the user's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .exchange import Answer, Call
from .fieldmask import masked
from .names import FULL_NAME, SHARED, name_of
from .paging import page
from .refusals import not_found, status

if TYPE_CHECKING:
    from .service import Account, Service


class Public(NamedTuple):
    """A base model that everybody may use."""

    identifier: str
    parameters: int
    context: int
    training_context: int
    rl_tunable: bool | None
    """None: the field is absent."""
    takes_images: bool = False


PUBLIC = (
    Public("qwen3-0p6b", 600_000_000, 40960, 8192, rl_tunable=True),
    Public("qwen3-4b", 4_000_000_000, 40960, 32768, rl_tunable=True),
    Public("qwen3-8b", 8_000_000_000, 40960, 32768, rl_tunable=True),
    Public("llama-v3p1-8b-instruct", 8_000_000_000, 131072, 32768, rl_tunable=True),
    Public("qwen3-vl-8b-instruct", 8_000_000_000, 262144, 32768, rl_tunable=True, takes_images=True),
    Public("qwen3p5-9b", 9_000_000_000, 262144, 32768, rl_tunable=False),
    Public("gpt-oss-mystery", 20_000_000_000, 131072, 32768, rl_tunable=None),
)
"""Some that were seen to be tunable, one that was seen to be refused, and a made-up one that does not say."""

OLDER_ADAPTER = "older-adapter"

TEMPLATE: dict[str, Any] = {
    "name": "",
    "displayName": "",
    "description": "",
    "createTime": None,
    "updateTime": None,
    "state": "READY",
    "status": status(),
    "kind": "HF_BASE_MODEL",
    "githubUrl": "",
    "huggingFaceUrl": "",
    "public": False,
    "tunable": False,
    "rlTunable": False,
    "supportsLora": False,
    "supportsServerless": False,
    "supportsImageInput": False,
    "supportsTools": False,
    "contextLength": 0,
    "trainingContextLength": 0,
    "baseModelDetails": None,
    "peftDetails": None,
    "fineTuningJob": "",
    "deployedModelRefs": [],
    "deprecationDate": None,
}
FIELDS = frozenset(TEMPLATE)


def public_body(model: Public, when: str) -> dict[str, Any]:
    details = {"parameterCount": str(model.parameters), "moe": False, "tunable": True, "worldSize": 1}
    body = {
        **TEMPLATE,
        "name": name_of(SHARED, "models", model.identifier),
        "displayName": model.identifier,
        "createTime": when,
        "updateTime": when,
        "public": True,
        "tunable": True,
        "rlTunable": model.rl_tunable,
        "supportsLora": True,
        "supportsServerless": True,
        "supportsImageInput": model.takes_images,
        "contextLength": model.context,
        "trainingContextLength": model.training_context,
        "baseModelDetails": details,
    }
    if model.rl_tunable is None:
        del body["rlTunable"]
    return body


def adapter_body(name: str, base: str, rank: int, job: str, when: str) -> dict[str, Any]:
    return {
        **TEMPLATE,
        "name": name,
        "displayName": name.rpartition("/")[2],
        "createTime": when,
        "updateTime": when,
        "kind": "HF_PEFT_ADDON",
        "peftDetails": {
            "baseModel": base,
            "r": rank,
            "targetModules": ["q_proj", "k_proj", "v_proj", "o_proj"],
        },
        "fineTuningJob": job,
    }


def add_adapter(service: Service, account: Account, job: Mapping[str, Any]) -> None:
    """Leave what a completed job has trained."""
    training = job["trainingConfig"]
    name = training["outputModel"]
    found = FULL_NAME.fullmatch(name)
    identifier = found[3] if found else name
    start = training["warmStartFrom"] or training["baseModel"]
    account.models[identifier] = adapter_body(
        name_of(account.identifier, "models", identifier),
        start,
        training["loraRank"],
        job["name"],
        service.clock.timestamp(),
    )


def list_all(service: Service, call: Call) -> Answer:
    account = service.readable_account(call)
    empties = service.settings.masked_fields_are_empty
    return Answer(page("models", list(account.models.values()), call.query, known=FIELDS, empties=empties))


def found(service: Service, call: Call) -> dict[str, Any]:
    account = service.readable_account(call)
    identifier = call.params["model"]
    if identifier not in account.models:
        raise not_found(name_of(account.identifier, "models", identifier))
    return account.models[identifier]


def get(service: Service, call: Call) -> Answer:
    body = found(service, call)
    return Answer(
        masked(body, call.query.get("readMask", ""), empties=service.settings.masked_fields_are_empty)
    )


def delete(service: Service, call: Call) -> Answer:
    account = service.own_account(call)
    found(service, call)
    del account.models[call.params["model"]]
    service.committed("delete-model")
    return Answer({})


def download_endpoint(service: Service, call: Call) -> Answer:
    body = found(service, call)
    urls = {}
    for filename in ("adapter_config.json", "adapter_model.safetensors"):
        key = f"{body['name']}/{filename}"
        service.storage.objects.setdefault(key, b"{}")
        urls[filename] = service.storage.url(call.base, "GET", key)
    return Answer({"filenameToSignedUrls": urls})
