"""Where a project begins, and paths as seen from there. Works on strings: `lint` starts without pathlib."""

from __future__ import annotations

import os
import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_TOOL_TABLE = r"^\s*\[\s*tool\s*\.\s*rft\s*[.\]]"
SETTINGS_FILE = ".rft.toml"
"""Holds what `[tool.rft]` would, in projects without a `pyproject.toml`."""
SERVICE_NAME_PREFIX = "accounts/"
"""How a name begins that a managed service holds, and that is no file."""


def find_root(start: Path) -> Path:
    """The project root of a file or folder, see `root_of`."""
    import pathlib

    return pathlib.Path(root_of(os.fspath(start)))


def root_of(start: str) -> str:
    """The project root of a file or folder, absolute; symbolic links are not followed out of the project.

    Returns:
        The nearest folder around it with `.rft/`, `.rft.toml`, `[tool.rft]` in `pyproject.toml`, or `.git`; else the
        working directory.
    """
    folder = os.path.abspath(start)
    while True:
        if _is_root(folder):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return os.getcwd()
        folder = above


def checkout_of(start: str) -> str:
    """The top of the git checkout around a folder, absolute; without one, its project root."""
    folder = os.path.abspath(start)
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return root_of(start)
        folder = above
    return folder


def _is_root(folder: str) -> bool:
    ours = os.path.join(folder, ".rft")
    git = os.path.join(folder, ".git")
    settings = os.path.join(folder, SETTINGS_FILE)
    return os.path.isdir(ours) or os.path.exists(git) or os.path.isfile(settings) or has_tool_table(folder)


def has_tool_table(folder: str) -> bool:
    """Whether the `pyproject.toml` of a folder holds settings of rft."""
    try:
        with open(os.path.join(folder, "pyproject.toml"), encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError):
        return False
    return re.search(_TOOL_TABLE, text, re.MULTILINE) is not None


def prefix(folder: str, root: str) -> str:
    """A folder as seen from the root, in POSIX form; absolute where they share no drive."""
    try:
        return os.path.relpath(folder or ".", root).replace(os.sep, "/")
    except ValueError:
        return os.path.abspath(folder).replace(os.sep, "/")


def rebase(value: str, folder_prefix: str, root: str) -> str:
    """A path that a file wrote, as seen from the root; names that a service or a URL scheme knows stay.

    Args:
        value: as written, relative to the folder of the file that wrote it, or absolute.
        folder_prefix: that folder as seen from the root.
        root: the root itself, for absolute paths.
    """
    if value.startswith(SERVICE_NAME_PREFIX) or "://" in value:
        return value
    if os.path.isabs(value):
        return prefix(value, root)
    plain = value.replace(os.sep, "/") if os.sep != "/" else value
    return posixpath.normpath(posixpath.join(folder_prefix, plain))
