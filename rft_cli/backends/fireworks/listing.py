"""The jobs of an account, whoever started them: a look at all of them, and one as a run of this ledger. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rft_cli.backends.base import Found, Handle, Listed
from rft_cli.backends.fireworks.identity import own_id
from rft_cli.backends.fireworks.observation import steps_of_job
from rft_cli.backends.fireworks.refusals import NotFoundError, RefusedError, field
from rft_cli.backends.fireworks.shape.body import filled_in
from rft_cli.backends.fireworks.shape.config_of import config_of, without_own_model
from rft_cli.backends.fireworks.shape.naming import launch_mark, run_name
from rft_cli.backends.fireworks.shape.wire import ACCOUNT, JOBS, resource
from rft_cli.backends.fireworks.states import bare, meaning
from rft_cli.backends.fireworks.submission import differences
from rft_cli.spec.parameter import show
from rft_cli.spec.parameters import parameter
from rft_cli.worker import now

if TYPE_CHECKING:
    from rft_cli.backends.fireworks.client import FireworksClient

LIST_FIELDS = ("name", "displayName", "state", "createTime", "createdBy")
"""What a list shows of each job: a page of 200 is then some 40 kB, and the metrics of one job may be as much."""

SYSTEM = "system"
"""Who made the example that stands in every account."""

LEAVING = frozenset({"DELETING", "DELETING_CLEANING_UP", "DELETED"})
"""States of jobs that are on their way out, which nobody wants to keep any more."""

OWN_DEFAULTS = {"rollout.n": 8}
"""What the service does where a job says nothing and its default is not rft's. Source: its page on parameters, 2026."""

BEYOND = "job"
"""The key of the backend's section under which a record keeps what a job sets and a run config has no key for."""

MADE_ELSEWHERE = "wandbConfig"
"""Where a run is tracked says nothing of what it trains."""


class Listing:
    """The jobs of one account.

    Args:
        client: of the account.
        bodies: full names of jobs → what a look at the whole job saw, for whoever asks next.
    """

    def __init__(self, client: FireworksClient, bodies: MutableMapping[str, Mapping[str, Any]]) -> None:
        self._client = client
        self._bodies = bodies
        self._looked_at: dict[str, Mapping[str, Any]] = {}
        self._bases: dict[str, str] = {}

    def jobs(self) -> Iterator[Listed]:
        """All of them, the newest first; those that are being deleted are left out."""
        for entry in self._client.jobs(*LIST_FIELDS):
            name = field(entry, "name", "")
            if name and bare(entry.get("state")) not in LEAVING:
                yield listed(entry)

    def found(self, listed: Listed) -> Found | None:
        """One of them, whole; None: it is gone."""
        try:
            job = self._client.named(listed.job)
        except NotFoundError:
            return None
        self._bodies[listed.job] = self._looked_at[listed.job] = job
        made = config_of(without_own_model(job), self._base(job))
        values = {**made.values}
        for path in made.unset:
            section, _, key = path.partition(".")
            if path in OWN_DEFAULTS:
                values[section] = {**values.get(section, {}), key: OWN_DEFAULTS[path]}
        if made.beyond:
            values["fireworks"] = {**values.get("fireworks", {}), BEYOND: made.beyond}
        assumed = (
            f"the job does not say {path}: the service's default is taken to be "
            f"{show(OWN_DEFAULTS.get(path, parameter(path).default))}"
            for path in made.unset
        )
        rows = self._client.rows_of(field(job, "dataset", ""))
        return Found(
            listed._replace(state=meaning(bare(job.get("state"))), raw_state=bare(job.get("state"))),
            {"job": listed.job, "steps": steps_of_job(job, rows)},
            values,
            made.unset,
            (*assumed, *made.remarks),
            rows,
        )

    def is_job(self, handle: Handle, job: str) -> bool:
        """Whether a recorded run is that job."""
        known = str(handle.ref.get("job", ""))
        if not known:
            known = resource(self._client.account_id, JOBS, own_id(handle))
        return known == job

    def differences(self, job: str, payload: Mapping[str, Any]) -> tuple[str, ...]:
        """What a payload asks for and the job does not hold."""
        own = {name: value for name, value in payload.items() if name != MADE_ELSEWHERE}
        body = filled_in(own, {ACCOUNT: self._client.account_id})
        return tuple(differences(body, self._looked_at[job]))

    def _base(self, job: Mapping[str, Any]) -> str:
        adapter = str(field(job, "trainingConfig", {}).get("warmStartFrom") or "")
        if adapter not in self._bases:
            self._bases[adapter] = base_of_adapter(self._client, job)
        return self._bases[adapter]


def listed(entry: Mapping[str, Any]) -> Listed:
    """A job as a list shows it; every field may be missing or odd."""
    name, display = field(entry, "name", ""), field(entry, "displayName", "")
    identifier = name.rpartition("/")[2]
    mark = launch_mark(display, identifier)
    word = bare(entry.get("state"))
    return Listed(
        job=name,
        label=display,
        state=meaning(word),
        raw_state=word,
        created=_moment(field(entry, "createTime", "")),
        owner=field(entry, "createdBy", ""),
        name=mark.name if mark else run_name(display, identifier),
        mark=mark,
        is_example=field(entry, "createdBy", "") == SYSTEM,
    )


def base_of_adapter(client: FireworksClient, job: Mapping[str, Any]) -> str:
    """The model under the adapter that a job starts from; empty where there is none or nobody says."""
    adapter = field(job, "trainingConfig", {}).get("warmStartFrom")
    if not adapter:
        return ""
    try:
        details = client.named(str(adapter)).get("peftDetails")
    except RefusedError:
        return ""
    return str(details.get("baseModel") or "") if isinstance(details, Mapping) else ""


def _moment(text: str) -> str:
    """A time of the service as records write it; the present where it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return now()
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
