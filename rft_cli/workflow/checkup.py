"""What works on this machine, as values: every check looks, none changes anything but a file that it removes again."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from rft_cli import __version__
from rft_cli.backends import registry
from rft_cli.errors import RftError
from rft_cli.runs.ledger import Ledger

if TYPE_CHECKING:
    from pathlib import Path

    from rft_cli.workflow.project import Project

LIBRARIES = ("typer", "rich", "pyyaml", "jsonschema", "httpx", "numpy")
"""What rft needs, as `pyproject.toml` lists it."""

OLDEST_PYTHON = (3, 11)
"""As `pyproject.toml` requires it."""

KEYS = {
    "FIREWORKS_API_KEY": "backend: fireworks needs it",
    "WANDB_API_KEY": "tracking.wandb on fireworks needs it",
}
"""Variables that backends read → who does; only whether they are set is looked at."""

SMALLEST_FREE_BYTES = 200 * 1024**2
"""Free disk below which a run may not fit. Chosen: rollouts and checkpoints of a hundred rehearsals."""


class Verdict(StrEnum):
    """What a check found."""

    OK = "ok"
    NOTE = "note"
    """Works, and worth knowing."""
    PROBLEM = "problem"
    """Something that rft needs does not work."""


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    verdict: Verdict
    value: str
    help: str = ""
    """The next step; empty when none is needed."""


def checkup(project: Project, *, color: bool, width: int, interactive: bool) -> tuple[Check, ...]:
    """Look at everything.

    Args:
        project: whose folders and ledger.
        color: what the terminal shows.
        width: its columns.
        interactive: whether a person watches it.
    """
    shown = (
        f"{width} columns, {'colour' if color else 'no colour'}, {'live' if interactive else 'plain lines'}"
    )
    return (
        Check("rft", Verdict.OK, __version__),
        _python(),
        *_libraries(),
        _yaml(),
        Check("project root", Verdict.OK, str(project.root)),
        _disk(project.place.folder),
        _ledger(project),
        Check("backends", Verdict.OK, ", ".join(registry.AVAILABLE)),
        _engine(),
        *_keys(),
        Check("terminal", Verdict.OK, shown),
    )


def works(checks: tuple[Check, ...]) -> bool:
    """Whether nothing that rft needs is broken."""
    return all(check.verdict is not Verdict.PROBLEM for check in checks)


def _python() -> Check:
    value = f"{platform.python_version()} ({sys.executable})"
    if sys.version_info < OLDEST_PYTHON:
        needed = ".".join(map(str, OLDEST_PYTHON))
        return Check("Python", Verdict.PROBLEM, value, f"rft needs {needed} or newer")
    return Check("Python", Verdict.OK, value)


def _libraries() -> Iterator[Check]:
    from importlib.metadata import PackageNotFoundError, version

    for name in LIBRARIES:
        try:
            yield Check(name, Verdict.OK, version(name))
        except PackageNotFoundError:
            yield Check(name, Verdict.PROBLEM, "missing", f"pip install {name}")


def _yaml() -> Check:
    from rft_cli.config.compose import FastLoader, PureLoader

    if FastLoader is not PureLoader:
        return Check("YAML parser", Verdict.OK, "C")
    return Check(
        "YAML parser", Verdict.NOTE, "pure Python: same answers, slower", "install PyYAML with libyaml"
    )


def _disk(folder: Path) -> Check:
    """Whether the nearest existing folder can be written, and has room."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
        status = os.statvfs(existing)
    except OSError as error:
        return Check(
            "disk",
            Verdict.PROBLEM,
            f"{existing} cannot be written: {error.strerror}",
            "check its permissions, or set RFT_DIR to a folder that you may write",
        )
    free = status.f_bavail * status.f_frsize
    value = f"{existing} is writable, {free / 1024**3:.1f} GB free"
    if free < SMALLEST_FREE_BYTES:
        return Check("disk", Verdict.PROBLEM, value, "free some space")
    return Check("disk", Verdict.OK, value)


def _ledger(project: Project) -> Check:
    place = project.place
    if not place.ledger.exists():
        return Check("ledger", Verdict.OK, "none yet; the first launch makes it")
    try:
        with Ledger(place) as ledger:
            summaries, mode = ledger.summaries(), ledger.journal_mode
    except RftError as error:
        return Check("ledger", Verdict.PROBLEM, error.message, error.hint)
    live = sum(summary.state.live for summary in summaries)
    runs = f"{len(summaries)} run{'' if len(summaries) == 1 else 's'}"
    return Check(
        "ledger", Verdict.OK, f"{place.shown(place.ledger)}: {runs}, {live} live, journal mode {mode}"
    )


def _engine() -> Check:
    cores = os.cpu_count() or 1
    return Check(
        "BLAS threads",
        Verdict.OK,
        f"1 in a worker, of {cores} core{'' if cores == 1 else 's'}: numbers repeat",
    )


def _keys() -> Iterator[Check]:
    for name, reader in KEYS.items():
        value = "set" if os.environ.get(name) else f"not set; {reader}"
        yield Check(name, Verdict.OK, value)
