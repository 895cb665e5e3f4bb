"""The content of a file as something to compare: an exported record, a plan, or else a run config."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rft_cli.compare.subject import WORK_TREE, Kind, Subject, Unusable, file_of
from rft_cli.config.chain import is_fragment
from rft_cli.config.resolve import load
from rft_cli.config.resolved import value_at
from rft_cli.config.source import Reading, read_bytes
from rft_cli.errors import FindingsError, UsageError


class Files(NamedTuple):
    """Where a config and what it names is read from."""

    kind: Kind
    tree: str
    """See `Subject.tree`."""
    read: Reading
    digest: Callable[[str, str], str]
    """Name in `DIGESTED` and path as seen from the project root → SHA-256; empty: there is no such file."""


def on_disk(root: Path) -> Files:
    """The files that lie here."""

    def digest(name: str, path: str) -> str:
        from rft_cli.task import data, sources

        file = root / path
        if not path or not file.is_file():
            return ""
        return sources.digest(file, root) if name == "evaluator" else data.file_digest(file)

    return Files("file", WORK_TREE, read_bytes, digest)


def overlaid(files: Files, path: str, content: bytes) -> Files:
    """The same files, one of them with another content."""
    return files._replace(read=lambda name: content if name == path else files.read(name))


def subject_of(content: bytes, path: str, label: str, root: Path, *, files: Files) -> Subject | Unusable:
    """What a file holds.

    Args:
        content: of the file.
        path: where it lies; what it extends is looked for from there.
        label: how the user calls it.
        root: the project root.
        files: where everything else is read from.

    Raises:
        UsageError: it is a record or a plan, and not a sound one.
    """
    document = _json(content, path)
    if document.get("kind") in _FROZEN:
        return _FROZEN[document["kind"]](content, label)
    # Read once: it may be a pipe.
    read = overlaid(files, path, content).read
    loaded = load(path, root=root, shown=label, fragment=is_fragment(path), read=read)
    if loaded.config is None:
        return Unusable(label, loaded.findings, loaded.sources)
    values = loaded.config.values
    return Subject(
        files.kind,
        label,
        values,
        lambda name: files.digest(name, file_of(values, name)),
        tree=files.tree,
        reference=value_at(values, "experiment.reference") or "",
        extended=tuple(document.path for document in loaded.config.documents[1:]),
    )


def _record(content: bytes, label: str) -> Subject:
    from rft_cli.runs.exported import parse_record

    record = parse_record(content, label)
    return Subject(
        "record",
        label,
        record.config,
        lambda name: record.digests.get(name, ""),
        scope=record.scope,
        run=record.id,
        reference=record.document.get("reference") or "",
    )


def _plan(content: bytes, label: str) -> Subject:
    from rft_cli.runs.frozen import parse_plan

    try:
        plan = parse_plan(content, label)
    except FindingsError as error:
        # What keeps a launch from happening is wrong usage where two things are to be compared.
        raise UsageError(error.message, hint=error.hint) from error
    return Subject(
        "plan",
        label,
        plan.config.values,
        lambda name: plan.digests.get(name, ""),
        scope=plan.scope,
        reference=plan.config.get("experiment.reference") or "",
    )


_FROZEN: Mapping[str, Callable[[bytes, str], Subject]] = {"record": _record, "plan": _plan}
"""What a document says of itself → its reader."""


def _json(content: bytes, path: str) -> dict[str, Any]:
    """The content where it is an object in JSON; a run config may be one too, and has no ``kind``."""
    if content.lstrip()[:1] != b"{":
        return {}
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        if path.endswith(".json"):
            raise UsageError(
                f"{path} is not JSON: {error}", hint="write it again, or name another file"
            ) from error
        return {}
    return document if isinstance(document, dict) else {}
