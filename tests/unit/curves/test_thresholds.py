"""Every threshold has a reason, a row in the docs with its sensitivity, and an effect that a user could see."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path

import pytest

from rft_cli.curves import thresholds
from rft_cli.curves.thresholds import THRESHOLDS
from rft_cli.spec.symptoms import SYMPTOMS, symptom_kind

PAGE = (Path(__file__).parents[3] / "docs" / "diagnosis.md").read_text(encoding="utf-8")
ROWS = {found[1]: found[0] for found in re.finditer(r"^\| `(\w+)` \| .*$", PAGE, re.MULTILINE)}


def reasons() -> dict[str, str]:
    """Threshold → the text under it."""
    tree = ast.parse(Path(thresholds.__file__).read_text(encoding="utf-8"))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef)).body
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


@pytest.mark.parametrize(("name", "value"), THRESHOLDS._asdict().items())
def test_each_threshold_stands_in_the_docs_with_value_sensitivity_and_reason(name, value) -> None:
    reason = reasons()[name]
    assert re.fullmatch(
        rf"\| `{name}` \| {value:g} \| 0\.\d{{3}} \| 0\.\d{{3}} \| {re.escape(reason)} \|", ROWS[name]
    )


def test_the_docs_know_no_other_threshold() -> None:
    assert set(ROWS) == set(THRESHOLDS._fields)


def test_each_symptom_is_told_on_the_page() -> None:
    assert [entry.id for entry in SYMPTOMS if entry.id not in PAGE] == []


def test_symptoms_are_found_by_their_id() -> None:
    assert [symptom_kind(entry.id) for entry in SYMPTOMS] == list(SYMPTOMS)
    with pytest.raises(KeyError):
        symptom_kind("bad_hair_day")
