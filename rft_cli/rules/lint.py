"""Lints files: reads each, asks the rules, looks at the files it names. No output, no exit code."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from rft_cli import config as configs
from rft_cli.config.chain import is_fragment
from rft_cli.config.document import Document
from rft_cli.config.root import prefix
from rft_cli.config.source import Reading
from rft_cli.diagnostics import Finding, Suppression, by_place
from rft_cli.rules.engine import check_config
from rft_cli.rules.files import Finder, check_files
from rft_cli.rules.globs import matches_any
from rft_cli.rules.registry import RULES
from rft_cli.rules.rule import NO_BACKEND, Rule, RulesOf
from rft_cli.rules.secrets import secrets_in
from rft_cli.rules.writing import check_writing
from rft_cli.spec.codes.writing import STYLE_CODES
from rft_cli.task.locate import find_function

if TYPE_CHECKING:
    from rft_cli.rules.suppression import Ignores

MARK = "rft:"
"""Stands in every comment to rft."""


class Linted(NamedTuple):
    """What was found in some files."""

    files_checked: int
    findings: tuple[Finding, ...]
    """In reading order, each once, although several configs may build on the same base."""
    sources: dict[str, str]
    """Path as shown → text, of the files that findings point into."""
    suppressed: tuple[tuple[Finding, Suppression], ...] = ()
    """What comments in the files take responsibility for, in reading order."""


WRITING = frozenset(entry.code for entry in STYLE_CODES)
"""Codes about how a file is written, which are found in a broken run config too."""


class Scope(NamedTuple):
    """What is reported."""

    left_out: frozenset[str] = frozenset()
    """Codes that are not; their rules are not run."""
    per_file: tuple[tuple[str, frozenset[str]], ...] = ()
    """Pattern of paths below the project root, and the codes that are not reported there."""
    is_whole: bool = False
    """Whether all configs of the project are linted, so that what none of them uses is not used."""


EVERYTHING = Scope()

SHARED_FROM = 2_000
"""Files from which on it pays to share the work. Chosen: half of them take ten times as long as starting a process does."""


class Collected(NamedTuple):
    """What was found in some files before comments are heard; two of them can be joined."""

    findings: list[Finding]
    sources: dict[str, str]
    """Path as shown → text, of the files that findings point into."""
    ignores: dict[str, Ignores]
    """Path as shown → what the comments of that file ignore."""
    judged: dict[str, frozenset[str]]
    """Path as shown → codes that would have been found in it, of the files that were linted themselves."""


class Look(NamedTuple):
    """How files that configs name are looked at: a thousand configs that share them look once."""

    find: Finder
    exists: Callable[[str], bool]


def lint_files(
    files: Sequence[str],
    root: str,
    scope: Scope = EVERYTHING,
    *,
    rules_of: RulesOf = NO_BACKEND,
    read: Reading | None = None,
    processes: int = 1,
) -> Linted:
    """Check files one by one.

    Args:
        files: paths from where the user stands.
        root: the project root.
        scope: what is reported.
        rules_of: what a backend thinks of its own configs.
        read: where content comes from; default: the disk.
        processes: how many share the work when content comes from the disk; the answer is the same.
    """
    if processes > 1 and read is None:
        from rft_cli.rules.parallel import collect_in

        collected = collect_in(processes, files, root, scope, rules_of)
    else:
        collected = collect(files, root, scope, rules_of, read=read)
    return conclude(collected, len(files), root, scope)


def collect(
    files: Sequence[str],
    root: str,
    scope: Scope,
    rules_of: RulesOf = NO_BACKEND,
    *,
    read: Reading | None = None,
) -> Collected:
    """Everything that is found in some files; see `lint_files`."""
    writing = WRITING - scope.left_out
    bases = configs.Cache()
    done = Collected([], {}, {}, {})

    @cache
    def find(path: str, function: str) -> tuple[Finding, ...]:
        """A thousand configs that share an evaluator parse it once."""
        return find_function(path, function, os.path.relpath(path))

    @cache
    def rules_for(backend: str) -> tuple[Rule, ...]:
        return tuple(rule for rule in (*RULES, *rules_of(backend)) if rule.code not in scope.left_out)

    look = Look(find, cache(os.path.exists))
    for file in files:
        loaded = configs.load(file, root=root, shown=file, fragment=is_fragment(file), cache=bases, read=read)
        # What others extend stays in memory; this file itself would only grow it with the number of files.
        document = bases.pop(file)
        documents = loaded.config.documents if loaded.config else (document,)
        rules = rules_for(loaded.config.get("backend")) if loaded.config else ()
        findings = [
            *loaded.findings,
            *check_writing(document, file, root, look.exists),
            *_opinions(loaded, file, root, rules, look),
        ]
        findings = [finding for finding in findings if finding.code not in scope.left_out]
        for shown in documents:
            if MARK in shown.text and shown.path not in done.ignores:
                findings += _hear(shown, done.ignores)
        if file in done.ignores:
            done.judged[file] = writing.union(rule.code for rule in rules)
        done.findings.extend(findings)
        texts = loaded.sources
        told = {finding.location.path for finding in findings}
        done.sources.update({place: texts[place] for place in told & texts.keys()})
    return done


def conclude(collected: Collected, files_checked: int, root: str, scope: Scope) -> Linted:
    """Obey the comments, and put everything in order."""
    findings = by_place(collected.findings)
    suppressed: tuple[tuple[Finding, Suppression], ...] = ()
    if collected.ignores:
        findings, suppressed = _obey(findings, collected, scope)
    kept = [finding for finding in findings if not _is_left_out(finding, root, scope)]
    return Linted(files_checked, by_place(kept), _with_python_sources(kept, collected.sources), suppressed)


def _hear(document: Document, heard: dict[str, Ignores]) -> tuple[Finding, ...]:
    """Read the comments of a file that has some for rft; what is wrong with them."""
    from rft_cli.rules.suppression import read_ignores

    ignores = read_ignores(document)
    if ignores is None:
        return ()
    heard[document.path] = ignores
    return ignores.findings


def _obey(
    findings: tuple[Finding, ...], collected: Collected, scope: Scope
) -> tuple[tuple[Finding, ...], tuple[tuple[Finding, Suppression], ...]]:
    """The findings that no comment takes responsibility for, with those about idle comments; and the others."""
    from rft_cli.rules.suppression import split, unused

    parted = split(findings, collected.ignores)
    idle: list[Finding] = []
    for path, ignores in collected.ignores.items():
        # A fragment gets its opinions through the configs that build on it.
        is_judged = path in collected.judged and (scope.is_whole or not is_fragment(path))
        if is_judged and (found := unused(ignores, parted.used, collected.judged[path])):
            idle += found
            collected.sources[path] = ignores.lines.text
    return (*parted.kept, *idle), parted.suppressed


def _opinions(
    loaded: configs.Loaded, file: str, root: str, rules: Sequence[Rule], look: Look
) -> tuple[Finding, ...]:
    if loaded.config is None or is_fragment(file):
        # No rule has been asked, and a secret is one in a broken file too.
        return tuple(finding for path, text in loaded.sources.items() for finding in secrets_in(path, text))
    return (*check_config(loaded.config, rules=rules), *check_files(loaded.config, root, *look))


def _is_left_out(finding: Finding, root: str, scope: Scope) -> bool:
    if finding.code in scope.left_out:
        return True
    if not scope.per_file:
        return False
    path = prefix(os.path.abspath(finding.location.path), root)
    return any(finding.code in codes and matches_any(path, (pattern,)) for pattern, codes in scope.per_file)


def _with_python_sources(findings: Sequence[Finding], sources: dict[str, str]) -> dict[str, str]:
    """Add the text of evaluators that findings point into."""
    for path in {finding.location.path for finding in findings} - sources.keys():
        if path.endswith(".py"):
            sources[path] = _text(path)
    return sources


def _text(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
