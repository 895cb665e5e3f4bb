"""Whether a document is legal without asking the schema: what a hook does with every file that is right."""

from __future__ import annotations

from typing import Any

import pytest

from rft_cli.spec.document import accepts_document

LEGAL = {"version": 1, "model": "rehearsal", "dataset": "data.jsonl", "evaluator": "judge.py"}


@pytest.mark.parametrize(
    ("values", "fragment", "is_legal"),
    [
        (LEGAL, False, True),
        ({**LEGAL, "x-own": object()}, False, True),
        ({**LEGAL, "training": {"epochs": 2}}, False, True),
        ({**LEGAL, "training": {"epochs": 0}}, False, False),
        ({**LEGAL, "own": 1}, False, False),
        ({**LEGAL, "model": 5}, False, False),
        ({"version": 1, "model": "rehearsal"}, False, False),
        ({"version": 1}, True, True),
        ({}, True, True),
        ({}, False, False),
        ({"version": 1, "extends": "base.yaml"}, False, True),
        ({"extends": 5}, False, False),
        ({"own": 1}, True, False),
    ],
)
def test_a_document_is_legal_or_not(values: dict[str, Any], fragment: bool, is_legal: bool) -> None:
    assert accepts_document(values, fragment=fragment) is is_legal


@pytest.mark.parametrize("key", LEGAL)
def test_without_a_required_key_it_is_not(key: str) -> None:
    assert accepts_document({name: value for name, value in LEGAL.items() if name != key}) is False
