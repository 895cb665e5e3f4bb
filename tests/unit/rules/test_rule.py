"""The words and places that rules share."""

from __future__ import annotations

from pathlib import Path

import pytest

from rft_cli.config import Config, load
from rft_cli.rules.engine import check_config
from rft_cli.rules.rule import changed_one, starting_value
from rft_cli.spec.parameters import LEARNING_RATE, ROLLOUTS

HEAD = "version: 1\nmodel: rehearsal\ndataset: data.jsonl\nevaluator: judge.py\n"


def resolved(name: str, text: str) -> Config:
    loaded = load(f"{name}.yaml", root=Path(), read=lambda _path: (HEAD + text).encode())
    assert loaded.config is not None, loaded.findings
    return loaded.config


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", "rollout.n"),
        ("rollout: {top_k: 10}\n", "rollout.top_k"),
        ("rollout: {n: 8, top_k: 10}\n", "rollout.n"),
    ],
)
def test_a_finding_about_several_values_stands_at_the_first_that_somebody_wrote(text: str, path: str) -> None:
    assert changed_one(resolved("run", text), "rollout.n", "rollout.top_k") == path


def test_a_value_is_compared_with_its_default_or_with_the_reference() -> None:
    assert starting_value(LEARNING_RATE, None) == 1e-4
    assert starting_value(ROLLOUTS, resolved("base", "rollout: {n: 8}\n")) == 8


def test_a_change_is_told_with_what_it_is_in_the_reference() -> None:
    reference = resolved("base", "rollout: {n: 8}\n")
    [finding] = check_config(resolved("run", "rollout: {n: 6}\n"), against=reference)
    assert (finding.code, finding.message) == (
        "RFT601",
        "rollout.n is 6 instead of 8 in the reference base, and no hypothesis says why",
    )
