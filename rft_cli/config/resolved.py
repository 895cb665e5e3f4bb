"""A resolved run config: every value filled in, and where each one came from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, NamedTuple

from rft_cli.config.document import Document, Path
from rft_cli.diagnostics import Finding, Location
from rft_cli.spec.document import FIELDS

INHERITED = frozenset(field.name for field in FIELDS if field.inherited)
"""Top-level keys that `extends` hands down."""

SET, ENVIRONMENT = "--set", "environment"
"""How findings name the two sources of values outside the files."""

VARIABLE_PREFIX = "RFT_"
"""Begins the name of every environment variable that is ours."""

OriginKind = Literal["default", "extends", "file", "environment", "set"]


class Origin:
    """Where a value came from.

    Attributes:
        kind: what supplied it.
    """

    __slots__ = ("_path", "_place", "kind")

    def __init__(self, kind: OriginKind, place: Location | Document, path: Path = ()) -> None:
        """Name the source of a value: where it stands, or the file that writes it and its path there."""
        self.kind = kind
        self._place = place
        self._path = path

    @property
    def location(self) -> Location:
        """The value itself; for a default the first line of the launched file. Found when it is asked for."""
        if isinstance(self._place, Document):
            self._place = self._place.location(self._path)
        return self._place

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Origin) and (self.kind, self.location) == (other.kind, other.location)

    def __hash__(self) -> int:
        return hash((self.kind, self.location))

    def __repr__(self) -> str:
        return f"Origin({self.kind!r}, {self.location!r})"


class Config(NamedTuple):
    """What one file, with all that it builds on, says about a run."""

    path: str
    """The file as shown to the user."""
    name: str
    values: dict[str, Any]
    """Nested and normalised, every default filled in; paths relative to the project root; no `extends`."""
    origins: dict[str, Origin]
    """Dotted path of each value that is no section → its origin."""
    documents: tuple[Document, ...] = ()
    """The launched file first, then what it builds on, nearest first."""

    def get(self, path: str, default: Any = None) -> Any:
        """The value at a dotted path."""
        value: Any = self.values
        try:
            for part in _parts(path):
                value = value[part]
        except (KeyError, TypeError):
            return default
        return value

    def location(self, path: str, *, key: bool = False) -> Location:
        """Where a finding about a path points: to what supplied the value, or to its key.

        For a default it is the key of the nearest section that a file writes, else the first line of the launched file.
        """
        origin = self.origins.get(path)
        if origin is not None and origin.kind in {"environment", "set"}:
            return origin.location
        while path:
            for document in self._writers(path):
                return document.location(path, key=key)
            path, key = path.rpartition(".")[0], True
        return Location(self.path)

    def _writers(self, path: str) -> tuple[Document, ...]:
        """The files that write a path and pass it on, the one that wins first."""
        documents = self.documents if path.partition(".")[0] in INHERITED else self.documents[:1]
        return tuple(document for document in documents if document.has(path))


@cache
def _parts(path: str) -> tuple[str, ...]:
    """The parts of a dotted path; the paths that are asked for are those of the rules, again and again."""
    return tuple(path.split("."))


class Loaded(NamedTuple):
    """What came of loading one file."""

    config: Config | None
    """None when there are errors."""
    findings: tuple[Finding, ...]
    sources: dict[str, str]
    """Shown path → text of every file that was read, and of the overrides, for excerpts."""


def value_at(values: Mapping[str, Any] | None, path: str) -> Any:
    """The value at a dotted path of nested values, whoever holds them; None when there is none."""
    value: Any = values
    for part in _parts(path):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
