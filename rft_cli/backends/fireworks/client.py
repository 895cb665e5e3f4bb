"""The service's resources as methods. Knows no run and no ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from rft_cli.backends.fireworks.access import ACCOUNT, Access
from rft_cli.backends.fireworks.connection import Connection
from rft_cli.backends.fireworks.refusals import ConflictError, RefusedError, field
from rft_cli.backends.fireworks.shape.wire import JOBS, LONGEST_ID, resource
from rft_cli.config.root import SERVICE_NAME_PREFIX
from rft_cli.errors import BackendError, SetupError

if TYPE_CHECKING:
    from rft_cli.backends.fireworks.outgoing import Outgoing

PAGE_SIZE = 200
"""Entries of a page of a list. Source: the most that the service gives."""

MOST_PAGES = 1000
"""Pages after which a list is taken for endless. Chosen: 200,000 entries."""

UNSUSPENDED = frozenset({"", "UNSUSPENDED"})
"""What an account's state of suspension is while all is well."""


class FireworksClient:
    """A client of one account.

    Args:
        access: address, key and account.
        connection: what sends requests.
    """

    def __init__(self, access: Access, connection: Connection) -> None:
        self._access = access
        self._connection = connection
        self._counts: dict[str, Any] = {}
        """Name of a data set → how many rows the service said that it has; an account may ask ten times a minute only."""

    @cached_property
    def account_id(self) -> str:
        """The account: the one that is named, else the key's.

        Raises:
            SetupError: the key has none, or more than one.
        """
        if self._access.account:
            return self._access.account
        try:
            answer = self._connection.send("GET", "/verifyApiKey", "say whose the key is")
            if found := answer.headers.get("x-fireworks-account-id", ""):
                return str(found)
        except RefusedError:
            pass  # the list of accounts says it as well
        listed = self._get("/v1/accounts", "list the key's accounts", pageSize=2)
        names = [field(entry, "name", "").rpartition("/")[2] for entry in field(listed, "accounts", [])]
        if len(names) != 1:
            many = "more than one account" if names else "no account"
            raise SetupError(
                f"the key belongs to {many}", hint=f"export {ACCOUNT}=… with the id of the account to use"
            )
        return str(names[0])

    def account(self) -> Mapping[str, Any]:
        """The account itself."""
        found: Mapping[str, Any] = self._get(f"/v1/accounts/{self.account_id}", "show the account")
        return found

    def quotas(self) -> list[Mapping[str, Any]]:
        """The account's quotas; empty where the service does not list them."""
        try:
            found = self._get(f"/v1/accounts/{self.account_id}/quotas", "list quotas")
        except RefusedError:
            return []
        return [entry for entry in field(found, "quotas", []) if isinstance(entry, Mapping)]

    def job(self, identifier: str, *fields: str) -> Mapping[str, Any]:
        """A job, or some fields of it.

        Raises:
            NotFoundError: there is no such job.
        """
        mask = {"readMask": ",".join(fields)} if fields else {}
        found: Mapping[str, Any] = self._get(
            self._path(JOBS, identifier), f"show the job {identifier}", **mask
        )
        return found

    def jobs(self, *fields: str) -> Iterator[Mapping[str, Any]]:
        """Every job of the account, or some fields of each, the newest first, page by page."""
        mask = {"readMask": ",".join(fields)} if fields else {}
        yield from self._listed(JOBS, orderBy="create_time desc", **mask)

    def create_job(self, identifier: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make a job under an id of ours. It is not repeated here: a lost answer is for the caller to look into.

        Raises:
            ConflictError: there is a job of that id.
            LostAnswerError: it may have been made.
        """
        answer: Mapping[str, Any] = self._connection.ask(
            "POST",
            self._path(JOBS),
            f"make the job {identifier}",
            query={"reinforcementFineTuningJobId": identifier},
            body=body,
            repeats=False,
        )
        return answer

    def cancel_job(self, identifier: str) -> None:
        """Ask a job to end."""
        self._connection.ask(
            "POST", f"{self._path(JOBS, identifier)}:cancel", f"cancel the job {identifier}", body={}
        )

    def resume_job(self, identifier: str) -> None:
        """Let a failed job go on. Not repeated: a second one would be refused."""
        self._connection.ask(
            "POST",
            f"{self._path(JOBS, identifier)}:resume",
            f"resume the job {identifier}",
            body={},
            repeats=False,
        )

    def named(self, name: str) -> Mapping[str, Any]:
        """A resource by its full name, in any account.

        Raises:
            NotFoundError: there is none.
        """
        found: Mapping[str, Any] = self._get(f"/v1/{quote(name)}", f"show {name}")
        self._counts[name] = found.get("exampleCount")
        return found

    def rows_of(self, name: str) -> int:
        """Rows of a data set, asked for once unless it has been looked at before; 0 where the service does not say."""
        if name and name not in self._counts:
            try:
                self.named(name)
            except BackendError:
                self._counts[name] = None
        try:
            return int(self._counts.get(name) or 0)
        except (TypeError, ValueError):
            return 0

    def create_dataset(self, identifier: str, display_name: str, rows: int) -> None:
        """Announce a data set, into which a file is then uploaded."""
        described = {
            "displayName": display_name[:LONGEST_ID],
            "exampleCount": str(rows),
            "format": "RL",
            "userUploaded": {},
        }
        self._make(
            "datasets", f"make the data set {identifier}", {"datasetId": identifier, "dataset": described}
        )

    def upload_file(self, name: str, content: Outgoing) -> None:
        """Send a data set's file in one request."""
        self._connection.send(
            "POST",
            f"/v1/{quote(name)}:upload",
            f"take {content.name}",
            files={"file": (content.name, content, "application/jsonl")},
        )

    def upload_elsewhere(self, name: str, content: Outgoing) -> None:
        """Send a file of a data set or an evaluator to the store that the service names, and tell the service."""
        file = content.name
        wanted = {"filenameToSize": {file: str(content.size)}}
        answer = self._connection.ask(
            "POST", f"/v1/{quote(name)}:getUploadEndpoint", f"say where {file} goes", body=wanted
        )
        for url in field(answer, "filenameToSignedUrls", {}).values():
            self._connection.put(str(url), content, f"take {file}")
        self._connection.ask("POST", f"/v1/{quote(name)}:validateUpload", f"look at {file}", body={})

    def create_evaluator(self, identifier: str, display_name: str, entry_point: str) -> None:
        """Announce an evaluator, whose code is then uploaded."""
        described = {"displayName": display_name[:LONGEST_ID], "entryPoint": entry_point}
        doing = f"make the evaluator {identifier}"
        self._make("evaluatorsV2", doing, {"evaluatorId": identifier, "evaluator": described})

    def reopen_evaluator(self, name: str) -> None:
        """Let the code of an evaluator whose build failed be uploaded again."""
        query = {"prepareCodeUpload": "true"}
        self._connection.ask("PATCH", f"/v1/{quote(name)}", f"take new code for {name}", query=query, body={})

    def build_log(self, name: str) -> str:
        """What the build of an evaluator printed; empty where there is none."""
        try:
            found = self._get(f"/v1/{quote(name)}:getBuildLogEndpoint", f"show the build log of {name}")
        except RefusedError:
            return ""
        url = field(found, "buildLogSignedUri", "")
        try:
            return self.text_at(url) if url else ""
        except BackendError:
            return ""

    def create_secret(self, variable: str, value: str) -> None:
        """Keep an evaluator's secret under the name of its environment variable, unless there is one of that name."""
        identifier = variable.lower().replace("_", "-").strip("-")
        if identifier in {field(entry, "name", "").rpartition("/")[2] for entry in self._listed("secrets")}:
            return
        body = {"keyName": variable, "name": identifier, "value": value}
        with suppress(ConflictError):
            self._connection.ask("POST", self._path("secrets"), f"keep the secret {variable}", body=body)

    def dataset_files(self, name: str) -> dict[str, bytes]:
        """File name → content of a data set."""
        found = self._get(f"/v1/{quote(name)}:getDownloadEndpoint", f"hand out {name}")
        urls = field(found, "filenameToSignedUrls", {})
        return {file: self._connection.fetch(str(url), f"hand out {name}") for file, url in urls.items()}

    def text_at(self, url: str) -> str:
        """The text at a signed URL."""
        return self._connection.fetch(url, "hand out a log").decode(errors="replace")

    def _make(self, path: str, doing: str, body: Mapping[str, Any]) -> None:
        """Make a resource under an id that says what is in it; one that is there already is the same."""
        with suppress(ConflictError):
            self._connection.ask("POST", self._path(path), doing, body=body)

    def _listed(self, collection: str, **query: str) -> Iterator[Mapping[str, Any]]:
        token = ""
        for _ in range(MOST_PAGES):
            given = {"pageToken": token} if token else {}
            page = self._get(
                self._path(collection), f"list {collection}", pageSize=PAGE_SIZE, **query, **given
            )
            yield from (entry for entry in field(page, collection, []) if isinstance(entry, Mapping))
            token = field(page, "nextPageToken", "")
            if not token:
                return

    def _get(self, path: str, doing: str, **query: Any) -> Any:
        return self._connection.ask("GET", path, doing, query=query or None)

    def _path(self, collection: str, identifier: str = "") -> str:
        if identifier.startswith(SERVICE_NAME_PREFIX):  # a full name, perhaps in another account
            return f"/v1/{quote(identifier)}"
        return f"/v1/{resource(quote(self.account_id), collection, quote(identifier))}".rstrip("/")
