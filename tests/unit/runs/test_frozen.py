"""A plan as a file: it comes back as it was, and any edit is noticed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rft_cli.config import load
from rft_cli.errors import FindingsError
from rft_cli.runs.frozen import SCHEMA_VERSION, digest_of, is_plan, parse_plan, sealed, values_of

TEXT = """\
version: 1
name: sums
model: rehearsal
dataset: data/train.jsonl
evaluator: {entry: evaluators/sums.py:evaluate, env: [KEY]}
training: {learning_rate: 2e-4}
fireworks: {}
x-team: {owner: {name: me}}
x-a.b: 1
"""


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "_base.yaml").write_text("version: 1\nrollout: {n: 8}\n")
    (tmp_path / "sums.yaml").write_text(f"{TEXT}extends: _base.yaml\n")
    loaded = load(
        tmp_path / "sums.yaml",
        root=tmp_path,
        shown="sums.yaml",
        overrides=["rollout.top_k=20"],
        environment={"RFT_TRAINING__EPOCHS": "2"},
    )
    assert loaded.config is not None, loaded.findings
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "plan",
        "name": "sums",
        "config_path": "sums.yaml",
        "config": values_of(loaded.config),
        "values": loaded.config.values,
        "schedule": {},
        "payload": {"a": [1e-4, None]},
        "payload_sha256": digest_of({"a": [1e-4, None]}),
        "digests": {"dataset": "d"},
        "files": {"sums.yaml": "f"},
        "scope": "s",
        "fingerprint": "p",
        "force": False,
    }


def read(document: dict[str, Any]) -> Any:
    return parse_plan(json.dumps(sealed(document)).encode(), "plan.json")


def test_the_values_come_back_as_they_were(document) -> None:
    assert read(document).config.values == document["values"]


def test_each_value_says_where_it_came_from(document) -> None:
    origins = {path: entry["origin"] for path, entry in document["config"].items()}
    assert origins["training.learning_rate"] == "sums.yaml:6"
    assert origins["rollout.n"] == "_base.yaml:2"
    assert origins["rollout.top_k"] == "--set"
    assert origins["training.epochs"] == "environment"
    assert origins["rollout.temperature"] == "default"
    assert document["config"]["x-team"]["value"] == {"owner": {"name": "me"}}
    assert document["config"]["fireworks"]["value"] == {}


def test_the_origins_come_back(document) -> None:
    origins = read(document).config.origins
    kinds = {path: origins[path].kind for path in ("rollout.n", "rollout.top_k", "training.epochs", "model")}
    assert kinds == {
        "rollout.n": "extends",
        "rollout.top_k": "set",
        "training.epochs": "environment",
        "model": "file",
    }
    assert origins["rollout.n"].location[:2] == ("_base.yaml", 2)


def test_spacing_and_the_order_of_keys_are_no_edit(document) -> None:
    turned = dict(reversed(sealed(document).items()))
    assert parse_plan(json.dumps(turned, indent=7).encode(), "plan.json").scope == "s"


@pytest.mark.parametrize(
    "key", ["config", "schedule", "digests", "files", "scope", "fingerprint", "force", "name"]
)
def test_any_edit_is_noticed(document, key) -> None:
    edited = sealed(document)
    edited[key] = (
        {"changed": True} if isinstance(edited[key], dict) else not edited[key] if key == "force" else "x"
    )
    with pytest.raises(FindingsError, match="was edited by hand: it is not as it was written"):
        parse_plan(json.dumps(edited).encode(), "plan.json")


def test_an_edited_payload_is_told_as_such(document) -> None:
    edited = sealed(document)
    edited["payload"] = {"a": [2e-4, None]}
    with pytest.raises(FindingsError) as caught:
        parse_plan(json.dumps(edited).encode(), "plan.json")
    assert (caught.value.message, caught.value.hint) == (
        "the plan plan.json was edited by hand: its payload is not the one that was planned",
        "change the config instead, and make it again: rft plan CONFIG --out plan.json",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"kind": "plan", ', "the plan plan.json is not JSON: Expecting property name"),
        (b"[]", "plan.json is JSON, and no plan"),
        (b'{"kind": "record"}', "plan.json is JSON, and no plan"),
        (
            b'{"kind": "plan", "schema_version": 9}',
            "the plan plan.json is from another version of rft: its form is 9, this rft reads 1",
        ),
        (b'{"kind": "plan", "schema_version": 1}', "the plan plan.json is incomplete: name, config_path"),
        (b"[" * 100_000, "the plan plan.json is not JSON"),
    ],
)
def test_what_is_no_sound_plan_is_told(content, message) -> None:
    with pytest.raises(FindingsError) as caught:
        parse_plan(content, "plan.json")
    assert caught.value.message.startswith(message)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("plan.json", b'{"kind": "plan"', True),
        ("plan.yaml", b'{"kind": "plan"}', False),
        ("run.json", b'{"version": 1}', False),
    ],
)
def test_a_plan_is_told_from_a_config(tmp_path, name, content, expected) -> None:
    (tmp_path / name).write_bytes(content)
    assert is_plan(tmp_path / name) is expected
    assert not is_plan(tmp_path / "absent.json")
