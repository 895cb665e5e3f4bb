"""A file and everything that it extends, each file once, what builds on it after it."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from rft_cli.config.document import Document, Path
from rft_cli.config.scalars import one_line
from rft_cli.config.source import Reading, read_document
from rft_cli.config.validate import validate
from rft_cli.diagnostics import Finding, Severity

DEEPEST_CHAIN = 16
"""Files from the launched one to the furthest base; chosen: nobody can follow more."""
FRAGMENT_PREFIX = "_"

_NOT_A_CONFIG = frozenset({"RFT001", "RFT004", "RFT006", "RFT017"})
"""Findings that say that a file is no config at all, which is the mistake of the file that extends it."""


class Link(NamedTuple):
    """One file of a chain."""

    document: Document
    folder: str
    """Where its relative paths start."""


class Chain(NamedTuple):
    """The files behind one run config."""

    links: tuple[Link, ...]
    """Base first; the launched file is the last one."""
    findings: tuple[Finding, ...]
    is_complete: bool
    """Whether every file could be read, so that what is missing is missing."""


class Cache(dict[str, Document]):
    """Documents by path, for many files that extend the same ones.

    Attributes:
        folders: folder and root → the folder as seen from the root.
    """

    __slots__ = ("folders",)

    def __init__(self) -> None:
        super().__init__()
        self.folders: dict[tuple[str, str], str] = {}


def follow(
    path: str, shown: str, *, cache: Cache, thorough: bool = False, read: Reading | None = None
) -> Chain:
    """Read a file and, depth first, what it extends; nothing is required of the file itself yet."""
    walk = _Walk(cache, thorough=thorough, read=read)
    document = walk.read(path, shown)
    walk.findings += document.findings
    walk.findings += validate(document, fragment=True, thorough=thorough)
    walk.is_complete &= document.has_keys
    walk.enter(document, path, ())
    return Chain(tuple(walk.links), tuple(walk.findings), walk.is_complete)


def is_fragment(path: str) -> bool:
    """Whether a file is a part of run configs by its name."""
    name = path.rpartition("/")[2]
    return (name if os.sep == "/" else os.path.basename(name)).startswith(FRAGMENT_PREFIX)


_OWN = {
    "plan": "launch it: rft launch {path}; or name the run config that it was made of",
    "record": "compare it: rft compare {path} RUN; or name the run config that it was made of",
}
"""What a file that rft wrote says of itself → what can be done with it."""


def _own(document: Document) -> Document:
    """The document; where it is a plan or a record, one finding in place of one about every key of it."""
    kind = document.data.get("kind")
    if "schema_version" not in document.data or not isinstance(kind, str) or kind not in _OWN:
        return document
    message = f"this is a {kind} that rft wrote, and no run config"
    finding = Finding(
        "RFT017", Severity.ERROR, document.location("kind"), message, _OWN[kind].format(path=document.path)
    )
    # Without its text, in which rules would find digests that look like keys.
    return Document(document.path, findings=(finding,))


class _Walk:
    """Depth first through `extends`."""

    def __init__(self, cache: Cache, *, thorough: bool, read: Reading | None) -> None:
        self.links: list[Link] = []
        self.findings: list[Finding] = []
        self.is_complete = True
        self._cache = cache
        self._thorough = thorough
        self._read = read
        self._done: set[str] = set()

    def read(self, path: str, shown: str) -> Document:
        document = self._cache.get(path)
        if document is None or document.path != shown:
            document = self._cache[path] = _own(read_document(path, shown, read=self._read))
        return document

    def enter(self, document: Document, path: str, trail: tuple[str, ...]) -> None:
        """Append what a document extends, and then the document."""
        extends = document.data.get("extends") if document.has_keys else None
        if extends is not None:
            trail = (*trail, os.path.realpath(path))
            if isinstance(extends, str):
                self._base(document, path, extends, ("extends",), trail)
            elif isinstance(extends, list):
                for index, item in enumerate(extends):
                    self._base(document, path, item, ("extends", index), trail)
        self.links.append(Link(document, os.path.dirname(path)))

    def _base(self, child: Document, child_path: str, name: Any, key: Path, trail: tuple[str, ...]) -> None:
        if not isinstance(name, str) or not name:
            self.is_complete = False
            return None
        path = os.path.join(os.path.dirname(child_path), name)
        shown = os.path.normpath(os.path.join(os.path.dirname(child.path), name))
        shown = shown.replace(os.sep, "/")
        if "\0" in name:
            return self._refuse(
                "RFT030", child, key, "a path cannot hold a NUL character", "write another path"
            )
        real = os.path.realpath(path)
        if real in trail:
            circle = " → ".join(os.path.basename(step) for step in (*trail[trail.index(real) :], real))
            return self._refuse(
                "RFT031", child, key, f"extends goes in a circle: {circle}", "delete one of these extends"
            )
        if len(trail) >= DEEPEST_CHAIN:
            message = f"more than {DEEPEST_CHAIN} files build on each other"
            return self._refuse("RFT032", child, key, message, "merge some of them")
        if real in self._done:
            return None
        self._done.add(real)
        document = self.read(path, shown)
        for finding in document.findings:
            if finding.code in _NOT_A_CONFIG and not document.has_keys:
                return self._refuse(
                    "RFT030",
                    child,
                    key,
                    f"cannot extend {one_line(name)}: {finding.message}",
                    _mend(child_path, name),
                )
        self.findings += document.findings
        self.findings += validate(document, fragment=is_fragment(path), thorough=self._thorough)
        self.is_complete &= document.has_keys
        self.enter(document, path, trail)
        return None

    def _refuse(self, code: str, child: Document, key: Path, message: str, mend: str) -> None:
        place = child.location(key)
        self.findings.append(Finding(code, Severity.ERROR, place, message, mend, "extends"))
        self.is_complete = False


def _mend(child_path: str, name: str) -> str:
    """The path is relative to the file that writes it, and people take it for relative to where they are."""
    folder = os.path.dirname(child_path)
    if not os.path.isabs(name) and folder and os.path.isfile(name):
        there = os.path.relpath(name, folder).replace(os.sep, "/")
        return f"write {there}: a path is relative to the file that writes it"
    return "name a run config or a fragment, relative to this file"
