"""Golden files: what the managed service's shape says of a config, before anybody is asked.

A config in `err/` gives the findings of the `.out` file beside it; one in `ok/` gives none. Dropping in a file adds a test. A first
line `# rows 256` says how many rows are known to be trained on; without it nobody has read them, as in `lint`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rft_cli.backends.fireworks.shape.opinions import RULES
from rft_cli.config import load
from rft_cli.rules.engine import check_config
from rft_cli.rules.rule import facts_of

HERE = Path(__file__).parent
FIRING = sorted((HERE / "err").glob("*.yaml"))
SILENT = sorted((HERE / "ok").glob("*.yaml"))


def report(path: Path) -> str:
    loaded = load(path, root=path.parent, shown=path.name, environment={})
    assert loaded.findings == ()
    assert loaded.config is not None
    said = re.match(r"# rows (\d+)\n", path.read_text(encoding="utf-8"))
    facts = facts_of(int(said[1])) if said else None
    return "".join(
        f"{finding.location.line}:{finding.location.column}: {finding.severity} {finding.code} {finding.message}\n"
        f"  help: {finding.help}\n"
        for finding in check_config(loaded.config, facts, rules=RULES)
    )


@pytest.mark.parametrize("path", FIRING, ids=lambda path: path.stem)
def test_a_case_that_fires_gives_exactly_these_findings(path: Path) -> None:
    assert report(path) == path.with_suffix(".out").read_text(encoding="utf-8")
    assert path.name[:6] in report(path)


@pytest.mark.parametrize("path", SILENT, ids=lambda path: path.stem)
def test_a_case_that_is_silent_gives_nothing(path: Path) -> None:
    assert report(path) == ""


@pytest.mark.parametrize("code", [rule.code for rule in RULES])
def test_every_opinion_has_a_case_that_fires_and_one_that_is_silent(code: str) -> None:
    assert [folder for folder in ("err", "ok") if not list((HERE / folder).glob(f"{code}_*.yaml"))] == []
