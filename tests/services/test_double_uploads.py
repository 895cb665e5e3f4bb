"""What goes up: data sets, evaluators and secrets."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

import httpx
import pytest
from services.fireworks.double import Double

ACCOUNT = "/v1/accounts/acme"
DATASETS, EVALUATORS, SECRETS = (f"{ACCOUNT}/{each}" for each in ("datasets", "evaluators", "secrets"))

ROWS = b"".join(
    json.dumps({"messages": [{"role": "user", "content": str(i)}], "ground_truth": i}).encode() + b"\n"
    for i in range(4)
)
GOOD_CODE = "def evaluate(row):\n    return row\n"


def make_dataset(client: httpx.Client, count: str = "4", **changed: Any) -> httpx.Response:
    inner = {"displayName": "mine", "exampleCount": count, "format": "RL", "userUploaded": {}, **changed}
    return client.post(DATASETS, json={"datasetId": "mine", "dataset": inner})


def seen_states(client: httpx.Client, path: str, count: int) -> list[str]:
    return [client.get(path).json()["state"] for _ in range(count)]


def put(bare: httpx.Client, url: str, body: bytes, size: int | None = None, **changed: str) -> httpx.Response:
    length = len(body) if size is None else size
    headers = {
        "content-type": "application/octet-stream",
        "x-goog-content-length-range": f"{length},{length}",
    }
    return bare.put(url, content=body, headers={**headers, **changed})


def test_a_data_set_is_uploaded_in_one_part_and_ready_a_little_later(client: httpx.Client) -> None:
    made = make_dataset(client).json()
    assert (made["state"], made["exampleCount"], made["userUploaded"]) == ("UPLOADING", "4", {})
    assert not {"evalProtocol", "externalUrl"} & set(made)
    answer = client.post(f"{DATASETS}/mine:upload", files={"file": ("d.jsonl", ROWS)}).json()
    assert (answer["id"], answer["bytes"], answer["filename"]) == ("mine", len(ROWS), "d.jsonl")
    assert seen_states(client, f"{DATASETS}/mine", 3) == ["UPLOADING", "UPLOADING", "READY"]


def test_a_large_data_set_goes_through_signed_urls(client: httpx.Client, bare: httpx.Client) -> None:
    make_dataset(client)
    assert client.post(f"{DATASETS}/mine:validateUpload", json={}).json()["code"] == 9
    asked = {"filenameToSize": {"d.jsonl": str(len(ROWS))}}
    urls = client.post(f"{DATASETS}/mine:getUploadEndpoint", json=asked).json()["filenameToSignedUrls"]
    early = client.post(f"{DATASETS}/mine:validateUpload", json={})
    assert (early.status_code, "was not uploaded" in early.json()["message"]) == (400, True)
    assert put(bare, urls["d.jsonl"], ROWS).status_code == 200
    assert client.post(f"{DATASETS}/mine:validateUpload", json={}).json() == {}
    assert seen_states(client, f"{DATASETS}/mine", 3)[-1] == "READY"
    down = client.get(f"{DATASETS}/mine:getDownloadEndpoint").json()["filenameToSignedUrls"]
    assert bare.get(down["d.jsonl"]).content == ROWS


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"content-type": "text/plain"}, 403, "SignatureDoesNotMatch"),
        ({"x-goog-content-length-range": "0,1"}, 403, "SignatureDoesNotMatch"),
        ({"authorization": "Bearer fw_double_key_0123456789"}, 400, "InvalidAuthentication"),
    ],
)
def test_the_store_wants_exactly_what_was_signed(
    client: httpx.Client, bare: httpx.Client, changed: dict[str, str], status: int, code: str
) -> None:
    make_dataset(client)
    asked = {"filenameToSize": {"d.jsonl": str(len(ROWS))}}
    url = client.post(f"{DATASETS}/mine:getUploadEndpoint", json=asked).json()["filenameToSignedUrls"][
        "d.jsonl"
    ]
    refused = put(bare, url, ROWS, **changed)
    assert (refused.status_code, f"<Code>{code}</Code>" in refused.text) == (status, True)
    assert put(bare, url, ROWS + b"\n", size=len(ROWS)).status_code == 400
    assert put(bare, url.replace("d.jsonl", "e.jsonl"), ROWS).status_code == 403
    assert bare.get(url).status_code == 403


def test_a_signed_url_is_good_for_an_hour(
    fireworks: Double, client: httpx.Client, bare: httpx.Client
) -> None:
    url = client.get(f"{DATASETS}/sums:getDownloadEndpoint").json()["filenameToSignedUrls"]["sums.jsonl"]
    assert len(bare.get(url).text.splitlines()) == 500
    fireworks.advance(3601)
    assert "ExpiredToken" in bare.get(url).text


@pytest.mark.parametrize("count", ["", "0", "four"])
def test_a_data_set_needs_its_count(client: httpx.Client, count: str) -> None:
    refused = make_dataset(client, count)
    assert refused.status_code == 400
    if count != "four":
        said = "error validating dataset: example_count is required for uploaded datasets"
        assert refused.json() == {"code": 9, "message": said, "details": []}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (ROWS + b"{nonsense\n", "invalid JSON on line 5"),
        (ROWS + b'{"prompt": 1}\n', "Missing required field 'messages' on line 5"),
        (ROWS[: ROWS.index(b"\n")], "at least 3 examples"),
    ],
)
def test_bad_rows_show_in_the_status_for_there_is_no_state_for_them(
    fireworks: Double, client: httpx.Client, body: bytes, said: str
) -> None:
    make_dataset(client)
    client.post(f"{DATASETS}/mine:upload", files={"file": ("d.jsonl", body)})
    fireworks.advance(3600)
    dataset = client.get(f"{DATASETS}/mine").json()
    assert (dataset["state"], dataset["status"]["code"]) == ("UPLOADING", "INVALID_ARGUMENT")
    assert said in dataset["status"]["message"]


def test_data_sets_conflict_change_and_go(client: httpx.Client) -> None:
    assert [make_dataset(client).status_code for _ in range(2)] == [200, 409]
    assert client.patch(f"{DATASETS}/mine", json={"displayName": "other"}).json()["displayName"] == "other"
    names = [each["name"] for each in client.get(DATASETS).json()["datasets"]]
    assert "accounts/acme/datasets/mine" in names
    assert client.delete(f"{DATASETS}/mine").json() == {}
    gone = client.get(f"{DATASETS}/mine")
    assert (gone.status_code, gone.json()["code"]) == (404, 5)


def archive(members: dict[str, str]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as tar:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return held.getvalue()


def make_evaluator(client: httpx.Client, **changed: Any) -> httpx.Response:
    inner = {
        "displayName": "mine",
        "entryPoint": "judge.py::evaluate",
        "commitHash": "None+unknown",
        **changed,
    }
    return client.post(f"{ACCOUNT}/evaluatorsV2", json={"evaluatorId": "mine", "evaluator": inner})


def send_code(client: httpx.Client, bare: httpx.Client, files: dict[str, bytes]) -> httpx.Response:
    asked = {"filenameToSize": {name: str(len(body)) for name, body in files.items()}}
    urls = client.post(f"{EVALUATORS}/mine:getUploadEndpoint", json=asked).json()["filenameToSignedUrls"]
    for name, url in urls.items():
        assert put(bare, url, files[name]).status_code == 200
    return client.post(f"{EVALUATORS}/mine:validateUpload", json={})


def test_an_evaluator_is_created_uploaded_and_built(client: httpx.Client, bare: httpx.Client) -> None:
    made = make_evaluator(client).json()
    assert (made["state"], made["status"]) == (
        "BUILDING",
        {"code": "OK", "message": "Evaluator is being built"},
    )
    assert send_code(client, bare, {"p.tar.gz": archive({"p/judge.py": GOOD_CODE})}).json() == {}
    states = seen_states(client, f"{EVALUATORS}/mine", 8)
    assert (states[0], states[-1], len(set(states))) == ("BUILDING", "ACTIVE", 2)
    built = client.get(f"{EVALUATORS}/mine").json()["status"]
    assert built == {"code": "OK", "message": "Template built successfully"}


@pytest.mark.parametrize(
    "case",
    [
        ({"judge.py": GOOD_CODE.encode()}, {}, "expected exactly one .tar.gz"),
        ({"p.tar.gz": archive({"judge.py": GOOD_CODE})}, {}, "one parent directory"),
        ({"p.tar.gz": archive({"p/judge.py": GOOD_CODE, "q/x.py": ""})}, {}, "one parent directory"),
        ({"p.tar.gz": archive({"p/other.py": GOOD_CODE})}, {}, "no such file"),
        ({"p.tar.gz": archive({"p/judge.py": "def evaluate(:"})}, {}, "judge.py: invalid syntax"),
        ({"p.tar.gz": archive({"p/judge.py": "x = 1"})}, {}, "no function 'evaluate'"),
        ({"p.tar.gz": b"not an archive"}, {}, "cannot read the archive"),
        ({"p.tar.gz": archive({"p/judge.py": GOOD_CODE})}, {"requirements": "sympy"}, "must not be set"),
    ],
)
def test_a_bad_pack_fails_to_build_and_only_the_log_says_why(
    fireworks: Double,
    client: httpx.Client,
    bare: httpx.Client,
    case: tuple[dict[str, bytes], dict[str, str], str],
) -> None:
    files, changed, told = case
    make_evaluator(client, **changed)
    send_code(client, bare, files)
    fireworks.advance(600)
    failed = client.get(f"{EVALUATORS}/mine").json()
    assert (failed["state"], failed["status"]["code"]) == ("BUILD_FAILED", "INTERNAL")
    assert told not in failed["status"]["message"]
    url = client.get(f"{EVALUATORS}/mine:getBuildLogEndpoint").json()["buildLogSignedUri"]
    assert told in bare.get(url).text


def test_validating_before_the_upload_is_refused(client: httpx.Client) -> None:
    make_evaluator(client)
    client.post(f"{EVALUATORS}/mine:getUploadEndpoint", json={"filenameToSize": {"p.tar.gz": "10"}})
    refused = client.post(f"{EVALUATORS}/mine:validateUpload", json={}).json()
    said = "error validating evaluator source code objects: p.tar.gz was not uploaded"
    assert (refused["code"], refused["message"]) == (9, said)


@pytest.mark.parametrize(
    ("scenario", "state"),
    [("build-fails", "BUILD_FAILED"), ("build-times-out", "BUILD_FAILED"), ("build-never-ends", "BUILDING")],
)
def test_a_good_pack_may_not_build_either(
    fireworks: Double, client: httpx.Client, bare: httpx.Client, scenario: str, state: str
) -> None:
    fireworks.use(scenario)
    make_evaluator(client)
    send_code(client, bare, {"p.tar.gz": archive({"p/judge.py": GOOD_CODE})})
    fireworks.advance(660)
    assert client.get(f"{EVALUATORS}/mine").json()["state"] == state


def test_without_an_upload_an_evaluator_builds_for_ever(fireworks: Double, client: httpx.Client) -> None:
    make_evaluator(client)
    fireworks.advance(86400)
    assert client.get(f"{EVALUATORS}/mine").json()["state"] == "BUILDING"
    assert client.get(f"{EVALUATORS}/mine:getBuildLogEndpoint").status_code == 404


def test_only_an_admin_creates_evaluators(fireworks: Double, client: httpx.Client) -> None:
    fireworks.use("no-role")
    refused = make_evaluator(client)
    said = "admin role required to call CreateEvaluatorV2"
    assert (refused.status_code, refused.json()["code"], refused.json()["message"]) == (403, 7, said)


def test_new_code_makes_a_new_revision_and_the_old_one_can_come_back(
    fireworks: Double, client: httpx.Client, bare: httpx.Client
) -> None:
    make_evaluator(client)
    for _ in range(2):
        client.patch(f"{EVALUATORS}/mine", params={"prepareCodeUpload": "true"}, json={})
        send_code(client, bare, {"p.tar.gz": archive({"p/judge.py": GOOD_CODE})})
        fireworks.advance(600)
    versions = f"{EVALUATORS}/mine/versions"
    assert [each["aliases"] for each in client.get(versions).json()["evaluatorVersions"]] == [[], ["current"]]
    assert client.post(f"{versions}/1:rollback", json={}).json()["aliases"] == ["current"]
    assert client.post(f"{versions}/2:alias", json={"aliasId": "best"}).json()["aliases"] == ["best"]
    assert client.delete(f"{versions}/1").status_code == 400
    assert [client.delete(f"{versions}/2").status_code, client.get(f"{versions}/2").status_code] == [200, 404]


def test_a_secret_never_comes_back(fireworks: Double, client: httpx.Client) -> None:
    wish = {"name": "openai-api-key", "keyName": "OPENAI_API_KEY", "value": "sk-very-secret"}
    answers = [
        client.post(SECRETS, json=wish),
        client.post(SECRETS, json=wish),
        client.get(f"{SECRETS}/openai-api-key"),
        client.get(SECRETS),
        client.patch(
            f"{SECRETS}/openai-api-key", json={"keyName": "OPENAI_API_KEY", "value": "sk-other-secret"}
        ),
    ]
    assert [answer.status_code for answer in answers] == [200, 409, 200, 200, 200]
    assert fireworks.secret_value("openai-api-key") == "sk-other-secret"
    shown = "".join(answer.text for answer in answers) + json.dumps([fireworks.state(), fireworks.log()])
    assert [value for value in ("sk-very-secret", "sk-other-secret") if value in shown] == []
    assert client.delete(f"{SECRETS}/openai-api-key").json() == {}


@pytest.mark.parametrize(
    ("scenario", "expected"), [("happy", (404, 5)), ("missing-secret-is-500", (500, 13))]
)
def test_a_missing_secret_is_not_found_or_an_internal_error(
    fireworks: Double, client: httpx.Client, scenario: str, expected: tuple[int, int]
) -> None:
    fireworks.use(scenario)
    answer = client.get(f"{SECRETS}/nothing")
    assert (answer.status_code, answer.json()["code"]) == expected
