"""Which files `lint` looks at: those named, run configs in the folders named, or the run configs of the project.

The project's are those that git tracks or would track, where there is git. Reads folder listings and the first bytes of
candidates; knows nothing of YAML.
"""

from __future__ import annotations

import os
import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence

from rft_cli.config.chain import is_fragment
from rft_cli.config.root import checkout_of, prefix
from rft_cli.config.settings import INCLUDE
from rft_cli.errors import UsageError
from rft_cli.rules.globs import matches_any

ENDINGS = (".yaml", ".yml")
RFT_ENDINGS = tuple(f".rft{ending}" for ending in ENDINGS)

SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "site-packages"})
"""Besides hidden folders and virtual environments: what tools install there is not the user's."""

HEAD_BYTES = 4096
"""How much of a file decides whether it is a run config. Chosen: one block of most file systems."""

_SIGN = rb"""["']?(?:evaluator["']?\s*:|rollout["']?\s*:|version["']?\s*:\s*1\s*(?:[#,}\r\n]|\Z))"""
"""A key that other tools' files lack at their top level."""

_BLOCK_SIGN = rb"^" + _SIGN
_FLOW_SIGN = rb"[{,]\s*" + _SIGN
_EDITOR_LINE = rb"^\s*#.*\brun-(?:config|fragment)\.schema\.json"
"""The comment that gives an editor one of our schemas."""

_TOP_LEVEL_KEY = rb"""^["']?([a-z][a-z_-]*)["']?\s*:"""
_OUR_KEYS = frozenset({b"training", b"evaluation", b"experiment", b"model", b"dataset", b"backend", b"name"})


def discover(
    paths: Sequence[str], root: str, *, include: Sequence[str] = INCLUDE, exclude: Sequence[str] = ()
) -> tuple[str, ...]:
    """The files to lint, sorted, each once.

    Args:
        paths: files, always taken, and folders, searched; none: the project is searched.
        root: the project root, as the user would write it.
        include: patterns of what is looked for in the project.
        exclude: patterns of what is passed over, in the project and in folders.

    Raises:
        UsageError: a path does not exist, or no run config was found (exit 2).
    """
    files: dict[str, None] = {}
    for path in paths:
        if os.path.isdir(path):
            files.update(dict.fromkeys(_in_folder(path, root, exclude)))
        elif os.path.lexists(path):
            files[os.path.normpath(path)] = None
        else:
            raise UsageError(
                f"{path}: no such file or folder",
                hint="without a path, `rft lint` finds the run configs itself",
            )
    if not paths:
        files = dict.fromkeys(_in_project(root, include, exclude))
    if not files:
        looked_for = ", ".join(include)
        where = " and ".join(paths) if paths else f"the project ({looked_for} below {os.path.abspath(root)})"
        raise UsageError(
            f"no run config in {where}: nothing was checked",
            hint="name the file: rft lint path/to/run.yaml; `rft init` writes a first one",
        )
    return tuple(sorted(files))


def looks_like_run_config(head: bytes, *, fragment: bool = False) -> bool:
    """Whether the first bytes of a YAML file are those of a run config and not of another tool's file."""
    head = head.removeprefix(BOM_UTF8)
    sign = _FLOW_SIGN if head.lstrip().startswith(b"{") else _BLOCK_SIGN
    if re.search(sign, head, re.MULTILINE) or re.search(_EDITOR_LINE, head, re.MULTILINE):
        return True
    keys = set(re.findall(_TOP_LEVEL_KEY, head, re.MULTILINE))
    return (fragment or b"extends" in keys) and bool(keys & _OUR_KEYS)


def _in_folder(folder: str, root: str, exclude: Sequence[str]) -> Iterator[str]:
    """Run configs below a folder that was named, as paths from where the user stands."""
    above = prefix(os.path.abspath(folder), os.path.abspath(root)) if exclude else ""
    for path, relative in _files_below(folder, ""):
        if not relative.endswith(ENDINGS) or matches_any(f"{above}/{relative}".removeprefix("./"), exclude):
            continue
        if relative.endswith(RFT_ENDINGS) or _is_run_config(path):
            yield os.path.normpath(path)


def _in_project(root: str, include: Sequence[str], exclude: Sequence[str]) -> Iterator[str]:
    """Run configs of the project, as paths from where the user stands."""
    hidden_too = any(part.startswith(".") for pattern in include for part in pattern.split("/"))
    for relative in _project_files(root, hidden_too=hidden_too):
        if (
            not relative.endswith(ENDINGS)
            or not matches_any(relative, include)
            or matches_any(relative, exclude)
        ):
            continue
        path = os.path.normpath(os.path.join(root, relative))
        if relative.endswith(RFT_ENDINGS) or _is_run_config(path):
            yield path


def _project_files(root: str, *, hidden_too: bool) -> Iterator[str]:
    """Files below the root as seen from it, with forward slashes."""
    here = os.path.abspath(root)
    if os.path.exists(os.path.join(checkout_of(here), ".git")):
        from rft_cli.config.worktree import tracked_files

        names = tracked_files(here)
        if names is not None:
            yield from (name for name in names if SKIPPED_FOLDERS.isdisjoint(name.split("/")))
            return
    for _, relative in _files_below(root, "", hidden_too=hidden_too):
        yield relative


def _files_below(folder: str, above: str, *, hidden_too: bool = False) -> Iterator[tuple[str, str]]:
    """Path, and path below the first folder with forward slashes, of every file.

    Folders that cannot be listed are passed over, and so are virtual environments.
    """
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    if any(entry.name == "pyvenv.cfg" for entry in entries):
        return
    for entry in entries:
        if entry.name.startswith(".") and (not hidden_too or entry.name == ".git"):
            continue
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in SKIPPED_FOLDERS:
                yield from _files_below(entry.path, f"{above}{entry.name}/", hidden_too=hidden_too)
        else:
            yield entry.path, above + entry.name


def _is_run_config(path: str) -> bool:
    """A file that cannot be opened counts: that it is unreadable is said when it is linted."""
    try:
        with open(path, "rb", buffering=0) as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return True
    return looks_like_run_config(head, fragment=is_fragment(path))
