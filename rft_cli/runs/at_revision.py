"""A file of a git revision as something to compare, with the data and the evaluator that the revision has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rft_cli.compare.subject import Subject, Unusable
from rft_cli.config.revision import Named, Revision
from rft_cli.errors import UsageError
from rft_cli.runs.content import Files, subject_of
from rft_cli.task import sources

LARGEST_SOURCE = 1 << 26
"""Bytes of an evaluator or a module beside it. Chosen: far beyond any, so that its digest is of all of it."""


def revision_subject(named: Named, text: str, root: Path) -> Subject | Unusable:
    """The file that ``REV:path`` names; what it extends is of the same revision.

    Args:
        named: its two parts.
        text: as the user wrote it.
        root: the project root.

    Raises:
        UsageError: there is no repository, revision or file of that name.
        SetupError: git is not installed.
    """
    here = Path.cwd() / named.path
    with Revision(named.revision, str(here.parent)) as revision:
        path, content = _find(revision, named.path, here)
        shown = path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else str(path)
        files = Files("revision", revision.tree, revision.read, _digests(revision.tree, revision.top, root))
        found = subject_of(content, str(path), shown, root, files=files)
    if isinstance(found, Unusable):
        return _named(found, named.revision)._replace(label=text)
    return found._replace(label=text)


def _find(revision: Revision, name: str, here: Path) -> tuple[Path, bytes]:
    """Where the file lies: as git has it, from the top of the work tree, or as people have it, from where they are."""
    places = [here] if name.startswith(("./", "../")) else [Path(revision.top, name), here]
    for path in places:
        content = revision.read(str(path))
        if isinstance(content, bytes):
            return path, content
    looked = " and for ".join(dict.fromkeys(map(str, places)))
    raise UsageError(
        f"there is no file {name} at {revision.name}",
        hint=f"looked for {looked}; `git ls-tree -r --name-only {revision.name}` lists what there is",
    )


def _digests(tree: str, top: str, root: Path) -> Callable[[str, str], str]:
    def digest(name: str, path: str) -> str:
        if not path:
            return ""
        with Revision(tree, top) as revision:
            if name != "evaluator":
                return revision.sha256(str(root / path))

            def read(file: Path) -> bytes | None:
                content = revision.read(str(file), most=LARGEST_SOURCE)
                return content if isinstance(content, bytes) else None

            try:
                return sources.digest(root / path, root, read)
            except FileNotFoundError:
                return ""

    return digest


def _named(unusable: Unusable, revision: str) -> Unusable:
    """Findings and sources whose paths say of which revision they are."""
    findings = tuple(
        finding._replace(location=finding.location._replace(path=f"{revision}:{finding.location.path}"))
        for finding in unusable.findings
    )
    texts = {f"{revision}:{path}": text for path, text in unusable.sources.items()}
    return Unusable(unusable.label, findings, texts)
