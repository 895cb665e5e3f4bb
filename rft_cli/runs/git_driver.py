"""What git hands to an external diff: two versions of a file in temporary files, read as if they lay at its path.

What they extend is read from the work tree: git does not say of which commit a version is.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rft_cli.compare.comparison import defaults_of
from rft_cli.compare.subject import Subject, Unusable
from rft_cli.config.source import read_bytes
from rft_cli.errors import UsageError
from rft_cli.runs.content import on_disk, subject_of

ABBREVIATED = 7
"""Digits of an object name that git shows by default."""


class Version(NamedTuple):
    """One version of a file."""

    name: str
    """Path from the top of the work tree."""
    file: str
    """Where its content lies."""
    object_name: str
    """As git knows the content; zeros: what lies in the work tree."""

    @property
    def exists(self) -> bool:
        """Whether the file is there in this version; git names the null device where it is not."""
        return self.file != os.devnull

    @property
    def label(self) -> str:
        """How a reader tells the version from the other one."""
        if not self.object_name.strip("0"):
            return f"{self.name} (work tree)"
        return f"{self.name} ({self.object_name[:ABBREVIATED]})"

    def text(self) -> str:
        """Its content; empty where there is none."""
        content = read_bytes(self.file) if self.exists else b""
        return content.decode(errors="replace") if isinstance(content, bytes) else ""


class Handed(NamedTuple):
    """A file in two versions."""

    old: Version
    new: Version


def read_arguments(words: Sequence[str]) -> Handed | None:
    """What git's words name; None for a file whose merge has a conflict, of which git gives the path alone.

    Source: git(1), GIT_EXTERNAL_DIFF: ``path old-file old-hex old-mode new-file new-hex new-mode``, and the new path and a
    message where the file was renamed.

    Raises:
        UsageError: git would not call it so.
    """
    if len(words) == 1:
        return None
    if len(words) not in {7, 9}:
        raise UsageError(
            f"--git-driver takes the 7 or 9 words that git adds, and was given {len(words)}",
            hint='git config diff.rft.command "rft diff --git-driver --"',
        )
    path, old_file, old_object, _, new_file, new_object, _, *renamed = words
    return Handed(
        Version(path, old_file, old_object), Version(renamed[0] if renamed else path, new_file, new_object)
    )


def version_subject(version: Version, root: Path) -> Subject | Unusable:
    """The run config of a version.

    Raises:
        UsageError: its content cannot be read.
    """
    content = read_bytes(version.file)
    if isinstance(content, str):
        raise UsageError(f"{version.label}: {content}")
    found = subject_of(content, version.name, version.label, root, files=on_disk(root))
    return found if isinstance(found, Unusable) else found._replace(label=version.label)


def subjects_of(handed: Handed, root: Path) -> tuple[Subject, Subject] | None:
    """Both versions; None unless they can be compared as run configs. A new file is compared with the defaults.

    Raises:
        UsageError: a version cannot be read.
    """
    if not handed.new.exists:
        return None
    new = version_subject(handed.new, root)
    if isinstance(new, Unusable):
        return None
    old = version_subject(handed.old, root) if handed.old.exists else defaults_of(new)
    return None if isinstance(old, Unusable) else (old, new)
