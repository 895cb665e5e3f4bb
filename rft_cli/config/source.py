"""Bytes → `Document`: the plain shape at once, anything else through the YAML parser, which is loaded then and not before.

Whatever the bytes are, the answer is a document with findings; nothing here raises.
"""

from __future__ import annotations

import errno
import os
from codecs import BOM_UTF8
from collections.abc import Callable
from typing import Any

from rft_cli.config.document import Document
from rft_cli.config.plain import read_plain_shape
from rft_cli.diagnostics import Finding, Location, Severity

LARGEST_FILE = 1 << 20
"""Bytes; chosen: a thousand times a long run config."""
CHUNK = 1 << 14
"""Bytes read at once; chosen: all of a usual file, and little to allocate."""
LARGEST_PLAIN = 1 << 14
"""Bytes; chosen: thirty times a usual config, and a bound of what is remembered of its lines."""

Reading = Callable[[str], bytes | str]
"""Path → content, or in words why there is none. Little more than `LARGEST_FILE` bytes are looked at."""


def read_document(
    path: str | os.PathLike[str],
    shown: str | None = None,
    *,
    pure: bool = False,
    read: Reading | None = None,
) -> Document:
    """Read one file.

    Args:
        path: the file.
        shown: how findings name it; default: the path as given.
        pure: use the YAML parser in Python, whatever the text and whatever is faster; the answer is the same.
        read: where content comes from; default: the disk.
    """
    name = os.fspath(path)
    shown = name if shown is None else shown
    content = read_bytes(name) if read is None else read(name)
    if isinstance(content, str):
        return _unreadable(shown, content)
    return parse(content, shown, pure=pure)


def parse(content: bytes, shown: str, *, pure: bool = False) -> Document:
    """Read the content of one file; see `read_document`."""
    if len(content) > LARGEST_FILE:
        return _unreadable(shown, "the file is larger than 1 MiB, which no run config is")
    document = None if pure else _read_plain(content, shown)
    if document is not None:
        return document
    from rft_cli.config.compose import compose

    return compose(content, shown, pure=pure)


def _read_plain(content: bytes, shown: str) -> Document | None:
    if len(content) > LARGEST_PLAIN:
        return None
    try:
        text = content.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError:
        return None
    # Neither tabs nor other line ends are printable, nor anything that YAML forbids.
    if not text.replace("\n", "").isprintable():
        return None
    data = read_plain_shape(text)
    return None if data is None else Document(shown, text, data, compose=_root)


def _unreadable(shown: str, why: str) -> Document:
    return Document(shown, findings=(Finding("RFT001", Severity.ERROR, Location(shown), why),))


def _root(text: str) -> Any:
    """The node graph of a text that has been read without one."""
    from rft_cli.config.compose import compose

    return compose(text.encode(), "").root


def read_bytes(name: str) -> bytes | str:
    """The content of a file on disk, see `Reading`."""
    try:
        handle = os.open(name, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        return _why_unreadable(error)
    try:
        chunks: list[bytes] = []
        size = 0
        while size <= LARGEST_FILE and (chunk := os.read(handle, CHUNK)):
            chunks.append(chunk)
            size += len(chunk)
        return b"".join(chunks)
    except OSError as error:
        return _why_unreadable(error)
    finally:
        os.close(handle)


def _why_unreadable(error: OSError | ValueError) -> str:
    if isinstance(error, ValueError):
        return "a path cannot hold a NUL character"
    known = {
        errno.ENOENT: "there is no such file",
        errno.ENOTDIR: "there is no such file",
        errno.EISDIR: "this is a directory, not a file",
        errno.EACCES: "the file cannot be read: permission denied",
        errno.ELOOP: "the file cannot be read: its symbolic links go in a circle",
    }
    return known.get(error.errno or 0) or f"the file cannot be read: {error.strerror or error}"
