"""What is read without the YAML parser is exactly what the parser reads, and the usual files are read that way."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rft_cli.config.plain import MOST_LINES, read_plain_shape
from rft_cli.config.source import parse

ROOT = Path(__file__).parents[2]

KEYS = (
    "a",
    "b",
    "n",
    "training",
    "x-own",
    "null",
    "true",
    "1",
    "-",
    "",
    "a b",
    "<<",
    "_c",
    "é",
    "a-",
    "-a",
    '"a"',
)
VALUES = (
    "", " ", "1", "-1", "1e-4", "0.7", "010", "+1", ".5", "5.", ".nan", "-.inf", "1_000", "0x1F", "0o17", "2e400",
    "text", "a b", "a: b", "a:", "a:b", "a :b", "a #b", "a#b", "#", "# c", "'x'", "'it''s'", '"x"', '"a\\tb"', '"x" y',
    "'x' # c", '"x"# c', '"', "'", '""', "[1, 2]", "[0,1]", "[ -1, 0.5 ]", "[1e-4]", "[]",
    "[1,]", "[010, 1]", "[.inf, 1]", "[1, a]", "[[1], 2]", "[1] # c", "[1]# c", "[1] a", "[1 # c", "[1, 'a']", "{a: 1}", "[", "&a", "*a", "!t", "|", ">", "%", "@", "`", "-", "- a",
    "-a", "-1a", "?", "? a", ":", ": a", ",", "]", "~", "null", "True", "no", "=", "<<", "---", "...", "é", "\u00a0", "\t",
    "a\t# c", "a  ", "x'y", 'x"y', "a, b", "a] b", "accounts/f/m", "e.py:evaluate", "https://x.y/z", "1:30",
)  # fmt: skip
LINES = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(("", "", "", "  ", "  ", "    ", " ")),
    st.sampled_from(KEYS),
    st.sampled_from((": ", ": ", ": ", ":", ":  ", " : ", "")),
    st.sampled_from(VALUES),
    st.sampled_from(("", "", "", " # why", " #", "  ")),
)
OTHER_LINES = st.sampled_from(
    ("", "  ", "# note", "    # note: it", "- a", "---", "...", "%YAML 1.2", "text", "\ufeffa: 1")
)
TEXTS = st.lists(LINES | LINES | OTHER_LINES, min_size=1, max_size=7).map("\n".join)


@given(TEXTS | st.text(alphabet="ab:#\"' -\n1.[]{}&*!|>?%,~\u00a0é"))
@example("a:\n  b: 1\n c: 2\n")
@example("a:\n  b:\n    c: 1\n  d: 2\ne: 3\n")
@example("a: b\n  # note\n  c\n")
@example("a:\n# note\n  b: 1\n")
@example("a:\n\n\n  b: 1\nc:\n")
@example("a: 'x\n  y'\n")
def test_the_plain_shape_means_what_the_parser_says(text: str) -> None:
    data = read_plain_shape(text) if text.replace("\n", "").isprintable() else None
    if data is not None:
        document = parse(text.encode(), "run.yaml", pure=True)
        assert (document.findings, document.data) == ((), data)
        assert repr(document.data) == repr(data)


BASELINE = (ROOT / "configs/baseline.yaml").read_text(encoding="utf-8")
CHANGES = st.lists(
    st.tuples(
        st.integers(0, len(BASELINE) - 1), st.sampled_from(" :#\"'-\nab01.e[]{}&*!|>?%,~"), st.integers(0, 1)
    ),
    min_size=1,
    max_size=3,
)


@given(CHANGES)
def test_a_real_config_with_single_characters_changed_means_what_the_parser_says(
    changes: list[tuple[int, str, int]],
) -> None:
    text = BASELINE
    for place, character, replaced in changes:
        text = text[:place] + character + text[place + replaced :]
    data = read_plain_shape(text)
    if data is not None:
        document = parse(text.encode(), "run.yaml", pure=True)
        assert (document.findings, repr(document.data)) == ((), repr(data))


@given(TEXTS)
def test_places_are_those_of_the_parser_whoever_read_the_text(text: str) -> None:
    fast, slow = (parse(text.encode(), "run.yaml", pure=pure) for pure in (False, True))
    assert (fast.data, fast.findings, fast.has_keys) == (slow.data, slow.findings, slow.has_keys)
    for key in slow.data:
        assert fast.location((key,)) == slow.location((key,))
        assert fast.location((key,), key=True) == slow.location((key,), key=True)
        assert fast.token((key,)) == slow.token((key,))


def test_a_list_of_numbers_belongs_to_one_reading() -> None:
    first = read_plain_shape("a: [0, 1]\n")
    assert first == {"a": [0, 1]}
    first["a"].append(2)
    assert read_plain_shape("a: [0, 1]\n") == {"a": [0, 1]}


@pytest.mark.parametrize("path", sorted((ROOT / "configs").rglob("*.yaml")), ids=lambda path: path.stem)
def test_the_configs_of_the_project_have_the_plain_shape(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert read_plain_shape(text) == parse(text.encode(), "run.yaml", pure=True).data


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a note\n",
        "a: 1\na: 2\n",
        "a\n",
        "a: 1\n" + "# note\n" * MOST_LINES,
        "a: [b]\n",
        "a: []\n",
        "a: [1,\n  2]\n",
        "a: *b\n",
    ],
)
def test_what_is_not_plain_is_left_to_the_parser(text: str) -> None:
    assert read_plain_shape(text) is None
