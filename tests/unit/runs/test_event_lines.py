from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rft_cli.runs.event_lines import end_half_line, read_new


def test_a_missing_file_has_nothing_new(tmp_path) -> None:
    assert read_new(tmp_path / "events.jsonl", 0) == ((), 0)
    assert read_new(tmp_path / "events.jsonl", 7) == ((), 7)


def test_a_half_line_waits_for_its_end(tmp_path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"event": "a"}\n{"eve')
    events, cursor = read_new(path, 0)
    assert (events, cursor) == (({"event": "a"},), 15)
    assert read_new(path, cursor) == ((), 15)
    with path.open("ab") as file:
        file.write(b'nt": "b"}\n')
    assert read_new(path, cursor) == (({"event": "b"},), 30)


def test_lines_that_are_no_events_are_skipped(tmp_path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"event": "a"}\n{"eve{"event": "b"}\n[1]\n\n{"x": 1}\n\xff\xfe\n{"event": "c"}\n')
    assert [event["event"] for event in read_new(path, 0)[0]] == ["a", "c"]


def test_a_file_that_was_replaced_is_read_from_its_start(tmp_path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"event": "a"}\n')
    assert read_new(path, 999) == (({"event": "a"},), 15)


@given(st.lists(st.text(max_size=8), max_size=6), st.lists(st.integers(0, 60), max_size=4))
def test_however_the_bytes_arrive_each_event_is_read_once(tmp_path_factory, words, cuts) -> None:
    path = tmp_path_factory.mktemp("events") / "events.jsonl"
    data = "".join(json.dumps({"event": word}) + "\n" for word in words).encode()
    cursor, seen = 0, []
    for cut in [*sorted(min(cut, len(data)) for cut in cuts), len(data)]:
        path.write_bytes(data[:cut])
        events, cursor = read_new(path, cursor)
        seen += [event["event"] for event in events]
    assert seen == words


DAMAGED = [
    '{"event": "metrics", "step": 1}',
    '{"event": "metrics", "step": "1", "values": {}}',
    '{"event": "metrics", "step": 1, "values": {"reward": null}}',
    '{"event": "metrics", "step": 1, "values": {"reward": NaN}}',
    '{"event": "evaluation", "step": 0, "mean": 0.5, "n": 2}',
    '{"event": "note", "message": "without a time"}',
    '{"event": "started"}',
    '{"event": "end"}',
    '{"event": 7}',
]


@pytest.mark.parametrize("line", DAMAGED)
def test_an_event_without_what_readers_rely_on_is_skipped(tmp_path, line) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(line + '\n{"event": "whole"}\n')
    assert [event["event"] for event in read_new(path, 0)[0]] == ["whole"]


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"", b""), (b'{"a"', b'{"a"\n'), (b'{"event": "a"}\n', b'{"event": "a"}\n')],
)
def test_only_a_half_line_is_ended(tmp_path, before, after) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(before)
    end_half_line(path)
    assert path.read_bytes() == after


def test_a_missing_file_has_no_half_line(tmp_path) -> None:
    end_half_line(tmp_path / "events.jsonl")
    assert list(tmp_path.iterdir()) == []
