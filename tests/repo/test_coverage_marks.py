"""Each statement of the guide that acts is pinned by a test that says so with `@pytest.mark.covers`."""

from __future__ import annotations

import ast
from pathlib import Path

from rft_cli.spec.coverage import STATEMENT_IDS, STATEMENTS

TESTS = Path(__file__).parents[1]


def marked() -> dict[str, list[str]]:
    """Statement id → places of the marks that name it."""
    found: dict[str, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.covers":
                for argument in node.args:
                    id_ = ast.literal_eval(argument)
                    found.setdefault(id_, []).append(f"{path.relative_to(TESTS)}:{node.lineno}")
    return found


MARKED = marked()


def test_each_statement_that_acts_has_a_test() -> None:
    assert [entry.id for entry in STATEMENTS if not entry.is_open and entry.id not in MARKED] == []


def test_no_test_claims_a_statement_that_is_unknown_or_open() -> None:
    acting = {entry.id for entry in STATEMENTS if not entry.is_open}
    assert {
        id_: places for id_, places in MARKED.items() if id_ not in STATEMENT_IDS or id_ not in acting
    } == {}
