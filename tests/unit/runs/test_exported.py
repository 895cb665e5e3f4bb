from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.project import record_run, write_project

from rft_cli.errors import UsageError
from rft_cli.runs.exported import MOST_POINTS, export_record, parse_record, read_record
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.place import place_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_project(tmp_path)


def exported(root: Path, run: str) -> str:
    with Ledger(place_of(root, {})) as ledger:
        return export_record(ledger.run(run), ledger.points(run), root)


def edited(root: Path, **fields: Any) -> bytes:
    document = json.loads(exported(root, record_run(root)))
    for name, value in fields.items():
        if value is None:
            del document[name]
        else:
            document[name] = value
    return json.dumps(document).encode()


def test_what_is_written_is_what_is_read(root: Path) -> None:
    run = record_run(
        root, "run.yaml", "rollout.n=8", reference="sums.0", hypothesis="clearer", why={"multiple": "w"}
    )
    (root / "record.json").write_text(exported(root, run))
    found = read_record(root / "record.json", "record.json")
    with Ledger(place_of(root, {})) as ledger:
        known = ledger.run(run)
    assert (found.path, found.id, found.name) == ("record.json", run, "sums")
    assert (found.config, found.digests) == (known.config, known.record["digests"])
    assert (found.scope, found.fingerprint) == (known.summary.scope, known.summary.fingerprint)
    document = found.document
    assert document["evaluation"] == {
        "before": {"step": 0, "mean": 0.25, "standard_error": 0.05, "n": 64, "on_training_rows": False},
        "after": {"step": 64, "mean": 0.75, "standard_error": 0.05, "n": 64, "on_training_rows": False},
    }
    assert document["last"] == {"step": 64, "reward_mean": 1.0, "kl": 0.01}
    assert (document["reference"], document["hypothesis"], document["why"]) == (
        "sums.0",
        "clearer",
        {"multiple": "w"},
    )
    assert (document["state"], document["steps"], document["schedule"]["rows"]) == ("completed", 64, 256)


def test_exporting_twice_gives_the_same_text(root: Path) -> None:
    run = record_run(root)
    assert exported(root, run) == exported(root, run)


def test_no_text_shows_where_the_project_lies(root: Path) -> None:
    run = record_run(root)
    with Ledger(place_of(root, {})) as ledger:
        known = ledger.run(run)
    record = {**known.record, "config_path": str(root / "configs" / "x.yaml")}
    summary = known.summary._replace(reason=f"{root}/evaluators/sums.py:3: it raised in {root}")
    text = export_record(known._replace(record=record, summary=summary), (), root)
    assert str(root) not in text
    document = json.loads(text)
    assert document["config_path"] == "configs/x.yaml"
    assert document["reason"] == "evaluators/sums.py:3: it raised in ."
    elsewhere = {**known.record, "config_path": "/elsewhere/x.yaml"}
    assert json.loads(export_record(known._replace(record=elsewhere), (), root))["config_path"] == "x.yaml"


@pytest.mark.parametrize(("steps", "kept"), [(0, 0), (1, 1), (64, 64), (200, 200), (201, 101), (1000, 200)])
def test_the_curve_is_thinned_and_keeps_its_end(root: Path, steps: int, kept: int) -> None:
    document = json.loads(exported(root, record_run(root, rewards=steps)))
    curve = document["curve"]
    assert len(curve["steps"]) == len(curve["values"]) == kept <= MOST_POINTS
    assert document["steps"] == steps
    assert curve["steps"][-1:] == ([steps] if steps else [])


def test_a_change_of_one_value_is_a_change_of_one_line_and_of_the_seal(root: Path) -> None:
    run = record_run(root)
    with Ledger(place_of(root, {})) as ledger:
        known = ledger.run(run)
    other = known._replace(config={**known.config, "model": "other"})
    texts = [export_record(each, (), root).splitlines() for each in (known, other)]
    differing = [line for line, there in zip(*texts, strict=True) if line != there]
    assert [line.split('"')[1] for line in differing] == ["model", "sha256"]


def test_spacing_line_ends_and_order_are_no_edit(root: Path) -> None:
    text = exported(root, record_run(root))
    document = dict(reversed(json.loads(text).items()))
    for content in (text.replace("\n", "\r\n"), json.dumps(document), json.dumps(document, indent=8)):
        assert parse_record(content.encode(), "r.json").id == "sums.1"


def test_a_missing_record_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_record(tmp_path / "r.json", "r.json")
    assert caught.value.message == "the record r.json cannot be read: No such file or directory"
    assert caught.value.hint == (
        "export it again where the run is known: rft export RUN --to record -o r.json"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the record r.json is not JSON: "),
        (b"{", "the record r.json is not JSON: "),
        (b"\xff\xfe{}", "the record r.json is not JSON: "),
        (b"[" * 100_000, "the record r.json is not JSON: "),
        (b"<<<<<<< HEAD\n{}\n=======\n", "the record r.json holds a merge conflict"),
        (b"[]", "r.json is JSON, and no record of a run"),
        (b'{"version": 1}', "r.json is JSON, and no record of a run"),
        (b'{"kind": "record"}', "the record r.json is from another version of rft: its form is None, this"),
        (
            b'{"kind": "record", "schema_version": 2}',
            "the record r.json is from another version of rft: its form is 2, this rft reads 1",
        ),
        (b"{" + b" " * (1 << 22) + b"}", "r.json is larger than any record of a run"),
    ],
)
def test_what_is_no_record(content: bytes, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_record(content, "r.json")
    assert caught.value.message.startswith(message)
    assert caught.value.hint != ""


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"config": None}, "the record r.json is incomplete: config"),
        ({"scope": 3, "evaluation": "good"}, "the record r.json is incomplete: scope, evaluation"),
        ({"sha256": None}, "the record r.json is incomplete: sha256"),
        (
            {"state": "failed"},
            "the record r.json was changed after it was exported: it no longer tells what ran",
        ),
        ({"evaluation": {"before": 0, "after": 9}}, "the record r.json was changed after it was exported"),
    ],
)
def test_a_record_that_was_edited_is_not_trusted(root: Path, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_record(edited(root, **fields), "r.json")
    assert caught.value.message.startswith(message)
    assert "rft export RUN --to record -o r.json" in caught.value.hint


def test_a_state_of_another_version_is_no_crash(root: Path) -> None:
    run = record_run(root)
    with Ledger(place_of(root, {})) as ledger:
        known = ledger.run(run)
    text = export_record(known._replace(summary=known.summary._replace(state="paused")), (), root)
    with pytest.raises(UsageError, match="in a state that this rft does not know: paused"):
        parse_record(text.encode(), "r.json")
