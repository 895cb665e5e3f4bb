from __future__ import annotations

import pytest

from rft_cli.rules.globs import matches_any


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.yaml", "run.yaml"),
        ("configs/**/*.yaml", "configs/a.yaml"),
        ("configs/**/*.yaml", "configs/deep/er/a.yaml"),
        ("**/*.rft.yaml", "a.rft.yaml"),
        ("**/*.rft.yaml", "x/y/a.rft.yaml"),
        ("./configs/a.yaml", "configs/a.yaml"),
        ("archive", "archive/a/b.yaml"),
        ("archive/", "archive/a.yaml"),
        ("**/old", "configs/old/a.yaml"),
        ("configs/**", "configs/a/b.yaml"),
        ("sweep-?.yaml", "sweep-1.yaml"),
        (".ci/*.yaml", ".ci/a.yaml"),
        ("configs/.*.yaml", "configs/.a.yaml"),
        ("a+b (1).yaml", "a+b (1).yaml"),
        ("*", "run.yaml"),
    ],
)
def test_a_pattern_matches(pattern: str, path: str) -> None:
    assert matches_any(path, [pattern])


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.yaml", "configs/run.yaml"),
        ("configs/*.yaml", "configs/deep/a.yaml"),
        ("configs/**/*.yaml", "configs.yaml"),
        ("**/*.yaml", ".hidden/a.yaml"),
        ("**/*.yaml", "x/.a.yaml"),
        ("*", ".a.yaml"),
        ("?a.yaml", ".a.yaml"),
        ("archive", "archived/a.yaml"),
        ("run.yaml", "runxyaml"),
        ("sweep-?.yaml", "sweep-/.yaml"),
        ("configs/**", "configs/.git/a.yaml"),
    ],
)
def test_a_pattern_does_not_match(pattern: str, path: str) -> None:
    assert not matches_any(path, [pattern])


def test_one_of_several_is_enough_and_none_is_none() -> None:
    assert matches_any("b.yaml", ["a.yaml", "b.yaml"])
    assert not matches_any("b.yaml", [])
