"""Revisions of an evaluator: every build leaves one, and an older one can be made current again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .evaluators import Evaluator, found
from .exchange import Answer, Call
from .paging import page
from .refusals import invalid, not_found, not_now

if TYPE_CHECKING:
    from .service import Service


def list_versions(service: Service, call: Call) -> Answer:
    evaluator = found(service, call)
    known = frozenset({"name", "createTime", "entryPoint", "commitHash", "aliases"})
    return Answer(page("evaluatorVersions", list(evaluator.versions), call.query, known=known, empties=False))


def _version(service: Service, call: Call) -> tuple[Evaluator, dict[str, Any]]:
    evaluator = found(service, call)
    for version in evaluator.versions:
        if version["name"].rpartition("/")[2] == call.params["version"]:
            return evaluator, version
    raise not_found(f"{evaluator.body['name']}/versions/{call.params['version']}")


def get_version(service: Service, call: Call) -> Answer:
    return Answer(_version(service, call)[1])


def delete_version(service: Service, call: Call) -> Answer:
    service.own_account(call)
    evaluator, version = _version(service, call)
    if "current" in version["aliases"]:
        raise not_now("the current version cannot be deleted")
    evaluator.versions.remove(version)
    service.committed("delete-evaluator-version")
    return Answer({})


def alias_version(service: Service, call: Call) -> Answer:
    service.own_account(call)
    _, version = _version(service, call)
    alias = call.json().get("aliasId")
    if not isinstance(alias, str) or not alias:
        raise invalid("alias_id is required")
    version["aliases"] = [*version["aliases"], alias]
    service.committed("alias-evaluator-version")
    return Answer(version)


def roll_back(service: Service, call: Call) -> Answer:
    service.own_account(call)
    evaluator, version = _version(service, call)
    for each in evaluator.versions:
        each["aliases"] = [alias for alias in each["aliases"] if alias != "current"]
    version["aliases"] = [*version["aliases"], "current"]
    service.committed("rollback-evaluator-version")
    return Answer(version)
