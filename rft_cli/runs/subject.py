"""What a user names to be compared: a run config, a run, a plan, an exported record, or a file of a git revision.

An existing file wins over a run of the same name. Opens the ledger and asks git only when such a thing is named.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from rft_cli.compare.subject import Subject, Unusable
from rft_cli.config.source import read_bytes
from rft_cli.errors import UsageError
from rft_cli.runs.content import on_disk, subject_of

if TYPE_CHECKING:
    from rft_cli.runs.ledger import Ledger
    from rft_cli.runs.record import Run

OpenLedger = Callable[[], "AbstractContextManager[Ledger]"]

_CONFIG_ENDINGS = (".yaml", ".yml", ".json")
_OTHER_FORMS = "a file of a revision is named REV:path, a run by its id or name"


def find_subject(text: str, root: Path, ledger: OpenLedger) -> Subject | Unusable:
    """The thing that a text names.

    Args:
        text: a path, ``REV:path``, a run id, or a run name for its latest run.
        root: the project root, from which paths in values are seen.
        ledger: opens the ledger.

    Raises:
        UsageError: there is nothing of that name, or it cannot be read as what it is.
        SetupError: the ledger or git is needed and cannot be used.
    """
    path = Path(text)
    if path.is_dir():
        raise UsageError(f"{text} is a folder", hint=f"name a file in it, such as {path / 'run.yaml'}")
    if path.exists():
        return file_subject(text, root)
    if ":" in text:
        from rft_cli.config.revision import split_revision

        if named := split_revision(text):
            from rft_cli.runs.at_revision import revision_subject

            return revision_subject(named, text, root)
    if os.sep in text or text.endswith(_CONFIG_ENDINGS):
        raise UsageError(f"there is no file {text}", hint=_near(path))
    try:
        return run_named(text, ledger)
    except UsageError as error:
        raise UsageError(f"there is neither a file nor a run {text}", hint=error.hint) from error


def file_subject(path: str, root: Path) -> Subject | Unusable:
    """The config, plan or record in a file.

    Raises:
        UsageError: it cannot be read, or is no sound plan or record.
    """
    content = read_bytes(path)
    if isinstance(content, str):
        raise UsageError(f"{path}: {content}", hint=_near(Path(path)))
    return subject_of(content, path, path, root, files=on_disk(root))


def run_subject(run: Run) -> Subject:
    """A run of the ledger."""
    return Subject(
        "run",
        run.id,
        run.config,
        lambda name: run.record["digests"].get(name, ""),
        scope=run.summary.scope,
        run=run.id,
        reference=run.summary.reference or run.get("experiment.reference") or "",
    )


def run_named(text: str, ledger: OpenLedger) -> Subject:
    """The run of an id, or the latest run of a name.

    Raises:
        UsageError: there is none.
        SetupError: the ledger cannot be used.
    """
    from rft_cli.runs.lookup import find_run

    with ledger() as opened:
        return run_subject(find_run(opened, text))


def _near(path: Path) -> str:
    """The file that was meant, or what else could be named."""
    from difflib import get_close_matches

    try:
        names = [
            entry.name
            for entry in path.parent.iterdir()
            if entry.suffix in _CONFIG_ENDINGS and entry.is_file()
        ]
    except OSError:
        return f"there is no folder {path.parent} either; {_OTHER_FORMS}"
    close = get_close_matches(path.name, names, n=1)
    return f"did you mean {path.parent / close[0]}?" if close else _OTHER_FORMS
