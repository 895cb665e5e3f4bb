"""Every format on the same findings: the bytes where they are few, the structure where a schema of others decides."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.outputs import validator, wrong

from rft_cli.diagnostics import Edit, Finding, Fix, Location, Severity, Suppression
from rft_cli.render.findings_formats import FORMATS, format_by_itself, render_format
from rft_cli.render.findings_github import github_commands
from rft_cli.render.findings_gitlab import gitlab_report
from rft_cli.render.findings_junit import junit_report
from rft_cli.render.findings_places import fingerprints, from_checkout
from rft_cli.render.findings_sarif import sarif_log
from rft_cli.render.sarif_rules import _home
from rft_cli.rules.lint import Linted
from rft_cli.spec.codes import CODES

TEXT = "version: 1\ntraining:\n  learning_rate: 2e-3\nrollout:\n  temperature: 1.5\n"

ABOVE = Finding(
    "RFT101",
    Severity.ERROR,
    Location("a b/100%, ü:1.yaml", 3, 18, 22),
    "training.learning_rate is 2e-3, above 5e-4",
    "write 5e-4: 100% safer",
    "training.learning_rate",
    Fix("write 5e-4", False, (Edit(38, 42, "5e-4"),)),
)
HOT = Finding("RFT303", Severity.WARNING, Location("a b/100%, ü:1.yaml", 5, 16, 19), "too <hot> & wild")
FAR = Finding("RFT201", Severity.ADVICE, Location("b.yaml", 1, 1), "a & b", "set it back")
KEPT = (
    Finding("RFT304", Severity.ADVICE, Location("b.yaml", 9, 3, 4), "top_p is unusual", "", "rollout.top_p"),
    Suppression("the data are noisy", Location("b.yaml", 8, 3, 50)),
)
LINTED = Linted(3, (ABOVE, HOT, FAR), {"a b/100%, ü:1.yaml": TEXT}, (KEPT,))
NOTHING = Linted(2, (), {})


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user stands in a folder of a checkout."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "runs").mkdir()
    monkeypatch.chdir(tmp_path / "runs")


def test_github_commands_are_escaped_and_name_files_from_the_top() -> None:
    assert render_format("github", LINTED) == (
        "::error title=RFT101 learning-rate-out-of-range,file=runs/a b/100%25%2C ü%3A1.yaml,line=3,col=18,"
        "endLine=3,endColumn=21::runs/a b/100%25, ü:1.yaml:3:18: RFT101 training.learning_rate is 2e-3, "
        "above 5e-4%0Ahelp: write 5e-4: 100%25 safer\n"
        "::warning title=RFT303 incoherent-temperature,file=runs/a b/100%25%2C ü%3A1.yaml,line=5,col=16,"
        "endLine=5,endColumn=18::runs/a b/100%25, ü:1.yaml:5:16: RFT303 too <hot> & wild\n"
        "::notice title=RFT201 distant-learning-rate,file=runs/b.yaml,line=1,col=1::"
        "runs/b.yaml:1:1: RFT201 a & b%0Ahelp: set it back\n"
    )


@given(st.text(min_size=1), st.text())
def test_no_text_ends_a_github_command_early_or_begins_another(path: str, message: str) -> None:
    finding = Finding("RFT101", Severity.ERROR, Location(path, 1, 1), message, message)
    commands = github_commands([finding], ".")
    assert commands.count("\n") == 1
    assert "\r" not in commands
    head, _, _ = commands.removeprefix("::error ").partition("::")
    assert [item.partition("=")[0] for item in head.split(",")] == ["title", "file", "line", "col"]


def test_gitlab_issues_have_what_the_service_reads() -> None:
    issues = json.loads(render_format("gitlab", LINTED))
    assert issues[0] == {
        "type": "issue",
        "check_name": "RFT101",
        "description": "training.learning_rate is 2e-3, above 5e-4; write 5e-4: 100% safer",
        "categories": ["Bug Risk"],
        "severity": "major",
        "fingerprint": issues[0]["fingerprint"],
        "location": {"path": "runs/a b/100%, ü:1.yaml", "lines": {"begin": 3, "end": 3}},
    }
    assert [issue["severity"] for issue in issues] == ["major", "minor", "info"]
    assert len({issue["fingerprint"] for issue in issues}) == 3
    assert render_format("gitlab", NOTHING) == "[]\n"


def test_junit_has_a_suite_a_file_and_fails_from_a_severity_on() -> None:
    root = ET.fromstring(render_format("junit", LINTED, fail_on=Severity.WARNING))
    assert (root.attrib["tests"], root.attrib["failures"]) == ("3", "2")
    suites = [(suite.attrib["name"], suite.attrib["failures"], suite.attrib["skipped"]) for suite in root]
    assert suites == [("runs/a b/100%, ü:1.yaml", "2", "0"), ("runs/b.yaml", "0", "1")]
    failure, skipped = root[0][1][0], root[1][0][0]
    assert (failure.tag, failure.attrib) == ("failure", {"type": "warning", "message": "too <hot> & wild"})
    assert skipped.tag == "skipped"
    assert skipped.text == "runs/b.yaml:1:1: advice a & b\nhelp: set it back"
    assert root[0][0].attrib["name"] == "RFT101 learning-rate-out-of-range (3:18)"


def test_junit_without_findings_is_one_test_that_passes() -> None:
    root = ET.fromstring(render_format("junit", NOTHING))
    assert [(case.attrib["name"], len(case)) for case in root.iter("testcase")] == [("2 files checked", 0)]


@given(st.text(), st.text())
def test_junit_is_xml_in_ascii_whatever_a_file_holds(path: str, message: str) -> None:
    finding = Finding("RFT101", Severity.ERROR, Location(path, 1, 1), message)
    report = junit_report(1, [finding], ".", Severity.ERROR)
    assert report.isascii()
    ET.fromstring(report)


def run_of(log: str) -> dict[str, Any]:
    (run,) = json.loads(log)["runs"]
    assert isinstance(run, dict)
    return run


def test_sarif_carries_every_rule_with_help_and_level() -> None:
    rules = run_of(render_format("sarif", NOTHING))["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [entry.code for entry in CODES]
    hot = rules[[entry.code for entry in CODES].index("RFT303")]
    assert hot["name"] == "incoherent-temperature"
    assert hot["defaultConfiguration"] == {"level": "warning"}
    assert hot["help"]["markdown"].count("```yaml") == 3
    assert all(rule["help"]["text"] and rule["fullDescription"]["text"] for rule in rules)


def test_sarif_links_rules_to_their_pages_where_the_documentation_is_published() -> None:
    home = _home(["Homepage, https://example.org", "Documentation, https://example.org/docs/"])
    driver = run_of(sarif_log(NOTHING, ".", home))["tool"]["driver"]
    assert driver["informationUri"] == "https://example.org/docs"
    assert driver["rules"][0]["helpUri"] == "https://example.org/docs/rules/RFT001.md"
    assert _home(["Homepage, https://example.org"]) == ""
    assert "helpUri" not in sarif_log(NOTHING, ".", "")


def test_sarif_results_have_place_fix_and_suppression() -> None:
    run = run_of(render_format("sarif", LINTED))
    assert run["columnKind"] == "unicodeCodePoints"
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note", "note"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [
        result["ruleId"] for result in run["results"]
    ]
    first, second, third, kept = run["results"]
    artifact = {"uri": "runs/a%20b/100%25%2C%20%C3%BC%3A1.yaml", "uriBaseId": "SRCROOT"}
    assert artifact["uriBaseId"] in run["originalUriBaseIds"]
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": artifact,
                "region": {"startLine": 3, "startColumn": 18, "endColumn": 22},
            },
            "logicalLocations": [{"fullyQualifiedName": "training.learning_rate", "kind": "member"}],
        }
    ]
    assert first["fixes"] == [
        {
            "description": {"text": "write 5e-4 (a guess)"},
            "artifactChanges": [
                {
                    "artifactLocation": artifact,
                    "replacements": [
                        {
                            "deletedRegion": {
                                "startLine": 3,
                                "startColumn": 18,
                                "endLine": 3,
                                "endColumn": 22,
                            },
                            "insertedContent": {"text": "5e-4"},
                        }
                    ],
                }
            ],
            "properties": {"safe": False},
        }
    ]
    assert "fixes" not in second
    assert third["locations"][0]["physicalLocation"]["region"] == {"startLine": 1, "startColumn": 1}
    assert [result["suppressions"] for result in (first, second, third)] == [[], [], []]
    assert kept["suppressions"] == [
        {
            "kind": "inSource",
            "justification": "the data are noisy",
            "location": {
                "physicalLocation": {
                    "artifactLocation": {"uri": "runs/b.yaml", "uriBaseId": "SRCROOT"},
                    "region": {"startLine": 8, "startColumn": 3, "endColumn": 50},
                }
            },
        }
    ]


@pytest.mark.parametrize(
    ("path", "artifact"),
    [
        ("../b.yaml", {"uri": "b.yaml", "uriBaseId": "SRCROOT"}),
        ("../../b.yaml", {"uri": "../b.yaml"}),
        ("/elsewhere/b c.yaml", {"uri": "file:///elsewhere/b%20c.yaml"}),
    ],
)
def test_sarif_names_files_outside_of_the_checkout_without_its_base(
    path: str, artifact: dict[str, str]
) -> None:
    linted = Linted(1, (FAR._replace(location=Location(path, 1, 1)),), {})
    (result,) = run_of(render_format("sarif", linted))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == artifact


def test_sarif_says_when_a_rule_crashed() -> None:
    crashed = FAR._replace(code="RFT099", severity=Severity.ERROR)
    told = [run_of(sarif_log(Linted(1, found, {}), ".", ""))["invocations"] for found in ((FAR,), (crashed,))]
    assert told == [[{"executionSuccessful": True}], [{"executionSuccessful": False}]]


def marks(*findings: Finding, text: str = "") -> tuple[str, ...]:
    return fingerprints(findings, {"b.yaml": text} if text else {}, ".")


def test_a_fingerprint_survives_moved_lines_a_new_value_and_new_indentation() -> None:
    about_key = KEPT[0]
    moved = about_key._replace(location=Location("b.yaml", 90, 30), message="top_p is another value")
    assert marks(about_key) == marks(moved)
    about_line = FAR._replace(location=Location("b.yaml", 2, 1))
    lower = FAR._replace(location=Location("b.yaml", 4, 5))
    assert marks(about_line, text="a: 1\nb:  2\n") == marks(lower, text="\n\na: 1\n    b: 2\n")


def test_findings_that_look_alike_are_numbered_and_different_ones_differ() -> None:
    line = FAR._replace(location=Location("b.yaml", 1, 1))
    different = (
        line,
        line._replace(location=Location("b.yaml", 1, 5)),
        line._replace(code="RFT202"),
        line._replace(location=Location("c.yaml", 1, 1)),
        line._replace(parameter="rollout.n"),
        line._replace(location=Location("b.yaml", 2, 1)),
    )
    assert len(set(marks(*different, text="a: 1\nb: 2\n"))) == len(different)


@pytest.mark.parametrize(
    ("path", "folder", "seen"),
    [
        ("a.yaml", ".", "a.yaml"),
        ("./a.yaml", "runs", "runs/a.yaml"),
        ("../a.yaml", "runs/old", "runs/a.yaml"),
        ("runs\\a.yaml", ".", "runs/a.yaml"),
        ("/tmp/a.yaml", "runs", "/tmp/a.yaml"),
    ],
)
def test_paths_are_seen_from_the_top_of_the_checkout(path: str, folder: str, seen: str) -> None:
    assert from_checkout(path, folder) == seen


@pytest.mark.parametrize("linted", [LINTED, NOTHING])
def test_json_is_what_its_published_schema_says(linted: Linted) -> None:
    assert wrong("lint", json.loads(render_format("json", linted))) == []


def test_the_schema_of_the_json_names_every_field() -> None:
    shapes = validator("lint").schema["$defs"]
    document = json.loads(render_format("json", LINTED))
    assert document.keys() == shapes["LintOutput"]["properties"].keys()
    assert document["findings"][0].keys() == shapes["FindingObject"]["properties"].keys()
    assert document["suppressed"][0].keys() == shapes["SuppressedObject"]["properties"].keys()
    assert document["findings"][0]["fix"].keys() == shapes["FixObject"]["properties"].keys()


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_ends_its_lines_and_repeats_its_bytes(name: str) -> None:
    text = render_format(name, LINTED)
    assert text.endswith("\n")
    assert "\r" not in text
    assert text == render_format(name, LINTED)


@pytest.mark.parametrize("name", ["json", "gitlab", "junit", "sarif"])
def test_documents_for_machines_hold_ascii_only_whatever_the_encoding_of_the_terminal(name: str) -> None:
    assert render_format(name, LINTED).isascii()


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({}, "full"),
        ({"GITHUB_ACTIONS": "true"}, "github"),
        ({"GITHUB_ACTIONS": "false", "CI": "true"}, "full"),
    ],
)
def test_the_format_by_itself_is_that_of_the_place(environment: dict[str, str], name: str) -> None:
    assert format_by_itself(environment) == name


def test_a_report_of_a_thousand_findings_is_made_once_through(monkeypatch: pytest.MonkeyPatch) -> None:
    many = tuple(FAR._replace(location=Location("b.yaml", line, 1)) for line in range(1, 1001))
    report = json.loads(gitlab_report(many, {"b.yaml": "a: 1\n" * 1000}, "."))
    assert len({issue["fingerprint"] for issue in report}) == 1000


@pytest.mark.parametrize("width", [40, 60, 80])
def test_on_a_narrow_terminal_a_finding_is_broken_between_words(width: int) -> None:
    long = HOT._replace(help="lower the temperature or say in the config which goal makes it right " * 2)
    text = render_format("full", Linted(1, (ABOVE, long), {}), width=width, wrap=width, color=True)
    lines = re.sub(r"\x1b\[[\d;]*m", "", text).split("\n")
    assert max(map(len, lines)) <= width, "nothing is left for the terminal to break"
    assert " ".join("\n".join(lines).split()) == " ".join(
        re.sub(r"\x1b\[[\d;]*m", "", render_format("full", Linted(1, (ABOVE, long), {}), color=True)).split()
    )
