"""Data sets: created empty, filled by a multipart upload or through signed URLs, READY some seconds later; rollouts of jobs are data sets too."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .exchange import Answer, Call
from .fieldmask import masked
from .names import checked_display_name, checked_id, name_of
from .paging import page
from .refusals import Code, RefusedError, invalid, not_found, not_now, status

if TYPE_CHECKING:
    from .service import Account, Service

READY_AFTER_S = 45.0
"""From the upload to READY; longer than one step of the clock, so that a client sees UPLOADING at least once."""

LARGEST_UPLOAD = 150 * 1024 * 1024
"""Bytes of a multipart upload; above, signed URLs are needed."""

FEWEST_ROWS = 3
"""Documented for supervised and preference tuning, and in the cookbook's common validator."""

TEMPLATE: dict[str, Any] = {
    "name": "",
    "displayName": "",
    "createTime": None,
    "updateTime": None,
    "createdBy": "",
    "state": "UPLOADING",
    "status": status(),
    "exampleCount": "0",
    "estimatedTokenCount": "0",
    "averageTurnCount": 0,
    "format": "FORMAT_UNSPECIFIED",
    "sourceJobName": "",
    "encryptionState": "ENCRYPTION_STATE_PLAINTEXT",
}
ORIGINS = ("userUploaded", "evalProtocol", "externalUrl", "splitted", "transformed", "evaluationResult")
"""A data set has one of these; the others are absent."""

WRITABLE = frozenset({"displayName", "exampleCount", "format", "sourceJobName", *ORIGINS})
FIELDS = frozenset(TEMPLATE) | frozenset(ORIGINS)


@dataclass(slots=True)
class Dataset:
    """One data set."""

    body: dict[str, Any]
    rows: Callable[[], Sequence[Mapping[str, Any]]] = list
    ready_at: float | None = None
    """Seconds; None: nothing has been uploaded."""
    problem: str = ""
    """What is wrong with the rows; there is no state for it, only a status."""
    files: dict[str, str] = field(default_factory=dict)
    """File name → key in the object store."""

    @property
    def count(self) -> int:
        return int(self.body["exampleCount"])

    def is_moving(self, now: float) -> bool:
        """Whether it will change by itself."""
        return self.ready_at is not None and now < self.ready_at

    def is_ready(self, now: float) -> bool:
        return self.ready_at is not None and now >= self.ready_at and not self.problem

    def view(self, now: float) -> dict[str, Any]:
        state = "READY" if self.is_ready(now) else "UPLOADING"
        shown = status()
        if self.problem and self.ready_at is not None and now >= self.ready_at:
            shown = status(Code.INVALID_ARGUMENT, self.problem)
        return {**self.body, "state": state, "status": shown}


def add(service: Service, account: Account, identifier: str, given: Mapping[str, Any], by: str) -> Dataset:
    """Put an empty data set into an account."""
    when = service.clock.timestamp()
    written = {key: value for key, value in given.items() if key in WRITABLE and value is not None}
    if not any(origin in written for origin in ORIGINS):
        written["userUploaded"] = {}
    dataset = Dataset(
        {
            **TEMPLATE,
            **written,
            "name": name_of(account.identifier, "datasets", identifier),
            "createTime": when,
            "updateTime": when,
            "createdBy": by,
        }
    )
    account.datasets[identifier] = dataset
    return dataset


def fill(service: Service, dataset: Dataset, rows: Sequence[Mapping[str, Any]]) -> None:
    """Make a data set READY at once, with these rows."""
    dataset.rows = lambda: rows
    dataset.body["exampleCount"] = str(len(rows))
    dataset.ready_at = service.clock.seconds


