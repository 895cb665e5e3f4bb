"""Golden files: a config in `err/` gives the findings of the `.out` file beside it, one in `ok/` does not give its code.

A case is named <CODE>_<what is special about it>. Dropping in a file adds a test. A case in `ok/` may have a `.out` file where
another code speaks.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rft_cli.config import load
from rft_cli.rules.engine import check_config
from rft_cli.rules.registry import RULES

HERE = Path(__file__).parent
FIRING = sorted((HERE / "err").glob("*.yaml"))
SILENT = sorted((HERE / "ok").glob("*.yaml"))


def report(path: Path) -> tuple[str, set[str]]:
    """What the rules say, as the `.out` files write it, and the codes."""
    loaded = load(path, root=path.parent, shown=path.name, environment={})
    assert loaded.findings == ()
    assert loaded.config is not None
    findings = check_config(loaded.config)
    text = "".join(
        f"{finding.location.line}:{finding.location.column}: {finding.severity} {finding.code} {finding.message}\n"
        f"  help: {finding.help}\n"
        for finding in findings
    )
    return text, {finding.code for finding in findings}


def expected(path: Path) -> str:
    out = path.with_suffix(".out")
    return out.read_text(encoding="utf-8") if out.exists() else ""


@pytest.mark.covers(
    "LR4", "EP3", "EP7", "RK3", "RK4", "RK5", "RK7", "BS1", "BS5", "TE2", "TE3", "TE4", "TE5", "TE6", "TP2", "TK2", "TK3", "NR3",
    "NR4", "MT4", "IN1", "IN2", "IN3", "ST2", "GO1", "GO2", "GO3", "GO4", "GO5", "GO6", "GO7",
)  # fmt: skip
@pytest.mark.parametrize("path", FIRING, ids=lambda path: path.stem)
def test_a_case_that_fires_gives_exactly_these_findings(path: Path) -> None:
    text, codes = report(path)
    assert text == expected(path)
    assert path.name[:6] in codes


@pytest.mark.covers("LR4", "EP7", "TE3", "TE5", "TE6", "TP2", "TK4", "NR4", "IN1", "IN2", "RK5", "ST2")
@pytest.mark.parametrize("path", SILENT, ids=lambda path: path.stem)
def test_a_case_that_is_silent_does_not_give_its_code(path: Path) -> None:
    text, codes = report(path)
    assert text == expected(path)
    assert path.name[:6] not in codes


@pytest.mark.parametrize("code", [rule.code for rule in RULES])
def test_every_rule_has_a_case_that_fires_and_one_that_is_silent(code: str) -> None:
    assert [folder for folder in ("err", "ok") if not list((HERE / folder).glob(f"{code}_*.yaml"))] == []


def test_every_output_file_belongs_to_a_case() -> None:
    assert [out.name for out in HERE.glob("*/*.out") if not out.with_suffix(".yaml").exists()] == []
