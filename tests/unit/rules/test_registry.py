"""The table of rules and the table of codes fit each other, and every code says all that its documentation needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rft_cli.backends.registry import AVAILABLE, rules_of
from rft_cli.config import Config, load
from rft_cli.diagnostics import Severity
from rft_cli.rules.engine import check_config
from rft_cli.rules.registry import RULES
from rft_cli.rules.rule import facts_of
from rft_cli.spec.code import Code
from rft_cli.spec.codes import CODES, find_code
from rft_cli.spec.codes.backend import BACKEND_CODES
from rft_cli.spec.codes.tuning import CRASHED_RULE, TUNING_CODES
from rft_cli.spec.coverage import STATEMENT_IDS
from rft_cli.spec.document import field_at

OF_BACKENDS = [entry for entry in BACKEND_CODES if entry.bad]
OPINIONS = [entry for entry in TUNING_CODES if entry is not CRASHED_RULE]
NAMELESS_PATTERNS = ("no-", "use-", "avoid-", "bad-", "invalid-")
"""Beginnings that say what to do, or nothing; a name says what the pattern is, so that "allow <name>" reads well."""

ABOUT_THE_TEXT = {"RFT604"}
"""What may stand anywhere in a file, in comments too."""

EXAMPLE = """\
version: 1
model: rehearsal
dataset: data/train.jsonl
evaluator: evaluators/judge.py
experiment:
  hypothesis: the curve levels off early
"""


def test_codes_are_unique_and_sorted() -> None:
    codes = [entry.code for entry in CODES]
    assert codes == sorted(set(codes))


def test_rules_are_sorted_and_each_has_one_code() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))


def test_every_opinion_has_a_rule_and_every_rule_has_an_opinion() -> None:
    assert [entry.code for entry in OPINIONS] == [rule.code for rule in RULES]


@pytest.mark.parametrize("entry", [*TUNING_CODES, *BACKEND_CODES], ids=lambda entry: entry.code)
def test_every_field_is_filled(entry: Code) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", entry.name)
    assert not entry.name.startswith(NAMELESS_PATTERNS)
    for text in (entry.summary, entry.why, entry.fine_when):
        assert re.fullmatch(r"[A-Z0-9].*\.", text), text
    assert [path for path in entry.parameters if field_at(path) is None] == []
    assert [id_ for id_ in entry.sources if id_ not in STATEMENT_IDS] == []
    assert entry is CRASHED_RULE or entry.parameters


@pytest.mark.parametrize("entry", OPINIONS, ids=lambda entry: entry.code)
def test_an_opinion_rests_on_the_guide_or_is_an_error_and_shows_itself(entry: Code) -> None:
    assert bool(entry.sources) is (entry.severity is not Severity.ERROR)
    assert entry.bad
    assert entry.good


@pytest.mark.parametrize("entry", OPINIONS, ids=lambda entry: entry.code)
def test_the_bad_example_gives_this_code_alone_and_the_good_one_nothing(entry: Code, tmp_path: Path) -> None:
    assert [finding.code for finding in check_config(example(entry.bad, tmp_path))] == [entry.code]
    assert check_config(example(entry.good, tmp_path)) == ()


@pytest.mark.parametrize("entry", OPINIONS, ids=lambda entry: entry.code)
def test_a_finding_names_its_parameter_and_one_edit_in_one_line(entry: Code, tmp_path: Path) -> None:
    (finding,) = check_config(example(entry.bad, tmp_path))
    assert finding.severity is entry.severity
    assert (field_at(finding.parameter) is not None) is (entry.code not in ABOUT_THE_TEXT)
    assert finding.help
    assert finding.message.isprintable()
    assert finding.help.isprintable()


@pytest.mark.parametrize("entry", OF_BACKENDS, ids=lambda entry: entry.code)
def test_the_examples_of_a_backends_opinion_are_true(entry: Code, tmp_path: Path) -> None:
    def codes(fragment: str) -> list[str]:
        config = example(fragment, tmp_path)
        rows = re.search(r"(\d+)-rows", config.get("dataset"))
        facts = facts_of(int(rows[1])) if rows else None
        return [
            finding.code for finding in check_config(config, facts, rules=rules_of(config.get("backend")))
        ]

    assert (codes(entry.bad), codes(entry.good)) == ([entry.code], [])


@pytest.mark.parametrize("name", AVAILABLE)
def test_a_backends_rules_are_sorted_and_their_codes_have_examples(name: str) -> None:
    codes = [rule.code for rule in rules_of(name)]
    assert codes == sorted(set(codes))
    assert set(codes) <= {entry.code for entry in OF_BACKENDS}


@pytest.mark.parametrize("name", ["trl", "x-mine"])
def test_a_backend_that_is_not_here_has_no_opinions(name: str) -> None:
    assert list(rules_of(name)) == []


def test_a_code_is_found_by_number_and_by_name_in_any_case() -> None:
    assert find_code("rft302") is find_code("Near-Greedy-Temperature") is find_code("RFT302")
    assert find_code("RFT999") is None


def example(fragment: str, folder: Path) -> Config:
    """The small legal config with the sections of a fragment in place of its own."""
    file = folder / "run.yaml"
    file.write_text("".join((sections(EXAMPLE) | sections(fragment)).values()), encoding="utf-8")
    loaded = load(file, root=folder, shown="run.yaml", environment={})
    assert loaded.findings == ()
    assert loaded.config is not None
    return loaded.config


def sections(text: str) -> dict[str, str]:
    """Top-level key → its lines."""
    return {part.partition(":")[0]: part for part in re.findall(r"^\S.*\n(?:[ ].*\n)*", text, re.MULTILINE)}
