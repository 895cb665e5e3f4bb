"""What fixing promises of any file: only the reported stretches change, it comes to an end, and safe fixes mean nothing new."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.strategies import legal_values

from rft_cli.config import load
from rft_cli.config.source import parse
from rft_cli.diagnostics import Edit, Finding, Fix
from rft_cli.rules.adoption import ignore_all
from rft_cli.rules.fixes import Fixed, Overlay, apply, fix_all
from rft_cli.rules.lint import Linted, lint_files
from rft_cli.spec.parameter import show
from rft_cli.spec.parameters import PARAMETERS

VALUES = st.sampled_from(
    [
        *("1", "2.0", "8.0", "1e-4", "0", "-1", "99", "1e9", "0.5", "'8'", '"0.7"'),
        *("32k", "1_000", "010", "1,5", "1:30", "!!int 8", "&a 4", "many", "[4]", "~", ">-\n    0.9"),
    ]
)

KEYS = st.sampled_from(
    [
        *(entry.key for entry in PARAMETERS),
        *("lora_rnak", "topP", "num_generations", "lr", "'n'", '"top-k"', "temprature", "x-y"),
    ]
)

COMMENTS = st.sampled_from(
    [
        *("", "", "", "  # why", "  # é 名前"),
        "  # rft: ignore[RFT303, RFT301, RFT201] because it is meant",
        "  # rft: ignore[RFT106, many-epochs]",
        "  # rft: ignore[RFT999] because",
    ]
)

HEAD = ["version: 1", "model: m", "dataset: accounts/a/datasets/d", "evaluator: accounts/a/evaluators/e"]


@st.composite
def mistaken(draw: st.DrawFn) -> list[str]:
    """Lines with wrong keys and values."""
    lines = [*HEAD]
    for section in draw(st.permutations(("training", "rollout", "trainig"))):
        lines.append(f"{section}:{draw(COMMENTS)}")
        count = draw(st.integers(1, 5))
        lines += [f"  {draw(KEYS)}: {draw(VALUES)}{draw(COMMENTS)}" for _ in range(count)]
    return lines


@st.composite
def legal(draw: st.DrawFn) -> list[str]:
    """Lines with legal values, whole numbers written as fractions now and then."""
    lines = [*HEAD]
    for section in ("training", "rollout"):
        entries = [entry for entry in PARAMETERS if entry.section == section]
        lines.append(f"{section}:{draw(COMMENTS)}")
        for entry in draw(st.lists(st.sampled_from(entries), unique=True, min_size=1)):
            value = show(draw(legal_values(entry)))
            fraction = ".0" if entry.integral and draw(st.booleans()) else ""
            lines.append(f"  {entry.key}: {value}{fraction}{draw(COMMENTS)}")
    return lines


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Run configs with mistakes or without, comments, and one of several line ends."""
    lines = ["# rft: ignore-file[RFT202] because of the deadline"] if draw(st.booleans()) else []
    lines += draw(st.one_of(mistaken(), legal()))
    mark = "\ufeff" if draw(st.booleans()) else ""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return (mark + end.join(lines) + draw(st.sampled_from(["", end]))).encode()


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("project")


@pytest.fixture(autouse=True)
def project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


def lint(content: bytes) -> Linted:
    return lint_files(("run.yaml",), ".", read=lambda _: content)


def fixed(content: bytes, *, unsafe: bool) -> Fixed:
    overlay = Overlay({"run.yaml": content})
    return fix_all(
        lambda read: lint_files(("run.yaml",), ".", read=read), ("run.yaml",), overlay, unsafe=unsafe
    )


def after(content: bytes, done: Fixed) -> bytes:
    return done.changes[0].after if done.changes else content


@given(content=files(), unsafe=st.booleans())
def test_fixing_again_changes_nothing(content: bytes, unsafe: bool) -> None:
    once = after(content, fixed(content, unsafe=unsafe))
    assert fixed(once, unsafe=unsafe).changes == ()


@given(content=files())
def test_what_was_fixed_is_not_found_again_and_nothing_illegal_is_new(content: bytes) -> None:
    done = fixed(content, unsafe=True)
    assert [finding for finding in done.linted.findings if finding.fix] == []
    assert parse(after(content, done), "run.yaml").has_keys == parse(content, "run.yaml").has_keys
    before = {(finding.code, finding.parameter) for finding in lint(content).findings}
    # A key that gets its right name is then judged by its value, so only structure can be compared.
    structure = {"RFT007", "RFT020"}
    new = {
        (finding.code, finding.parameter) for finding in done.linted.findings if finding.code in structure
    } - before
    assert new == set()


