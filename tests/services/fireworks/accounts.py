"""Keys, accounts and quotas: who one is, and what one may still use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .exchange import Answer, Call
from .job_view import gpus_in_use
from .paging import page
from .refusals import status

if TYPE_CHECKING:
    from .service import Account, Service

QUOTA = "b200-training-gpus"
"""The kind of machine that managed jobs run on; the name is made up."""

FIELDS = frozenset(
    {
        "name",
        "displayName",
        "email",
        "accountType",
        "state",
        "status",
        "suspendState",
        "createTime",
        "updateTime",
    }
)


def body(service: Service, account: Account) -> dict[str, Any]:
    when = service.clock.timestamp(0)
    return {
        "name": f"accounts/{account.identifier}",
        "displayName": account.identifier,
        "email": service.user,
        "accountType": "ACCOUNT_TYPE_UNSPECIFIED",
        "state": "READY",
        "status": status(),
        "suspendState": service.settings.suspend_state,
        "createTime": when,
        "updateTime": when,
    }


def verify_key(service: Service, _call: Call) -> Answer:
    """Who the key belongs to; the answer is in the headers alone."""
    names = service.settings.accounts
    headers = {"x-fireworks-developer-email": service.user}
    if names:
        headers["x-fireworks-account-id"] = names[0]
    return Answer(None, headers=headers)


def list_all(service: Service, call: Call) -> Answer:
    bodies = [body(service, service.accounts[name]) for name in service.settings.accounts]
    return Answer(page("accounts", bodies, call.query, known=FIELDS, empties=False))


def get(service: Service, call: Call) -> Answer:
    return Answer(body(service, service.own_account(call)))


def quotas(service: Service, call: Call) -> Answer:
    account = service.own_account(call)
    used = gpus_in_use(account, service.clock.seconds)
    limit = str(service.settings.gpus_available)
    quota = {
        "name": f"accounts/{account.identifier}/quotas/{QUOTA}",
        "value": limit,
        "maxValue": limit,
        "usage": used,
    }
    known = frozenset(quota)
    return Answer(page("quotas", [quota], call.query, known=known, empties=False))
