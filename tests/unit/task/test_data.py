"""Reading a data set: which rows come out, and what is said about the lines that do not."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from rft_cli.diagnostics import Finding, Location, Severity
from rft_cli.task.data import FINDINGS_SHOWN, Row, file_digest, read_rows, scan_rows

if TYPE_CHECKING:
    from pathlib import Path

USER = '{"role": "user", "content": "2+2?"}'
GOOD = f'{{"messages": [{USER}], "answer": 4}}'


def findings_of(path: Path, content: bytes) -> list[tuple[int, int, str, str]]:
    path.write_bytes(content)
    dataset = read_rows(path, "data.jsonl")
    assert {finding.code for finding in dataset.findings} <= {"RFT701"}
    return [
        (finding.location.line, finding.location.column, finding.message, finding.help)
        for finding in dataset.findings
    ]


def test_rows_keep_their_line_their_prompt_and_the_whole_record(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(f"{GOOD}\n\n  \n{GOOD}\n", encoding="utf-8")
    record = json.loads(GOOD)
    rows = (Row(1, record["messages"], record), Row(4, record["messages"], record))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_rows(path, "data.jsonl") == (rows, digest, ())
    assert file_digest(path) == digest


def test_a_byte_order_mark_and_crlf_are_accepted(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + f"{GOOD}\r\n{GOOD}\r\n".encode())
    dataset = read_rows(path, "data.jsonl")
    assert ([row.line for row in dataset.rows], dataset.findings) == ([1, 2], ())


def test_text_parts_are_joined_and_the_record_stays_as_written(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    parts = [{"type": "text", "text": "2+"}, {"type": "text", "text": "2?"}]
    record = {"messages": [{"role": "user", "content": parts}]}
    path.write_text(json.dumps(record), encoding="utf-8")
    (row,) = read_rows(path, "data.jsonl").rows
    assert row == Row(1, [{"role": "user", "content": "2+2?"}], record)


def test_a_call_of_a_tool_needs_no_content(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    turns = [
        {"role": "user", "content": "weather?"},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
        {"role": "tool", "content": "sunny"},
    ]
    path.write_text(json.dumps({"messages": turns}), encoding="utf-8")
    (row,) = read_rows(path, "data.jsonl").rows
    assert [turn["content"] for turn in row.messages] == ["weather?", "", "sunny"]


def test_pictures_are_kept_for_an_engine_that_sees(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    record = {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u"}}]}]}
    path.write_text(json.dumps(record), encoding="utf-8")
    (row,) = read_rows(path, "data.jsonl", text_only=False).rows
    assert row.messages == record["messages"]


def test_an_answer_at_the_end_is_left_out_of_the_prompt_with_one_warning_for_the_file(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    answered = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
    path.write_text(f"{GOOD}\n" + f"{json.dumps(answered)}\n" * 2, encoding="utf-8")
    dataset = read_rows(path, "data.jsonl")
    assert [row.messages[-1]["role"] for row in dataset.rows] == ["user", "user", "user"]
    assert dataset.rows[1].record == answered
    assert dataset.usable
    assert dataset.findings == (
        Finding(
            "RFT701",
            Severity.WARNING,
            Location("data.jsonl", 2),
            "2 rows end with an assistant's answer (this is the first): it is left out of the prompt",
            'nothing to do if that is meant; the evaluator still finds it in record["messages"]',
        ),
    )


BAD_LINES = {
    "a comma before the bracket": (
        b'{"messages": [1,]}',
        (17, "a comma stands before the closing bracket", "delete the comma"),
    ),
    "a comma before the brace": (
        b'{"a": 1,}',
        (9, "a comma stands before the closing bracket", "delete the comma"),
    ),
    "single quotes": (b"{'messages': 1}", (2, "a text stands in single quotes", "JSON wants double quotes")),
    "a bare key": (b"{messages: 1}", (2, "a key in double quotes is missing here", "")),
    "python's True": (b'{"a": True}', (7, "True is Python's", "JSON writes true")),
    "python's None": (b'{"a": None}', (7, "None is Python's", "JSON writes null")),
    "a comment": (b"// rows", (1, "a comment stands here", "JSON has no comments: delete it")),
    "a missing comma": (b'{"x": 1 "y": 2}', (9, "a comma or a closing bracket is missing here", "")),
    "a missing colon": (b'{"x" 1}', (6, "a colon is missing after the key", "")),
    "half a line": (
        b'{"messages"',
        (12, "the line ends before the value does", "write each object on one line of its own"),
    ),
    "an open text": (b'{"messages', (2, "the text that starts here has no closing quote", "")),
    "two values": (b"{} {}", (4, "something stands after the end of the value", "write one object a line")),
    "a raw tab": (
        b'{"x": "a\tb"}',
        (9, "a text holds a raw tab or control character", "write \\t, or \\n for a new line"),
    ),
    "an unknown escape": (
        b'{"x":"\\d"}',
        (7, "the backslash starts no escape that JSON knows", "write two backslashes for one"),
    ),
    "NaN, after a text that says it too": (
        b'{"x": "NaN", "y": NaN}',
        (19, "NaN is not a finite number", "write a finite number, or null"),
    ),
    "minus infinity": (
        b'{"y": -Infinity}',
        (7, "-Infinity is not a finite number", "write a finite number, or null"),
    ),
    "a number past all floats": (
        b'{"y": 1e999}',
        (7, "1e999 is not a finite number", "write a finite number, or null"),
    ),
    "too many digits": (
        b'{"y": ' + b"9" * 5000 + b"}",
        (1, "a number has too many digits to be read", "put it in double quotes"),
    ),
    "a key twice": (b'{"a": 1, "a": 2}', (10, 'the key "a" stands twice in one object', "keep one of them")),
    "half a character": (
        b'{"x": "\\ud83d!"}',
        (8, "a \\u escape is half of a character", "write the character itself"),
    ),
    "nested too deep": (b"[" * 100_000, (1, "lists and objects are nested too deep to be read", "")),
    "not UTF-8": ('{"x": "né"}'.encode("latin-1"), (9, "byte 0xe9 is not UTF-8", "save the file as UTF-8")),
    "a list": (
        b"[1]",
        (1, "the line is a list, not an object", 'write {"messages": [{"role": "user", "content": "…"}]}'),
    ),
    "a text": (
        b'"hi"',
        (1, "the line is a text, not an object", 'write {"messages": [{"role": "user", "content": "…"}]}'),
    ),
    "no messages": (
        b"{}",
        (1, "the row has no `messages`", 'add "messages": [{"role": "user", "content": "…"}]'),
    ),
    "a bare prompt": (
        b'{"prompt": "2+2?"}',
        (
            1,
            "the row has `prompt` and no `messages`",
            'write "messages": [{"role": "user", "content": <prompt>}] beside it',
        ),
    ),
    "a ShareGPT row": (
        b'{"conversations": []}',
        (
            1,
            "the row has `conversations` and no `messages`",
            "rename it to `messages`, and inside it `from` to `role` and `value` to `content`",
        ),
    ),
    "empty messages": (
        b'{"id": 1, "messages": []}',
        (11, "`messages` is empty", "add at least one message with the role user"),
    ),
    "messages of text": (
        b'{"messages": "hi"}',
        (2, "`messages` is a text, not a list", 'write "messages": [{"role": "user", "content": "…"}]'),
    ),
    "a message of text": (
        b'{"messages": ["hi"]}',
        (2, "message 1 is a text, not an object", 'write {"role": "user", "content": "…"}'),
    ),
    "no role": (
        b'{"messages": [{"content": "x"}]}',
        (
            2,
            "message 1 has no `role`",
            'add "role": one of system, developer, user, assistant, tool, function',
        ),
    ),
    "another format's role": (
        b'{"messages": [{"role": "human", "content": "x"}]}',
        (2, "message 1 has the unknown role human", 'write "role": "user"'),
    ),
    "no such role": (
        b'{"messages": [{"role": "judge", "content": "x"}]}',
        (
            2,
            "message 1 has the unknown role judge",
            "use one of system, developer, user, assistant, tool, function",
        ),
    ),
    "no content": (
        f'{{"messages": [{USER}, {{"role": "user"}}]}}'.encode(),
        (2, "message 2 has no `content`", 'add "content": "…"'),
    ),
    "a number as content": (
        b'{"messages": [{"role": "user", "content": 5}]}',
        (2, "`content` of message 1 is a number, not a text", 'put it in double quotes: "content": "5"'),
    ),
    "a picture": (
        b'{"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}',
        (
            2,
            "`content` of message 1 has a part that is not text (image_url)",
            'this engine reads text only: keep parts of the form {"type": "text", "text": "…"}',
        ),
    ),
    "nothing asked": (
        b'{"messages": [{"role": "assistant", "content": "x"}]}',
        (
            2,
            "every message is the assistant's, so nothing is asked",
            "put the question in a message with the role user",
        ),
    ),
    "a blank prompt": (
        b'{"messages": [{"role": "user", "content": " "}]}',
        (2, "every message before the answer is blank", "write the question into `content`"),
    ),
}


@pytest.mark.parametrize("line", [1, 3])
@pytest.mark.parametrize("name", BAD_LINES)
def test_a_bad_line_is_named_with_its_place_and_an_edit(tmp_path: Path, name: str, line: int) -> None:
    content, (column, message, help_) = BAD_LINES[name]
    lines = [GOOD.encode()] * (line - 1) + [content, GOOD.encode()]
    path = tmp_path / "data.jsonl"
    assert findings_of(path, b"\n".join(lines)) == [(line, column, message, help_)]
    dataset = read_rows(path, "data.jsonl")
    assert [row.line for row in dataset.rows] == [*range(1, line), line + 1]
    assert not dataset.usable


def test_a_file_without_rows_says_so(tmp_path: Path) -> None:
    for content in (b"", b"\n \n", b"\xef\xbb\xbf\n"):
        assert findings_of(tmp_path / "data.jsonl", content) == [
            (1, 1, "the data set has no rows", "add one JSON object a line")
        ]


def test_one_document_over_many_lines_is_recognised_on_the_first(tmp_path: Path) -> None:
    content = json.dumps([{"messages": []}], indent=2).encode()
    assert findings_of(tmp_path / "data.jsonl", content)[0] == (
        1,
        2,
        "the line ends before the value does",
        "the file is one JSON document: write one object a line, without commas between them",
    )


def test_only_the_first_bad_lines_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    findings = findings_of(tmp_path / "data.jsonl", b"{}\n" * (FINDINGS_SHOWN + 7))
    assert len(findings) == FINDINGS_SHOWN + 1
    assert findings[-1] == (FINDINGS_SHOWN + 1, 1, "and 7 more lines with an error from here on", "")


@pytest.mark.parametrize(
    ("first_bytes", "message", "help_"),
    [
        (b"\xff\xfe{\x00", "the data set is UTF-16 text, not JSON Lines", "save it as UTF-8"),
        (b"\x1f\x8b\x08", "the data set is a gzip archive, not JSON Lines", "unpack it first"),
        (b"PAR1", "the data set is a Parquet table, not JSON Lines", "export it as JSON Lines"),
    ],
)
def test_other_file_formats_are_recognised(
    tmp_path: Path, first_bytes: bytes, message: str, help_: str
) -> None:
    assert findings_of(tmp_path / "data.jsonl", first_bytes) == [(1, 1, message, help_)]


def test_a_missing_file_names_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "arithmetic.jsonl").write_text(GOOD, encoding="utf-8")
    dataset = read_rows(tmp_path / "arithmetics.jsonl", "data/arithmetics.jsonl")
    assert dataset == (
        (),
        "",
        (
            Finding(
                "RFT701",
                Severity.ERROR,
                Location("data/arithmetics.jsonl"),
                "the data set does not exist",
                "did you mean arithmetic.jsonl?",
            ),
        ),
    )


def test_a_folder_is_no_data_set(tmp_path: Path) -> None:
    (finding,) = read_rows(tmp_path, "data").findings
    assert finding.message == "the data set is a folder"


def test_a_scan_says_what_reading_says_and_keeps_no_row(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text('{"messages": [{"role": "user", "content": "1+1="}]}\n{"messages": []}\n\n' * 3)
    seen: list[int] = []
    scan, read = (
        scan_rows(path, "data.jsonl", lambda row: seen.append(row.line)),
        read_rows(path, "data.jsonl"),
    )
    assert (scan.rows, scan.digest, scan.findings) == (len(read.rows), read.digest, read.findings)
    assert seen == [row.line for row in read.rows] == [1, 4, 7]
