"""The traps of YAML, on both parsers: what a file means, what is refused, and where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rft_cli.config import Document, read_document
from rft_cli.config.source import LARGEST_FILE, parse

both_parsers = pytest.mark.parametrize("pure", [False, True], ids=["fast", "pure"])


def read(text: str, pure: bool) -> Document:
    return parse(text.encode(), "run.yaml", pure=pure)


def said(document: Document) -> list[str]:
    return [f"{place.line}:{place.column} {code}" for code, _, place, *_ in document.findings]


TRAPS: list[tuple[str, Any]] = [
    ("learning_rate: 1e-4", 1e-4),
    ("learning_rate: 5e-4", 5e-4),
    ("learning_rate: 1E-4", 1e-4),
    ("learning_rate: 1e5", 1e5),
    ("learning_rate: 1.0e4", 1e4),
    ("learning_rate: '1e-4'", "1e-4"),
    ("epochs: 2.0", 2.0),
    ("epochs: 1:30", "1:30"),
    ("epochs: 12:30:45", "12:30:45"),
    ("batch_size: 32_768", "32_768"),
    ("tags: [no, yes]", ["no", "yes"]),
    ("model: on", "on"),
    ("lora_rank: true", True),
    ("date: 2024-01-01", "2024-01-01"),
    ("equals: =", "="),
    ("text: !!str 5", "5"),
    ("number: !!int '5'", 5),
    ("real: !!float 5", 5.0),
    ("flag: !!bool 'true'", True),
    ("none: !!null ''", None),
    ("list: !!seq [1]", [1]),
    ("section: !!map {a: 1}", {"a": 1}),
    ("block: |\n  a\n  b\n", "a\nb\n"),
    ("folded: >-\n  a\n  b\n", "a b"),
    ("wide: 😀", "😀"),
    ('escaped: "\\u00e9\\U0001F600"', "é😀"),
    ("tab:\t5\t# note", 5),
    ("crlf: 5\r\n", 5),
    ("<<: {a: 1}\nb: 2", None),
]


@both_parsers
@pytest.mark.parametrize(("text", "value"), TRAPS, ids=[text for text, _ in TRAPS])
def test_what_a_value_means(text: str, value: object, pure: bool) -> None:
    document = read(text, pure)
    assert document.findings == ()
    if not text.startswith("<<"):
        (actual,) = document.data.values()
        assert (actual, type(actual)) == (value, type(value))


REFUSED: list[tuple[str, list[str]]] = [
    ("a: .nan", ["1:4 RFT010"]),
    ("a: 1.0e+400", ["1:4 RFT010"]),
    ("a: [1, .inf]", ["1:8 RFT010"]),
    ("a: 010", ["1:4 RFT011"]),
    ("a: 1\nb: 2\na: 3", ["3:1 RFT007"]),
    ("a: 1\n'a': 2", ["2:1 RFT007"]),
    ("a: {b: 1, b: 2, b: 3}", ["1:11 RFT007", "1:17 RFT007"]),
    ("<<: {a: 1}\n<<: {b: 1}", ["2:1 RFT007"]),
    ("a: 1\n---\nb: 2", ["2:1 RFT005"]),
    ("---\na: 1\n---\n", ["3:1 RFT005"]),
    ("a: 1\n...\n---\nb: [", ["3:1 RFT005"]),
    ("", ["1:1 RFT004"]),
    ("# note", ["1:1 RFT004"]),
    ("---\n", ["1:1 RFT004"]),
    ("\n\n", ["1:1 RFT004"]),
    ("- a", ["1:1 RFT006"]),
    ("5", ["1:1 RFT006"]),
    ("[]", ["1:1 RFT006"]),
    ("a: !x 1", ["1:4 RFT009"]),
    ("a: &b !x {c: 1}", ["1:4 RFT009"]),
    ("!x\na: 1", ["1:1 RFT009"]),
    ("a: !!int x", ["1:4 RFT009"]),
    ("a: !!int true", ["1:4 RFT009"]),
    ("a: !!float .nan", ["1:12 RFT010"]),
    ("1: a", ["1:1 RFT012"]),
    ("? [a]\n: b", ["1:3 RFT012"]),
    ("{a: 1, 2, 3: 4}", ["1:8 RFT012", "1:11 RFT012"]),
    (": a", ["1:1 RFT003"]),
    ("a: &a [*a]", ["1:7 RFT008"]),
    ("a: &a {b: *a}", ["1:7 RFT008"]),
    ("a: &a\n  <<: *a", ["1:4 RFT008"]),
    ("<<: 5", ["1:5 RFT014"]),
    ("<<: [{a: 1}, 5]", ["1:14 RFT014"]),
    ("<<: [[{a: 1}]]", ["1:6 RFT014"]),
    ('a: "\\ud800"', ["1:4 RFT003"]),
    ('a: "\\UFFFFFFFF"', ["1:5 RFT003"]),
    ('a: "\\x0"', ["1:5 RFT003"]),
    ("%YAML 3.0\n---\na: 1", ["1:1 RFT003"]),
    ("a: \x00", ["1:4 RFT003"]),
    ("a: b\ufeffc", ["1:5 RFT003"]),
    ("a: b\x85c", ["1:5 RFT003"]),
    ("a: " + "[" * 101 + "]" * 101, ["1:103 RFT008"]),
    ("a: " + "[" * 30_000, ["1:103 RFT008"]),
    ("- " * 20_000, ["1:201 RFT008"]),
    ("? " * 20_000, ["1:201 RFT008"]),
    ("a: [" + "x," * 10_001 + "]", None),
]


@both_parsers
@pytest.mark.parametrize(("text", "findings"), REFUSED, ids=[text[:30] for text, _ in REFUSED])
def test_what_is_refused_and_where(text: str, findings: list[str] | None, pure: bool) -> None:
    document = read(text, pure)
    if findings is None:
        assert [finding.code for finding in document.findings] == ["RFT008"]
    else:
        assert said(document) == findings


@both_parsers
def test_an_alias_bomb_is_refused_before_it_grows(pure: bool) -> None:
    levels = ["x-0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 40)]
    document = read("\n".join(levels), pure)
    assert [finding.code for finding in document.findings] == ["RFT008"]
    assert document.root is None


@both_parsers
def test_a_hundred_levels_are_read(pure: bool) -> None:
    assert read("a: " + "[" * 99 + "]" * 99, pure).findings == ()


@both_parsers
def test_merged_keys_stand_in_their_anchor_and_written_ones_win(pure: bool) -> None:
    text = "x-base: &base\n  a: 1\n  b: .nan\nc:\n  a: 2\n  <<: *base\n"
    document = read(text, pure)
    assert document.data["c"]["a"] == 2
    assert said(document) == ["3:6 RFT010"]
    assert document.location("c.b")[1:3] == (3, 6)
    assert document.location("c.b", key=True)[1:3] == (3, 3)


@both_parsers
def test_of_several_merged_sections_the_first_wins(pure: bool) -> None:
    text = "x-a: &a {k: 1}\nx-b: &b {k: 2, l: 3}\nc:\n  <<: [*a, *b]\n"
    document = read(text, pure)
    assert document.data["c"] == {"k": 1, "l": 3}
    assert document.location("c.k")[1:3] == (1, 13)


@both_parsers
def test_what_cannot_be_merged_is_passed_over_when_a_place_is_looked_for(pure: bool) -> None:
    document = read("a:\n  <<: 5\n  b: 1\n", pure)
    assert document.location("a.b")[1:3] == (3, 6)
    assert not document.has("a.c")


@both_parsers
def test_a_byte_order_mark_and_windows_line_ends_change_no_place(pure: bool) -> None:
    text = "a: 1\r\nb:\r\n  c: 1e-4\r\n"
    document = parse(b"\xef\xbb\xbf" + text.encode(), "run.yaml", pure=pure)
    assert document.data == {"a": 1, "b": {"c": 1e-4}}
    assert document.location("a") == ("run.yaml", 1, 4, 5)
    assert document.location("b.c") == ("run.yaml", 3, 6, 10)


@both_parsers
@pytest.mark.parametrize(
    ("text", "path", "place"),
    [
        ("a: 1", "a", (1, 4, 5)),
        ("a: '1'", "a", (1, 4, 7)),
        ("é: 😀 # x", "é", (1, 4, 5)),
        ("a: &x 1", "a", (1, 7, 8)),
        ("a: !!str &x 1", "a", (1, 13, 14)),
        ("a: &x 1\nb: *x", "b", (1, 7, 8)),
        ("a: [1, 2]", "a", (1, 4, 10)),
        ("a:\n  b: 1\n", "a", (2, 3, 0)),
        ("a:\n  b: |\n    x\n", "a.b", (2, 6, 0)),
        ("a:\nb: 1", "a", (1, 1, 2)),
        ("a: {b: , c: 1}", "a.b", (1, 5, 6)),
        ("a: {b: 1}", "a.c", (1, 1, 2)),
        ("a: 1", "z.y", (1, 1, 0)),
        ("a: 1", "a.b", (1, 1, 2)),
        ("", "a", (1, 1, 0)),
    ],
)
def test_where_a_value_stands(text: str, path: str, place: tuple[int, int, int], pure: bool) -> None:
    assert read(text, pure).location(path)[1:] == place


@both_parsers
def test_items_and_keys_with_dots_are_found_by_their_parts(pure: bool) -> None:
    document = read("a: [x, {b: y}]\nc.d: 1\n", pure)
    assert document.location(("a", 1, "b"))[1:] == (1, 12, 13)
    assert document.location(("c.d",))[1:] == (2, 6, 7)
    assert document.has(("a", 1))
    assert not document.has(("a", 2))


BROKEN: list[tuple[str, str]] = [
    ("a:\n\tb: 1", "2:1 a tab indents this line, and YAML indents with spaces"),
    ("a:\n  b: 1\n \tc: 2", "3:2 a tab indents this line, and YAML indents with spaces"),
    ("a: 1\n>>>>>>> x", "2:1 a merge conflict is not resolved: >>>>>>>"),
    ("a: [\n<<<<<<< HEAD\n1]\n=======\n2]\n", "2:1 a merge conflict is not resolved: <<<<<<<"),
    ("a: 'x\nb: 1", "1:4 the quote that opens here is not closed"),
    ('a: "x\n---\n', "1:4 the quote that opens here is not closed"),
    ("a: [1\nb: 2", "1:4 the [ that opens here is not closed"),
    ("a: {b: 1", "1:4 the { that opens here is not closed"),
    ("a: [1, 'x' 2]", "1:12 a comma or ] is missing before this"),
    ("a: [why?]", "1:8 a ? stands in an unquoted text between brackets"),
    ("a: ]", "1:4 this ] closes nothing"),
    ("a: , b", "1:4 a comma stands here without a value before it"),
    ("a: b: c", "1:5 a second colon makes this text a key"),
    ("a: 1\n b: 2", "2:2 this key is indented deeper than its neighbours"),
    ("a\nb: 2", "1:1 a colon is missing after the key"),
    ("a: 1\nb 2\nc: 3", "2:1 a colon is missing after the key"),
    ("a: 1\nb:2\nc: 3", "2:1 a space is missing after the colon"),
    ("a: %x", "1:4 a text cannot begin with %"),
    ("a: `x`", "1:4 a text cannot begin with `"),
    ("a: *b", "1:4 the alias names an anchor that is not defined above"),
    ("a: &b 1\nc: &b 2", "2:4 the anchor is defined twice"),
    ('a: "\\q"', "1:5 \\q is no escape that YAML knows"),
]


@both_parsers
@pytest.mark.parametrize(("text", "words"), BROKEN, ids=[text for text, _ in BROKEN])
def test_broken_yaml_is_explained(text: str, words: str, pure: bool) -> None:
    (finding,) = read(text, pure).findings
    assert finding.code == "RFT003"
    assert f"{finding.location.line}:{finding.location.column} {finding.message}" == words
    assert finding.help


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (finding,) = read_document(tmp_path / "run.yaml", "run.yaml").findings
    assert (finding.code, finding.location, finding.message) == (
        "RFT001",
        ("run.yaml", 1, 1, 0),
        "there is no such file",
    )


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (finding,) = read_document(tmp_path).findings
    assert (finding.code, finding.message) == ("RFT001", "this is a directory, not a file")


def test_a_file_below_a_file_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    (finding,) = read_document(tmp_path / "a" / "b").findings
    assert finding.message == "there is no such file"


def test_a_path_with_a_nul_is_no_file() -> None:
    (finding,) = read_document("a\0b").findings
    assert (finding.code, finding.message) == ("RFT001", "a path cannot hold a NUL character")


def test_links_in_a_circle_are_no_file(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (finding,) = read_document(tmp_path / "a").findings
    assert finding.message == "the file cannot be read: its symbolic links go in a circle"


def test_a_name_that_is_too_long_is_told_in_the_systems_words(tmp_path: Path) -> None:
    (finding,) = read_document(tmp_path / ("a" * 5000)).findings
    assert finding.message.startswith("the file cannot be read: ")


def test_a_huge_file_is_not_parsed(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_bytes(b"a: " + b"x" * 10 * LARGEST_FILE)
    (finding,) = read_document(path).findings
    assert (finding.code, finding.message) == (
        "RFT001",
        "the file is larger than 1 MiB, which no run config is",
    )


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        (b"a: 1\nb: \xe9\n", (2, 4, 5), "the byte 0xe9 is not UTF-8"),
        ("é: x".encode() + b"\xff", (1, 5, 6), "the byte 0xff is not UTF-8"),
        ("a: 1".encode("utf-16"), (1, 1, 0), "the file is UTF-16, not UTF-8"),
    ],
)
def test_another_encoding_is_named(content: bytes, place: tuple[int, int, int], message: str) -> None:
    (finding,) = parse(content, "run.yaml").findings
    assert (finding.code, finding.location[1:], finding.message) == ("RFT002", place, message)
