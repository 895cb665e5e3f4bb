"""Evaluators: created through V2 by an admin, built from one uploaded archive, with a build log and revisions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import archives
from .exchange import Answer, Call
from .fieldmask import masked
from .names import checked_display_name, checked_id, name_of
from .paging import page
from .refusals import Code, RefusedError, invalid, not_found, not_now, status

if TYPE_CHECKING:
    from .service import Account, Service

BUILD_S = 180.0
"""About three minutes, as builds were seen to take."""

BUILD_LIMIT_S = 600.0
"""After ten minutes the service gives up."""

MESSAGES = {
    "BUILDING": status(Code.OK, "Evaluator is being built"),
    "ACTIVE": status(Code.OK, "Template built successfully"),
    "BUILD_FAILED": status(
        Code.INTERNAL,
        "Internal error occurred, please contact the Fireworks AI team at https://discord.gg/fireworks-ai",
    ),
}
"""State → the status that goes with it."""

TIMED_OUT = status(Code.DEADLINE_EXCEEDED, "Evaluator build timed out after 10 minutes")

TEMPLATE: dict[str, Any] = {
    "name": "",
    "displayName": "",
    "description": "",
    "createTime": None,
    "updateTime": None,
    "createdBy": "",
    "state": "BUILDING",
    "status": MESSAGES["BUILDING"],
    "criteria": [],
    "requirements": "",
    "entryPoint": "",
    "commitHash": "",
    "source": None,
    "defaultDataset": "",
}
WRITABLE = frozenset(
    {
        "displayName",
        "description",
        "criteria",
        "requirements",
        "entryPoint",
        "commitHash",
        "source",
        "defaultDataset",
    }
)
FIELDS = frozenset(TEMPLATE)


@dataclass(slots=True)
class Evaluator:
    """One evaluator and the build that it is in."""

    body: dict[str, Any]
    settles_at: float = math.inf
    """When the build ends; infinity: nothing was uploaded, so it never does."""
    outcome: str = "ACTIVE"
    log: str = ""
    timed_out: bool = False
    files: dict[str, str] = field(default_factory=dict)
    """File name → key in the object store."""
    versions: list[dict[str, Any]] = field(default_factory=list)

    def state(self, now: float) -> str:
        return self.outcome if now >= self.settles_at else "BUILDING"

    def is_moving(self, now: float) -> bool:
        """Whether it has not come to an end; a build that never will counts too, since time passes while one waits for it."""
        return now < self.settles_at

    def view(self, now: float) -> dict[str, Any]:
        state = self.state(now)
        shown = TIMED_OUT if self.timed_out and state == "BUILD_FAILED" else MESSAGES[state]
        return {**self.body, "state": state, "status": shown}


def add(
    service: Service, account: Account, identifier: str, given: Mapping[str, Any], state: str | None = None
) -> Evaluator:
    """Put an evaluator into an account; with a state it has been in that for long."""
    when = service.clock.timestamp()
    written = {key: value for key, value in given.items() if key in WRITABLE and value is not None}
    evaluator = Evaluator(
        {
            **TEMPLATE,
            **written,
            "name": name_of(account.identifier, "evaluators", identifier),
            "createTime": when,
            "updateTime": when,
            "createdBy": service.user,
        }
    )
    if state in {"ACTIVE", "BUILD_FAILED"}:
        evaluator.settles_at, evaluator.outcome = service.clock.seconds, str(state)
        evaluator.log = (
            "ERROR: ModuleNotFoundError: No module named 'sympy'\n" if state == "BUILD_FAILED" else "ok\n"
        )
    account.evaluators[identifier] = evaluator
    return evaluator


def create(service: Service, call: Call) -> Answer:
    account = service.own_account(call)
    service.needs_admin("CreateEvaluatorV2")
    given = call.json()
    identifier = checked_id(str(given.get("evaluatorId", "")), "evaluator_id")
    inner = given.get("evaluator")
    if not isinstance(inner, Mapping):
        raise invalid("evaluator is required")
    unknown = sorted(set(inner) - FIELDS)
    if unknown and service.settings.refuses_unknown_fields:
        raise invalid(f'unknown field "{unknown[0]}" in evaluator')
    checked_display_name(inner.get("displayName"))
    if identifier in account.evaluators:
        raise RefusedError(Code.ALREADY_EXISTS, f"evaluator {identifier} already exists")
    evaluator = add(service, account, identifier, inner)
    service.committed("create-evaluator")
    return Answer(evaluator.view(service.clock.seconds))


def found(service: Service, call: Call) -> Evaluator:
    account = service.readable_account(call)
    identifier = call.params["evaluator"]
    if identifier not in account.evaluators:
        raise not_found(name_of(account.identifier, "evaluators", identifier))
    return account.evaluators[identifier]


def get(service: Service, call: Call) -> Answer:
    evaluator = found(service, call)
    seen = evaluator.view(service.clock.seconds)
    service.looked(moving=evaluator.is_moving(service.clock.seconds))
    return Answer(
        masked(seen, call.query.get("readMask", ""), empties=service.settings.masked_fields_are_empty)
    )


def list_all(service: Service, call: Call) -> Answer:
    account = service.readable_account(call)
    now = service.clock.seconds
    bodies = [each.view(now) for each in account.evaluators.values()]
    empties = service.settings.masked_fields_are_empty
    return Answer(page("evaluators", bodies, call.query, known=FIELDS, empties=empties))


def update(service: Service, call: Call) -> Answer:
    service.own_account(call)
    service.needs_admin("UpdateEvaluator")
    evaluator = found(service, call)
    evaluator.body |= {
        key: value for key, value in call.json().items() if key in WRITABLE and value is not None
    }
    evaluator.body["updateTime"] = service.clock.timestamp()
    if call.query.get("prepareCodeUpload") == "true":
        evaluator.files.clear()
        evaluator.settles_at, evaluator.outcome, evaluator.timed_out = math.inf, "ACTIVE", False
    service.committed("update-evaluator")
    return Answer(evaluator.view(service.clock.seconds))


def delete(service: Service, call: Call) -> Answer:
    account = service.own_account(call)
    service.needs_admin("DeleteEvaluator")
    found(service, call)
    del account.evaluators[call.params["evaluator"]]
    service.committed("delete-evaluator")
    return Answer({})


def upload_endpoint(service: Service, call: Call) -> Answer:
    service.own_account(call)
    evaluator = found(service, call)
    folder = f"evaluators/{call.params['account']}/{call.params['evaluator']}/{len(evaluator.versions)}"
    urls, keys = service.signed_puts(call, folder)
    evaluator.files |= keys
    service.committed("evaluator-upload-endpoint")
    return Answer({"filenameToSignedUrls": urls})


def validate_upload(service: Service, call: Call) -> Answer:
    service.own_account(call)
    evaluator = found(service, call)
    if not evaluator.files:
        raise not_now("error validating evaluator source code objects: nothing was uploaded")
    files = {}
    for filename, key in evaluator.files.items():
        held = service.storage.objects.get(key)
        if not isinstance(held, bytes):
            raise not_now(f"error validating evaluator source code objects: {filename} was not uploaded")
        files[filename] = held
    _start_build(service, evaluator, files)
    service.committed("validate-evaluator")
    return Answer({})


def _start_build(service: Service, evaluator: Evaluator, files: dict[str, bytes]) -> None:
    names_source = bool(evaluator.body["requirements"] or evaluator.body["source"])
    made = archives.build(files, evaluator.body["entryPoint"], names_source=names_source)
    now = service.clock.seconds
    evaluator.log, evaluator.outcome = made.log, "BUILD_FAILED" if made.problem else "ACTIVE"
    evaluator.settles_at = now + BUILD_S
    match service.settings.evaluator_build:
        case "fails":
            evaluator.outcome = "BUILD_FAILED"
            evaluator.log = f"{made.log}ERROR: No matching distribution found for sympyy\n"
        case "times-out":
            evaluator.outcome, evaluator.timed_out, evaluator.settles_at = (
                "BUILD_FAILED",
                True,
                now + BUILD_LIMIT_S,
            )
        case "never-ends":
            evaluator.settles_at = math.inf
    number = len(evaluator.versions) + 1
    evaluator.versions.append(
        {
            "name": f"{evaluator.body['name']}/versions/{number}",
            "createTime": service.clock.timestamp(),
            "entryPoint": evaluator.body["entryPoint"],
            "commitHash": evaluator.body["commitHash"],
            "aliases": ["current"],
        }
    )
    for older in evaluator.versions[:-1]:
        older["aliases"] = [alias for alias in older["aliases"] if alias != "current"]


def build_log(service: Service, call: Call) -> Answer:
    evaluator = found(service, call)
    if evaluator.state(service.clock.seconds) == "BUILDING" and not evaluator.versions:
        raise RefusedError(Code.NOT_FOUND, "build log not found")
    key = f"builds/{call.params['account']}/{call.params['evaluator']}/{len(evaluator.versions)}.log"
    service.storage.objects[key] = evaluator.log.encode()
    return Answer({"buildLogSignedUri": service.storage.url(call.base, "GET", key)})


def source_code(service: Service, call: Call) -> Answer:
    evaluator = found(service, call)
    urls = {name: service.storage.url(call.base, "GET", key) for name, key in evaluator.files.items()}
    return Answer({"filenameToSignedUrls": urls})
