"""Lints files: reads each, asks the rules, looks at the files it names. No output, no exit code."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from rft_cli import config as configs
from rft_cli.config.chain import is_fragment
from rft_cli.diagnostics import Finding, Suppression, by_place
from rft_cli.rules.engine import check_config
from rft_cli.rules.files import Finder, check_files
from rft_cli.rules.registry import RULES
from rft_cli.rules.rule import Rule
from rft_cli.rules.secrets import secrets_in
from rft_cli.task.locate import find_function


class Linted(NamedTuple):
    """What was found in some files."""

    files_checked: int
    findings: tuple[Finding, ...]
    """In reading order, each once, although several configs may build on the same base."""
    sources: dict[str, str]
    """Path as shown → text, of the files that findings point into."""
    suppressed: tuple[tuple[Finding, Suppression], ...] = ()
    """What comments in the files take responsibility for, in reading order."""


def lint_files(files: Sequence[str], root: str, left_out: frozenset[str]) -> Linted:
    """Check files one by one.

    Args:
        files: paths from where the user stands.
        root: the project root.
        left_out: codes that are not reported; their rules are not run.
    """
    rules = tuple(rule for rule in RULES if rule.code not in left_out)
    bases = configs.Cache()

    @cache
    def find(path: str, function: str) -> tuple[Finding, ...]:
        """A thousand configs that share an evaluator parse it once."""
        return find_function(path, function, os.path.relpath(path))

    findings: list[Finding] = []
    sources: dict[str, str] = {}
    for file in files:
        loaded, texts = _lint_file(file, root, bases, rules, find)
        told = [finding for finding in loaded if finding.code not in left_out]
        findings += told
        sources.update(
            {place: texts[place] for place in {finding.location.path for finding in told} & texts.keys()}
        )
    return Linted(len(files), by_place(findings), _with_python_sources(findings, sources))


def _lint_file(
    file: str, root: str, bases: configs.Cache, rules: Sequence[Rule], find: Finder
) -> tuple[tuple[Finding, ...], dict[str, str]]:
    loaded = configs.load(file, root=root, shown=file, fragment=is_fragment(file), cache=bases)
    # What others extend stays in memory; this file itself would only grow it with the number of files.
    bases.pop(file, None)
    if loaded.config is None or is_fragment(file):
        # No rule has been asked, and a secret is one in a broken file too.
        secrets = [finding for path, text in loaded.sources.items() for finding in secrets_in(path, text)]
        return (*loaded.findings, *secrets), loaded.sources
    opinions = check_config(loaded.config, rules=rules)
    return (*loaded.findings, *opinions, *check_files(loaded.config, root, find)), loaded.sources


def _with_python_sources(findings: Sequence[Finding], sources: dict[str, str]) -> dict[str, str]:
    """Add the text of evaluators that findings point into."""
    for path in {finding.location.path for finding in findings} - sources.keys():
        if path.endswith(".py"):
            sources[path] = _text(path)
    return sources


def _text(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
