"""Secrets: taken, listed, replaced; their values never come back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from .exchange import Answer, Call
from .names import checked_id, name_of
from .paging import page
from .refusals import ASK_SUPPORT, Code, RefusedError, invalid, not_found

if TYPE_CHECKING:
    from .service import Service

KEY_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
FIELDS = frozenset({"name", "keyName", "value"})


class Secret(NamedTuple):
    """One secret."""

    name: str
    key_name: str
    value: str

    @property
    def body(self) -> dict[str, Any]:
        """As every answer shows it; the value is input only, so it is empty."""
        return {"name": self.name, "keyName": self.key_name, "value": ""}


def create(service: Service, call: Call) -> Answer:
    account = service.own_account(call)
    given = call.json()
    identifier = checked_id(str(given.get("name", "")).rpartition("/")[2], "name")
    key_name = given.get("keyName")
    if not isinstance(key_name, str) or not KEY_NAME.fullmatch(key_name):
        raise invalid("key_name must be an upper-case name of an environment variable")
    if identifier in account.secrets:
        raise RefusedError(Code.ALREADY_EXISTS, f"secret {identifier} already exists")
    secret = Secret(name_of(account.identifier, "secrets", identifier), key_name, str(given.get("value", "")))
    account.secrets[identifier] = secret
    service.committed("create-secret")
    return Answer(secret.body)


def found(service: Service, call: Call) -> Secret:
    account = service.own_account(call)
    identifier = call.params["secret"]
    if identifier not in account.secrets:
        if service.settings.missing_secret_status == 500:
            raise RefusedError(Code.INTERNAL, ASK_SUPPORT)
        raise not_found(name_of(account.identifier, "secrets", identifier))
    return account.secrets[identifier]


def get(service: Service, call: Call) -> Answer:
    return Answer(found(service, call).body)


def list_all(service: Service, call: Call) -> Answer:
    bodies = [secret.body for secret in service.own_account(call).secrets.values()]
    return Answer(page("secrets", bodies, call.query, known=FIELDS, empties=False))


def update(service: Service, call: Call) -> Answer:
    account = service.own_account(call)
    secret, given = found(service, call), call.json()
    changed = secret._replace(
        key_name=str(given.get("keyName", secret.key_name)), value=str(given.get("value", secret.value))
    )
    account.secrets[call.params["secret"]] = changed
    service.committed("update-secret")
    return Answer(changed.body)


def delete(service: Service, call: Call) -> Answer:
    account = service.own_account(call)
    found(service, call)
    del account.secrets[call.params["secret"]]
    service.committed("delete-secret")
    return Answer({})
