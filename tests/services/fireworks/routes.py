"""Every path that the double answers, with the name that faults and the log use for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from . import accounts, datasets, evaluators, jobs, models, revisions, secrets
from .exchange import Answer, Call
from .refusals import Code, RefusedError

if TYPE_CHECKING:
    from .service import Service

Handler = Callable[["Service", Call], Answer]


class Route(NamedTuple):
    """One method of one path."""

    operation: str
    method: str
    template: str
    handler: Handler


A = "/v1/accounts/{account}"
JOBS, JOB = f"{A}/reinforcementFineTuningJobs", f"{A}/reinforcementFineTuningJobs/{{job}}"
DATASETS, DATASET = f"{A}/datasets", f"{A}/datasets/{{dataset}}"
EVALUATORS, EVALUATOR = f"{A}/evaluators", f"{A}/evaluators/{{evaluator}}"
VERSION = f"{EVALUATOR}/versions/{{version}}"
SECRETS, SECRET = f"{A}/secrets", f"{A}/secrets/{{secret}}"
MODELS, MODEL = f"{A}/models", f"{A}/models/{{model}}"

ROUTES = (
    Route("verify-key", "GET", "/verifyApiKey", accounts.verify_key),
    Route("list-accounts", "GET", "/v1/accounts", accounts.list_all),
    Route("get-account", "GET", A, accounts.get),
    Route("list-quotas", "GET", f"{A}/quotas", accounts.quotas),
    Route("list-jobs", "GET", JOBS, jobs.list_all),
    Route("create-job", "POST", JOBS, jobs.create),
    Route("get-job", "GET", JOB, jobs.get),
    Route("update-job", "PATCH", JOB, jobs.update),
    Route("delete-job", "DELETE", JOB, jobs.delete),
    Route("cancel-job", "POST", f"{JOB}:cancel", jobs.cancel),
    Route("resume-job", "POST", f"{JOB}:resume", jobs.resume),
    Route("job-metrics-file", "GET", f"{JOB}:getMetricsFileEndpoint", jobs.metrics_file),
    Route("job-metrics", "GET", f"{JOB}/metrics", jobs.metrics),
    Route("list-datasets", "GET", DATASETS, datasets.list_all),
    Route("create-dataset", "POST", DATASETS, datasets.create),
    Route("get-dataset", "GET", DATASET, datasets.get),
    Route("update-dataset", "PATCH", DATASET, datasets.update),
    Route("delete-dataset", "DELETE", DATASET, datasets.delete),
    Route("upload-dataset", "POST", f"{DATASET}:upload", datasets.upload),
    Route("dataset-upload-endpoint", "POST", f"{DATASET}:getUploadEndpoint", datasets.upload_endpoint),
    Route("validate-dataset", "POST", f"{DATASET}:validateUpload", datasets.validate_upload),
    Route("dataset-download-endpoint", "GET", f"{DATASET}:getDownloadEndpoint", datasets.download_endpoint),
    Route("list-evaluators", "GET", EVALUATORS, evaluators.list_all),
    Route("create-evaluator", "POST", f"{A}/evaluatorsV2", evaluators.create),
    Route("get-evaluator", "GET", EVALUATOR, evaluators.get),
    Route("update-evaluator", "PATCH", EVALUATOR, evaluators.update),
    Route("delete-evaluator", "DELETE", EVALUATOR, evaluators.delete),
    Route("evaluator-upload-endpoint", "POST", f"{EVALUATOR}:getUploadEndpoint", evaluators.upload_endpoint),
    Route("validate-evaluator", "POST", f"{EVALUATOR}:validateUpload", evaluators.validate_upload),
    Route("evaluator-build-log", "GET", f"{EVALUATOR}:getBuildLogEndpoint", evaluators.build_log),
    Route("evaluator-source", "GET", f"{EVALUATOR}:getSourceCodeSignedUrl", evaluators.source_code),
    Route("list-evaluator-versions", "GET", f"{EVALUATOR}/versions", revisions.list_versions),
    Route("get-evaluator-version", "GET", VERSION, revisions.get_version),
    Route("delete-evaluator-version", "DELETE", VERSION, revisions.delete_version),
    Route("alias-evaluator-version", "POST", f"{VERSION}:alias", revisions.alias_version),
    Route("rollback-evaluator-version", "POST", f"{VERSION}:rollback", revisions.roll_back),
    Route("list-secrets", "GET", SECRETS, secrets.list_all),
    Route("create-secret", "POST", SECRETS, secrets.create),
    Route("get-secret", "GET", SECRET, secrets.get),
    Route("update-secret", "PATCH", SECRET, secrets.update),
    Route("delete-secret", "DELETE", SECRET, secrets.delete),
    Route("list-models", "GET", MODELS, models.list_all),
    Route("get-model", "GET", MODEL, models.get),
    Route("delete-model", "DELETE", MODEL, models.delete),
    Route("model-download-endpoint", "GET", f"{MODEL}:getDownloadEndpoint", models.download_endpoint),
)


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/:]+)", template))


_COMPILED = tuple((_pattern(route.template), route) for route in ROUTES)

OPERATIONS = tuple(route.operation for route in ROUTES)


def resolve(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route of a request and what its path holds.

    Raises:
        RefusedError: there is none; what a gateway says then.
    """
    seen = False
    for pattern, route in _COMPILED:
        if found := pattern.fullmatch(path):
            if route.method == method:
                return route, found.groupdict()
            seen = True
    if seen:
        raise RefusedError(Code.UNIMPLEMENTED, "Method Not Allowed")
    raise RefusedError(Code.NOT_FOUND, "Not Found")
