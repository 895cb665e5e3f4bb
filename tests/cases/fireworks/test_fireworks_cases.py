"""Golden files: what the managed service's shape says of a config, before anybody is asked.

A config in `err/` gives the findings of the `.out` file beside it; one in `ok/` gives none. Dropping in a file adds a test.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rft_cli.backends.fireworks.shape.opinions import preflight
from rft_cli.config import load

HERE = Path(__file__).parent
CODES = ("RFT703", "RFT704", "RFT705", "RFT706", "RFT707")
FIRING = sorted((HERE / "err").glob("*.yaml"))
SILENT = sorted((HERE / "ok").glob("*.yaml"))


def report(path: Path) -> str:
    loaded = load(path, root=path.parent, shown=path.name, environment={})
    assert loaded.findings == ()
    assert loaded.config is not None
    return "".join(
        f"{finding.location.line}:{finding.location.column}: {finding.severity} {finding.code} {finding.message}\n"
        f"  help: {finding.help}\n"
        for finding in preflight(loaded.config)
    )


@pytest.mark.parametrize("path", FIRING, ids=lambda path: path.stem)
def test_a_case_that_fires_gives_exactly_these_findings(path: Path) -> None:
    assert report(path) == path.with_suffix(".out").read_text(encoding="utf-8")
    assert path.name[:6] in report(path)


@pytest.mark.parametrize("path", SILENT, ids=lambda path: path.stem)
def test_a_case_that_is_silent_gives_nothing(path: Path) -> None:
    assert report(path) == ""


@pytest.mark.parametrize("code", CODES)
def test_every_opinion_has_a_case_that_fires_and_one_that_is_silent(code: str) -> None:
    assert [folder for folder in ("err", "ok") if not list((HERE / folder).glob(f"{code}_*.yaml"))] == []
