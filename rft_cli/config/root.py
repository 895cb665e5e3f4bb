"""Where a project begins, and paths as seen from there."""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path

_TOOL_TABLE = re.compile(r"^\s*\[\s*tool\s*\.\s*rft\s*[.\]]", re.MULTILINE)
SERVICE_NAME_PREFIX = "accounts/"
"""How a name begins that a managed service holds, and that is no file."""


def find_root(start: Path) -> Path:
    """The project root of a file or folder.

    Returns:
        The nearest folder around it with `.rft/`, `[tool.rft]` in `pyproject.toml`, or `.git`; else the working directory.
    """
    place = Path(os.path.abspath(start))
    for folder in (place, *place.parents):
        if (folder / ".rft").is_dir() or (folder / ".git").exists() or _has_tool_table(folder):
            return folder
    return Path.cwd()


def _has_tool_table(folder: Path) -> bool:
    try:
        text = (folder / "pyproject.toml").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return _TOOL_TABLE.search(text) is not None


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