def problem_of(text: bytes) -> tuple[str, list[dict[str, Any]]]:
    """What is wrong with the rows of a file, and the rows."""
    rows = []
    for number, line in enumerate(text.decode("utf-8", errors="replace").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            return f"Dataset validation failed: invalid JSON on line {number}", []
        if not isinstance(row, dict) or not isinstance(row.get("messages"), list):
            return f"Dataset validation failed: Missing required field 'messages' on line {number}", []
        rows.append(row)
    if len(rows) < FEWEST_ROWS:
        return f"Dataset validation failed: at least {FEWEST_ROWS} examples are required", rows
    return "", rows


def _take(service: Service, dataset: Dataset, content: bytes) -> None:
    dataset.problem, rows = problem_of(content)
    dataset.rows = lambda: rows
    turns = sum(len(row["messages"]) for row in rows)
    dataset.body["averageTurnCount"] = turns / len(rows) if rows else 0
    dataset.body["estimatedTokenCount"] = str(len(content) // 4)
    dataset.body["updateTime"] = service.clock.timestamp()
    dataset.ready_at = service.clock.seconds + READY_AFTER_S


def create(service: Service, call: Call) -> Answer:
    account = service.own_account(call)
    given = call.json()
    identifier = checked_id(str(given.get("datasetId", "")), "dataset_id")
    inner = given.get("dataset")
    if not isinstance(inner, Mapping):
        raise invalid("dataset is required")
    unknown = sorted(set(inner) - FIELDS)
    if unknown and service.settings.refuses_unknown_fields:
        raise invalid(f'unknown field "{unknown[0]}" in dataset')
    checked_display_name(inner.get("displayName"))
    uploaded = not any(origin in inner for origin in ORIGINS[2:])
    count = inner.get("exampleCount", "")
    if uploaded and not str(count).strip("0"):
        raise not_now("error validating dataset: example_count is required for uploaded datasets")
    if not isinstance(count, (str, int)) or not str(count).isdigit():
        raise invalid(f"invalid value for int64 field exampleCount: {count!r}")
    if identifier in account.datasets:
        raise RefusedError(Code.ALREADY_EXISTS, f"dataset {identifier} already exists")
    dataset = add(service, account, identifier, {**inner, "exampleCount": str(count)}, service.user)
    service.committed("create-dataset")
    return Answer(dataset.view(service.clock.seconds))


def found(service: Service, call: Call) -> Dataset:
    account = service.readable_account(call)
    identifier = call.params["dataset"]
    if identifier not in account.datasets:
        raise not_found(name_of(account.identifier, "datasets", identifier))
    return account.datasets[identifier]


def get(service: Service, call: Call) -> Answer:
    dataset = found(service, call)
    seen = dataset.view(service.clock.seconds)
    service.looked(moving=dataset.is_moving(service.clock.seconds))
    return Answer(
        masked(seen, call.query.get("readMask", ""), empties=service.settings.masked_fields_are_empty)
    )


def list_all(service: Service, call: Call) -> Answer:
    account = service.readable_account(call)
    now = service.clock.seconds
    bodies = [each.view(now) for each in account.datasets.values()]
    empties = service.settings.masked_fields_are_empty
    return Answer(page("datasets", bodies, call.query, known=FIELDS, empties=empties))


def update(service: Service, call: Call) -> Answer:
    service.own_account(call)
    dataset = found(service, call)
    dataset.body |= {
        key: value for key, value in call.json().items() if key in WRITABLE and value is not None
    }
    dataset.body["updateTime"] = service.clock.timestamp()
    service.committed("update-dataset")
    return Answer(dataset.view(service.clock.seconds))


def delete(service: Service, call: Call) -> Answer:
    account = service.own_account(call)
    found(service, call)
    del account.datasets[call.params["dataset"]]
    service.committed("delete-dataset")
    return Answer({})


def upload(service: Service, call: Call) -> Answer:
    service.own_account(call)
    dataset = found(service, call)
    if set(call.uploads) != {"file"}:
        raise invalid("the body must be multipart/form-data with one part named 'file'")
    if dataset.ready_at is not None:
        raise not_now("dataset has been uploaded already")
    sent = call.uploads["file"]
    if len(sent.content) > LARGEST_UPLOAD:
        raise invalid("files above 150MB must be uploaded through getUploadEndpoint")
    key = f"datasets/{call.params['account']}/{call.params['dataset']}/{sent.filename}"
    service.storage.objects[key] = sent.content
    dataset.files[sent.filename] = key
    _take(service, dataset, sent.content)
    service.committed("upload-dataset")
    return Answer(
        {
            "id": call.params["dataset"],
            "bytes": len(sent.content),
            "created_at": service.clock.start_ns // 1_000_000_000,
            "filename": sent.filename,
            "object": "file",
            "purpose": "fine-tune",
        }
    )


def upload_endpoint(service: Service, call: Call) -> Answer:
    service.own_account(call)
    dataset = found(service, call)
    folder = f"datasets/{call.params['account']}/{call.params['dataset']}"
    urls, keys = service.signed_puts(call, folder)
    dataset.files |= keys
    service.committed("dataset-upload-endpoint")
    return Answer({"filenameToSignedUrls": urls})


def validate_upload(service: Service, call: Call) -> Answer:
    service.own_account(call)
    dataset = found(service, call)
    if not dataset.files:
        raise not_now("error validating dataset objects: nothing was uploaded")
    content = []
    for filename, key in dataset.files.items():
        held = service.storage.objects.get(key)
        if not isinstance(held, bytes):
            raise not_now(f"error validating dataset objects: {filename} was not uploaded")
        content.append(held)
    _take(service, dataset, b"\n".join(content))
    service.committed("validate-dataset")
    return Answer({})


def download_endpoint(service: Service, call: Call) -> Answer:
    dataset = found(service, call)
    identifier = call.params["dataset"]
    if not dataset.is_ready(service.clock.seconds):
        raise not_now(f"dataset {identifier} is not ready")
    files = dataset.files or {f"{identifier}.jsonl": f"datasets/{call.params['account']}/{identifier}/rows"}
    urls = {}
    for filename, key in files.items():
        service.storage.objects.setdefault(key, lambda: _lines(dataset.rows()))
        urls[filename] = service.storage.url(call.base, "GET", key)
    return Answer({"filenameToSignedUrls": urls})


def _lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()
