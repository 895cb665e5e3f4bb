"""Which run configs a change of files can have touched: those that changed, and those that build on what changed."""

from __future__ import annotations

import os
from collections.abc import Sequence

from rft_cli.config.source import read_document


def touched(files: Sequence[str], changed: frozenset[str]) -> tuple[str, ...]:
    """The files that changed or build on a changed file, in the order given.

    Args:
        files: run configs and fragments.
        changed: real paths.
    """
    known: dict[str, tuple[str, ...]] = {}
    return tuple(file for file in files if not changed.isdisjoint(_chain(file, known)))


def _chain(file: str, known: dict[str, tuple[str, ...]]) -> set[str]:
    """Real paths of a file and of everything that it builds on, there or not."""
    found: set[str] = set()
    waiting = [file]
    while waiting:
        path = os.path.realpath(waiting.pop())
        if path not in found:
            found.add(path)
            if path not in known:
                known[path] = _bases(path)
            waiting += known[path]
    return found


def _bases(path: str) -> tuple[str, ...]:
    extends = read_document(path).data.get("extends")
    names = extends if isinstance(extends, list) else [extends]
    folder = os.path.dirname(path)
    return tuple(
        os.path.join(folder, name) for name in names if isinstance(name, str) and name and "\0" not in name
    )
