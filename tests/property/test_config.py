"""What holds of every run config: spec and schema agree, nothing raises, both parsers say the same, reading is stable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from support.strategies import boundary_values, documents

from rft_cli.config import Document, load, validate
from rft_cli.config.document import UNREAD
from rft_cli.config.source import parse
from rft_cli.config.validate import schema_validator
from rft_cli.spec.document import FIELDS, accepts_document, field_at
from rft_cli.spec.parameter import Parameter
from rft_cli.spec.parameters import PARAMETERS

WRONG: tuple[object, ...] = (
    True,
    "text",
    "",
    "a b\n",
    [],
    [1, 2],
    ["a", 1],
    {},
    {"a": 1},
    {"entry": 1},
    0,
    -1,
    1.5,
    8.0,
    1e300,
    float("nan"),
    float("inf"),
    float("-inf"),
)
"""One value or another of these is illegal under every key."""


@st.composite
def damaged_documents(draw: DrawFn) -> dict[str, Any]:
    """A legal document in which some values are replaced, keys added or taken away; it may still be legal."""
    document = draw(documents())
    for _ in range(draw(st.integers(1, 3))):
        section = document
        key = draw(st.sampled_from([*section, "unknown", "x-own", *(field.name for field in FIELDS)]))
        while isinstance(section.get(key), dict) and section[key] and draw(st.booleans()):
            section = section[key]
            key = draw(st.sampled_from([*section, "unknown"]))
        if key in section and draw(st.booleans()):
            del section[key]
        else:
            section[key] = draw(st.sampled_from(WRONG))
    return document


@given(document=documents() | damaged_documents(), fragment=st.booleans())
def test_the_spec_accepts_what_the_schema_accepts(document: dict[str, Any], fragment: bool) -> None:
    assert accepts_document(document, fragment=fragment) == schema_validator(fragment=fragment).is_valid(
        document
    )


@pytest.mark.parametrize("entry", PARAMETERS, ids=lambda entry: entry.key)
def test_spec_and_schema_agree_at_every_boundary(entry: Parameter) -> None:
    for value in (*boundary_values(entry), float("nan"), float("inf"), float("-inf")):
        document = {entry.section: {entry.key: value}}
        agreed = accepts_document(document, fragment=True)
        assert schema_validator(fragment=True).is_valid(document) == agreed, value


def as_json(document: dict[str, Any]) -> bytes:
    """JSON is YAML, and spells every text so that it stays one."""
    return json.dumps(document, ensure_ascii=False).encode()


def answers(document: Document) -> object:
    return repr(document.data), document.findings, document.root is None


@given(document=documents())
def test_a_legal_document_is_read_as_it_was_written(document: dict[str, Any]) -> None:
    read = parse(as_json(document), "run.yaml")
    assert (read.findings, validate(read), validate(read, thorough=True)) == ((), (), ())
    assert read.data == document


@settings(max_examples=50)
@given(document=documents())
def test_loading_is_silent_and_loading_the_result_changes_nothing(
    document: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    document.pop("extends", None)
    folder = tmp_path_factory.mktemp("project", numbered=True)
    first = read_back(document, folder)
    assert read_back(first, folder) == first


def read_back(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    path = folder / "run.yaml"
    path.write_bytes(as_json(document))
    loaded = load(path, root=folder)
    assert loaded.findings == ()
    assert loaded.config is not None
    assert set(loaded.config.origins) == set(leaves(loaded.config.values))
    return loaded.config.values


def is_one_value(path: str) -> bool:
    field = field_at(path)
    return field is not None and field.kind == "mapping"


def leaves(section: dict[str, Any], prefix: str = "") -> list[str]:
    return [
        leaf
        for key, value in section.items()
        for leaf in (
            leaves(value, f"{prefix}{key}.")
            if isinstance(value, dict) and not is_one_value(f"{prefix}{key}")
            else [f"{prefix}{key}"]
        )
    ]


@given(document=damaged_documents())
def test_a_finding_stands_inside_its_file_and_says_what_to_do(document: dict[str, Any]) -> None:
    text = json.dumps(document, indent=1, ensure_ascii=False)
    read = parse(text.encode(), "run.yaml")
    lines = text.split("\n")
    findings = (*read.findings, *validate(read))
    for finding in findings:
        assert 1 <= finding.location.line <= len(lines)
        assert 1 <= finding.location.column <= len(lines[finding.location.line - 1]) + 1
        assert finding.message
        assert "\n" not in finding.message
        assert finding.help
    assert bool(findings) != (accepts_document(read.data) and not read.findings)


PIECES = [
    *("a: ", "b", "key:", "1e-4", "0", "010", ".nan", "~", "true", "é", "😀", "\ufeff", "\x00", "\x85"),
    *("\n", "\n", "\n  ", "\n    ", "\r\n", "\r", "\t", " ", "  "),
    *(
        "- ",
        "-",
        "[",
        "]",
        "{",
        "}",
        ",",
        ", ",
        '"',
        "'",
        "#",
        " #",
        ": ",
        ":",
        "? ",
        "?",
        "|",
        ">",
        "|2\n",
        ">-\n",
    ),
    *(
        "&a ",
        "*a",
        "<<: ",
        "!",
        "!!str ",
        "!x ",
        "%YAML 1.2\n",
        "---\n",
        "...\n",
        "\\",
        "\\x",
        "\\ud800",
        "@",
        "`",
    ),
    *("training:\n", "  learning_rate: ", "  epochs: ", "extends: ", "<<<<<<< HEAD\n"),
]


def yaml_like() -> SearchStrategy[str]:
    """Texts that are nearly YAML, for the places where parsers give up."""
    return st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


@settings(max_examples=500)
@given(text=yaml_like())
@example(text="a: |#\n b")
@example(text="a: [b?]")
@example(text="?\t- a")
def test_both_parsers_give_the_same_answer(text: str) -> None:
    fast, pure = parse(text.encode(), "run.yaml"), parse(text.encode(), "run.yaml", pure=True)
    assert answers(fast) == answers(pure)
    if fast.root is not None:
        for path in leaves(fast.data):
            parts = path.split(".")
            assert fast.location(parts) == pure.location(parts)
            assert fast.location(parts, key=True) == pure.location(parts, key=True)


@given(document=documents() | damaged_documents(), indent=st.sampled_from([None, 1, 2]))
def test_both_parsers_agree_on_generated_documents(document: dict[str, Any], indent: int | None) -> None:
    content = json.dumps(document, indent=indent).encode()
    assert answers(parse(content, "run.yaml")) == answers(parse(content, "run.yaml", pure=True))


@settings(max_examples=300)
@given(content=st.binary(max_size=300) | yaml_like().map(str.encode))
def test_no_bytes_raise(content: bytes) -> None:
    document = parse(content, "run.yaml")
    findings = (*document.findings, *validate(document, fragment=True))
    assert document.root is not None or document.findings
    assert repr(UNREAD) not in repr(document.data) or findings
    assert [finding for finding in findings if "\n" in finding.message or not finding.message] == []


@pytest.mark.parametrize(
    "piece",
    ["[", "{", "- ", "? ", "a: ", "&a ", "*a ", '"', "'", "{a: ", "[a, ", "\t", "!a ", "\\", "|\n ", ": "],
)
@pytest.mark.parametrize("pure", [False, True], ids=["fast", "pure"])
def test_no_repetition_hangs_or_overflows(piece: str, pure: bool) -> None:
    document = parse(piece.encode() * 20_000, "run.yaml", pure=pure)
    assert document.root is not None or document.findings
