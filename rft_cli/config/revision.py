"""Files as a git revision has them, through one `git cat-file`. Reads objects only: no hook, no filter, no network.

A path is taken as if the revision were checked out where the work tree lies.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from contextlib import suppress
from types import TracebackType
from typing import IO, NamedTuple, Self

from rft_cli.config.git import environment
from rft_cli.config.source import LARGEST_FILE
from rft_cli.errors import SetupError, UsageError

BLOCK_BYTES = 1 << 20
"""Read at once of a large file. Chosen: as fast as the pipe, small beside the process."""

_FOUND = re.compile(rb"[0-9a-f]{40,64} (blob|tree|commit|tag) ([0-9]+)\n")
_LINK_ASTRAY = re.compile(rb"(symlink|dangling|loop|notdir) ([0-9]+)\n")
"""Header lines of `git cat-file --batch --follow-symlinks`. Source: git-cat-file(1), BATCH OUTPUT."""

_LFS_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*oid sha256:([0-9a-f]{64})\n"
)
"""What git keeps of a file that Git LFS stores. Source: the specification of Git LFS, section The Pointer."""
_LARGEST_POINTER = 1024
"""Source: the same; a pointer file is smaller than this."""


class Named(NamedTuple):
    """A file of a revision, as a user writes it."""

    revision: str
    path: str


def split_revision(text: str) -> Named | None:
    """The two parts of ``REV:path``; None when a text has another form.

    >>> split_revision("HEAD~1:configs/x.yaml")
    Named(revision='HEAD~1', path='configs/x.yaml')
    """
    # A colon within braces belongs to the revision: HEAD^{/fix: the rate}.
    match = re.fullmatch(r"((?:[^:{]|\{[^}]*\})+):(.+)", text, re.DOTALL)
    return Named(match[1], match[2]) if match else None


class Revision:
    """The files of one revision of the repository around a folder; use it in a ``with`` block.

    Args:
        name: a commit, tag or branch, as git takes it.
        start: a folder; it need not exist any more.

    Raises:
        UsageError: there is no repository, or no such revision in it.
        SetupError: git is not installed.
    """

    def __init__(self, name: str, start: str) -> None:
        self.name = name
        if name.startswith("-") or not name.isprintable():
            raise UsageError(
                f"{name!r} is no git revision", hint="write a commit, tag or branch, as in HEAD~1:run.yaml"
            )
        folder = _existing(start)
        top, complaint = _ask(folder, "rev-parse", "--show-toplevel")
        if top is None:
            raise UsageError(f"{name}: git finds no repository at {folder}", hint=f"git says: {complaint}")
        self.top = _as_seen_from(folder, top)
        """The work tree's folder."""
        tree, _ = _ask(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{tree}}")
        if tree is None:
            raise UsageError(f"there is no revision {name} in {self.top}", hint=_why_not(folder))
        self.tree = tree
        """Object name of its tree."""
        self._process = _start(["cat-file", "--batch", "--follow-symlinks"], folder, subprocess.DEVNULL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End git."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._process.wait()

    def read(self, path: str, most: int = LARGEST_FILE) -> bytes | str:
        """The content of a file, or in words why there is none.

        Args:
            path: where the file lies in the work tree, or lay.
            most: bytes to keep; of a larger file one more is kept, which tells.
        """
        name = self._within(path)
        if name is None:
            return f"it lies outside of the repository {self.top}"
        size = self._open(name)
        if size is None:
            return f"there is no such file at {self.name}"
        kept = min(size, most + 1)
        content = self._output.read(kept)
        self._skip(size - kept + 1)
        return content

    def sha256(self, path: str) -> str:
        """SHA-256 of a file's content, in hexadecimal; empty when the revision does not have it.

        Of a file that Git LFS stores it is the digest of the file itself, which its pointer names.
        """
        name = self._within(path)
        size = self._open(name) if name is not None else None
        if size is None:
            return ""
        hasher = hashlib.sha256()
        first = b""
        left = size
        while left:
            block = self._output.read(min(left, BLOCK_BYTES))
            if not block:
                raise SetupError(f"git ended while it read {path}", hint="`git fsck` checks the repository")
            first = first or block
            hasher.update(block)
            left -= len(block)
        self._skip(1)
        pointer = _LFS_POINTER.match(first) if size < _LARGEST_POINTER else None
        return pointer[1].decode() if pointer else hasher.hexdigest()

    def _within(self, path: str) -> str | None:
        """A path as seen from the top of the work tree; None outside of it."""
        name = os.path.relpath(path, self.top).replace(os.sep, "/")
        return None if name == ".." or name.startswith("../") else name

    def _open(self, name: str) -> int | None:
        """Ask for a file; its size, with its content and a line end next in the pipe."""
        if "\n" in name:
            # One question a line; git that is older than 2.38 has no other form.
            return None
        assert self._process.stdin is not None
        self._process.stdin.write(os.fsencode(f"{self.tree}:{name}\n"))
        self._process.stdin.flush()
        header = self._output.readline()
        if found := _FOUND.fullmatch(header):
            size = int(found[2])
            if found[1] == b"blob":
                return size
            self._skip(size + 1)
        elif astray := _LINK_ASTRAY.fullmatch(header):
            self._skip(int(astray[2]) + 1)
        return None

    @property
    def _output(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def _skip(self, size: int) -> None:
        while size > 0 and (block := self._output.read(min(size, BLOCK_BYTES))):
            size -= len(block)


def _existing(folder: str) -> str:
    """The folder, or the nearest one above it that exists."""
    folder = os.path.abspath(folder)
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return folder


def _as_seen_from(folder: str, top: str) -> str:
    """The top of a work tree, spelled like a folder in it, which may lie behind a symbolic link."""
    above = folder
    while os.path.realpath(above) != os.path.realpath(top):
        if above == os.path.dirname(above):
            return top
        above = os.path.dirname(above)
    return above


def _ask(folder: str, *arguments: str) -> tuple[str | None, str]:
    """What git answers in one line, None when it says no; and the first line of its complaint."""
    process = _start(list(arguments), folder, subprocess.PIPE)
    answer, complaint = process.communicate()
    said = os.fsdecode(answer).removesuffix("\n") if process.returncode == 0 else None
    return said, complaint.decode(errors="replace").partition("\n")[0]


def _start(arguments: list[str], folder: str, errors: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            ["git", *arguments],
            cwd=folder,
            env=environment(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    except FileNotFoundError as error:
        raise SetupError(
            "git is not installed, and REV:path needs it", hint="install git, or name a file"
        ) from error


def _why_not(folder: str) -> str:
    if _ask(folder, "rev-parse", "--is-shallow-repository")[0] == "true":
        return (
            "this clone is shallow: `git fetch --unshallow` brings its history (fetch-depth: 0 in a workflow)"
        )
    return "`git log --oneline` lists the commits"
