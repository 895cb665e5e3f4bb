"""The files that an evaluator is made of: itself and the local modules that it imports. Reads, never runs."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from rft_cli.task.locate import BadSource, parse

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator
    from pathlib import Path

Reading = Callable[["Path"], bytes | None]
"""File → its content; None when there is no such file."""


def on_disk(path: Path) -> bytes | None:
    """The content of a file that lies here."""
    return path.read_bytes() if path.is_file() else None


def digest(path: Path, root: Path | None = None, read: Reading = on_disk) -> str:
    """SHA-256 that changes when the evaluator or a local module that it imports changes, in hexadecimal.

    Of an evaluator in one file it is the digest of the file's bytes. Data files that it reads and installed packages
    are not covered.

    Args:
        path: the evaluator's Python file.
        root: the project root, whose modules an evaluator can import too.
        read: where the content of files comes from.

    Raises:
        OSError: the evaluator cannot be read.
    """
    read = cache(read)
    own, *helpers = local_sources(path, root, read)
    content = hashlib.sha256(_content(own, read)).hexdigest()
    if not helpers:
        return content
    folders = _folders(path, root)
    lines = [content]
    for helper in helpers:
        folder = next(folder for folder in folders if helper.is_relative_to(folder))
        lines.append(
            f"{hashlib.sha256(_content(helper, read)).hexdigest()}  {helper.relative_to(folder).as_posix()}"
        )
    return hashlib.sha256("\n".join([lines[0], *sorted(lines[1:])]).encode()).hexdigest()


REQUIREMENTS = "requirements.txt"


def evaluator_digests(path: Path, root: Path) -> dict[str, str]:
    """Name → SHA-256 in hexadecimal: ``evaluator``, as `digest` gives it, and ``requirements`` where there are any.

    Args:
        path: the evaluator's Python file.
        root: the project root.

    Raises:
        OSError: a file cannot be read.
    """
    found = {"evaluator": digest(path, root)}
    packages = requirements_of(path, root)
    if packages is not None:
        found["requirements"] = hashlib.sha256(packages.read_bytes()).hexdigest()
    return found


def requirements_of(path: Path, root: Path) -> Path | None:
    """The file that names the packages of an evaluator: beside it, or at the project root; None where there is none.

    Args:
        path: the evaluator's Python file.
        root: the project root.
    """
    candidates = (path.parent / REQUIREMENTS, root / REQUIREMENTS)
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def local_sources(path: Path, root: Path | None = None, read: Reading = on_disk) -> list[Path]:
    """The evaluator's file, then every local module file that its imports lead to.

    A module is local when it lies beside the evaluator or at the project root: the two folders that the loader makes
    importable. Imports inside functions count; names that are put together at run time are not seen.
    """
    folders = _folders(path, root)
    found = [path.resolve()]
    for source in found:  # grows while it is read
        tree = parse(_content(source, read))
        if isinstance(tree, BadSource):
            continue
        for module, start in _imported(tree, source, folders):
            found.extend(file for file in _module_files(module, start, read) if file not in found)
    return found


def _content(path: Path, read: Reading) -> bytes:
    content = read(path)
    if content is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    return content


def _folders(path: Path, root: Path | None) -> list[Path]:
    own = path.resolve().parent
    return [own] if root is None or root.resolve() == own else [own, root.resolve()]


def _imported(tree: ast.Module, source: Path, folders: list[Path]) -> Iterator[tuple[str, Path]]:
    """Each dotted module name that may be imported, with the folder to look in."""
    import ast

    for node in ast.walk(tree):
        match node:
            case ast.Import():
                names = [alias.name for alias in node.names]
                starts = folders
            case ast.ImportFrom():
                base = node.module or ""
                names = [base, *(f"{base}.{alias.name}".lstrip(".") for alias in node.names)]
                starts = [source.parents[node.level - 1]] if node.level else folders
            case _:
                continue
        yield from ((name, start) for name in names for start in starts if name)


def _module_files(module: str, folder: Path, read: Reading) -> list[Path]:
    """The files that importing a dotted name from a folder executes: each package's ``__init__`` and the module."""
    files = []
    for part in module.split("."):
        folder = folder / part
        candidates = (folder / "__init__.py", folder.with_name(f"{part}.py"))
        files += [file for file in candidates if read(file) is not None]
    return files