@given(content=files())
def test_a_safe_fix_changes_no_value(content: bytes) -> None:
    def values(text: bytes) -> object:
        config = load("run.yaml", root=".", read=lambda _: text).config
        return config and config.values

    assert values(after(content, fixed(content, unsafe=False))) == values(content)


@given(content=files())
def test_one_round_changes_the_reported_stretches_only(content: bytes) -> None:
    findings = [finding for finding in lint(content).findings if finding.fix]
    fixes = [finding.fix for finding in findings if finding.fix]
    new, made = apply(content, fixes)
    text = content.decode("utf-8-sig")
    pieces, at = [], 0
    for edit in sorted(edit for fix in made for edit in fix.edits):
        assert edit.start >= at, "edits that are made do not overlap"
        pieces += [text[at : edit.start], edit.text]
        at = edit.end
    assert new.decode("utf-8-sig") == "".join([*pieces, text[at:]])
    assert new.startswith(b"\xef\xbb\xbf") == content.startswith(b"\xef\xbb\xbf")
    assert all(_begins_where_it_is_reported(finding, text) for finding in findings)


def _begins_where_it_is_reported(finding: Finding, text: str) -> bool:
    """The edit starts at the finding's own token, or at the line or comment that holds it."""
    place = finding.location
    lines = text.replace("\r\n", "\n").split("\n")
    end = 2 if "\r\n" in text else 1
    offset = sum(len(line) + end for line in lines[: place.line - 1]) + place.column - 1
    assert finding.fix is not None
    (edit,) = finding.fix.edits
    return edit.start <= offset <= edit.end or finding.code.startswith("RFT04")


@given(content=files())
def test_what_is_ignored_for_a_start_is_not_found_and_ignored_once(content: bytes) -> None:
    def adopted(text: bytes) -> Fixed:
        overlay = Overlay({"run.yaml": text})
        return ignore_all(
            lambda read: lint_files(("run.yaml",), ".", read=read), ("run.yaml",), overlay, "we look later"
        )

    done = adopted(content)
    once = after(content, done)
    assert adopted(once).changes == ()
    assert len(done.linted.findings) == len(lint(content).findings) - len(done.fixed)
    before, new = (load("run.yaml", root=".", read=lambda _, text=text: text) for text in (content, once))
    assert (new.config and new.config.values) == (before.config and before.config.values)


PIECES = st.sampled_from(
    [
        *(
            "\n",
            "\n  ",
            "\r\n",
            " ",
            "x-a",
            "version",
            ": ",
            "1.0",
            "2",
            "- ",
            "'",
            '"',
            "[",
            "]",
            "{",
            "}",
            ", ",
        ),
        *(
            "| ",
            "> ",
            "&a ",
            "*a",
            "!!str ",
            "é",
            "#",
            "  # rft: ignore[RFT303] because x",
            "rollout: ",
            "n: ",
        ),
        *(
            "# rft: ignore-file[RFT040, nonsense] because x",
            "# rft: ignor",
            "---",
            "? ",
            "temprature: ",
            "\t",
        ),
    ]
)


@given(pieces=st.lists(PIECES, max_size=25))
def test_any_text_is_fixed_without_an_accident(pieces: list[str]) -> None:
    content = "".join(pieces).encode()
    once = after(content, fixed(content, unsafe=True))
    assert fixed(once, unsafe=True).changes == ()
    assert parse(once, "run.yaml").has_keys == parse(content, "run.yaml").has_keys


@settings(max_examples=200)
@given(
    edits=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4), st.text("xy", max_size=3)), max_size=6)
)
@example(edits=[(3, 0, "x"), (3, 0, "y")])
def test_edits_that_overlap_are_made_one_at_a_time(edits: list[tuple[int, int, str]]) -> None:
    fixes = [Fix("", True, (Edit(start, start + length, text),)) for start, length, text in edits]
    new, made = apply(b"0123456789abcdef", fixes)
    assert (made == ()) == (fixes == [])
    starts = [fix.edits[0].start for fix in made]
    assert starts == sorted(set(starts))
    removed = sum(fix.edits[0].end - fix.edits[0].start for fix in made)
    assert len(new) == 16 - removed + sum(len(fix.edits[0].text) for fix in made)
