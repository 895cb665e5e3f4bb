from __future__ import annotations

import pytest

from rft_cli.config.comments import Lines
from rft_cli.config.source import parse


def lines(text: str, *, pure: bool) -> Lines:
    return Lines(parse(text.encode(), "run.yaml", pure=pure))


@pytest.mark.parametrize("pure", [False, True], ids=["C", "Python"])
@pytest.mark.parametrize(
    ("text", "comments"),
    [
        ("# rft: 1\nx-a: 1\n", ["# rft: 1"]),
        ("\ufeff# rft: 1\nx-a: 1\n", ["# rft: 1"]),
        ("x-a: 1 # rft: 1\nx-b: 2  ## rft: 2\n", ["# rft: 1", "## rft: 2"]),
        ("x-a: 1\t# rft: 1\r\nx-b: 2\r\n# rft: 2", ["# rft: 1", "# rft: 2"]),
        ("x-a: {b: 1, # rft: 1\n  c: 2} # rft: 2\n", ["# rft: 1", "# rft: 2"]),
        ("---\n# rft: 1\nx-a: 1\n...\n# rft: 2\n", ["# rft: 1", "# rft: 2"]),
        ("x-a: b#rft:1\n", []),
        ("x-a: 'b # rft: 1\n  # rft: 2'\n", []),
        ('x-a: "b # rft: 1" # rft: 2\n', ["# rft: 2"]),
        ('"x-# rft: 1": {" # rft: 2": 1}\n', []),
        ("x-a: | # rft: 1\n  b # rft: 2\n  # rft: 3\n# rft: 4\nx-b: 1\n", ["# rft: 1", "# rft: 4"]),
        ("x-a: >-\n\n  # rft: 1\n   b\n # rft: 2\n", ["# rft: 2"]),
        ("x-a: b\n  c # rft: 1\n", ["# rft: 1"]),
        ("x-a: &a b # rft: 1\nx-b: *a # rft: 2\n", ["# rft: 1", "# rft: 2"]),
        ("x-a: # other\n", []),
    ],
)
def test_comments_are_told_from_text(text: str, comments: list[str], pure: bool) -> None:
    found = lines(text, pure=pure).comments("rft:")
    assert [comment.text for comment in found] == comments


@pytest.mark.parametrize("pure", [False, True], ids=["C", "Python"])
def test_a_line_that_holds_nothing_belongs_to_the_next_that_does(pure: bool) -> None:
    text = "%YAML 1.2\n# one\n---\n\nx-a: |\n\n  # text\n\nx-b: 'c\n\n  d'\n# end\n"
    found = lines(text, pure=pure)
    assert [found.content_line(number) for number in range(1, 13)] == [5, 5, 5, 5, 5, 6, 7, 8, 9, 10, 11, 12]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_begin_and_end_where_an_editor_shows_them(end: str) -> None:
    found = lines(f"x-a: 1{end}{end}x-b: 2{end}", pure=False)
    width = len(end)
    assert [found.start(number) for number in range(1, 6)] == [
        0,
        6 + width,
        6 + 2 * width,
        12 + 3 * width,
        12 + 3 * width,
    ]
    assert [found.end(number) for number in range(1, 4)] == [6, 6 + width, 12 + 2 * width]
    assert [found.line_of(index) for index in (0, 5, 6 + 2 * width)] == [1, 1, 3]
