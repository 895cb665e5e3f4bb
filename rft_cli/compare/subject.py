"""Something that can be compared, whatever it was read from, and two of them as the sides of a difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from rft_cli.compare.difference import Side
from rft_cli.config.resolved import value_at
from rft_cli.diagnostics import Finding
from rft_cli.task.entry import split_entry

Kind = Literal["file", "run", "plan", "record", "revision", "defaults"]

WORK_TREE = "work tree"
"""The tree of subjects whose files lie on this disk."""

DIGESTED = ("dataset", "evaluator", "evaluation.dataset")
"""Keys that name files, and the names of their digests."""


class Subject(NamedTuple):
    """Something with resolved values."""

    kind: Kind
    label: str
    """As the user calls it."""
    values: Mapping[str, Any]
    """Resolved, nested as in YAML."""
    digest: Callable[[str], str]
    """Name in `DIGESTED` → SHA-256 of that file's content; empty where it is not known. May read the file."""
    tree: str = ""
    """Where its files lie: subjects of one tree share them. Empty: what it knows of them is frozen."""
    scope: str = ""
    """Of a run, plan or record."""
    run: str = ""
    """The run id of a run or a record."""
    reference: str = ""
    """What a run was launched against, or a config names as `experiment.reference`."""
    extended: tuple[str, ...] = ()
    """Paths of the files that a run config extends."""

    def get(self, path: str) -> Any:
        """The value at a dotted path; None when there is none."""
        return value_at(self.values, path)


class Unusable(NamedTuple):
    """A run config that cannot be compared because of what it holds."""

    label: str
    findings: tuple[Finding, ...]
    sources: Mapping[str, str]
    """Path as shown → text, for excerpts."""


class Pair(NamedTuple):
    """Two subjects, ready to be compared."""

    old: Side
    new: Side
    unknown: tuple[str, ...]
    """Names in `DIGESTED` of files whose content only one side knows."""


def pair(old: Subject, new: Subject) -> Pair:
    """Both as sides: with digests where both are known, and without where both mean the same file."""
    digests: tuple[dict[str, str], dict[str, str]] = ({}, {})
    unknown: list[str] = []
    for name in DIGESTED:
        files = file_of(old.values, name), file_of(new.values, name)
        is_same_file = old.tree and old.tree == new.tree and files[0] == files[1]
        if not all(files) or is_same_file:
            continue
        known = old.digest(name), new.digest(name)
        if all(known):
            digests[0][name], digests[1][name] = known
        elif any(known):
            unknown.append(name)
    return Pair(
        Side(old.label, old.values, digests[0], old.scope),
        Side(new.label, new.values, digests[1], new.scope),
        tuple(unknown),
    )


def file_of(values: Mapping[str, Any], name: str) -> str:
    """The path that a key in `DIGESTED` names, as seen from the project root; empty where it names none."""
    value = value_at(values, name)
    if name == "evaluator" and value is not None:
        return split_entry(value if isinstance(value, str) else value["entry"])[0]
    return value if isinstance(value, str) else ""
