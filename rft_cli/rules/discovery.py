"""Which files `lint` looks at: those named, run configs in the folders named, or the run configs of the project.

Reads folder listings and the first bytes of candidates; knows nothing of YAML.
"""

from __future__ import annotations

import os
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence

from rft_cli.config.chain import is_fragment
from rft_cli.errors import UsageError

LOOKED_FOR = "*.yaml, configs/**/*.yaml and **/*.rft.yaml"
"""Where run configs are looked for when nothing is named, for messages; `.yml` counts too."""

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


def discover(paths: Sequence[str], root: str) -> tuple[str, ...]:
    """The files to lint, sorted, each once.

    Args:
        paths: files, always taken, and folders, searched; none: the project is searched.
        root: the project root, as the user would write it.

    Raises:
        UsageError: a path does not exist, or no run config was found (exit 2).
    """
    files: dict[str, None] = {}
    for path in paths or (root,):
        if os.path.isdir(path):
            files.update(dict.fromkeys(_search(path, _is_yaml if paths else _is_expected)))
        elif os.path.lexists(path):
            files[os.path.normpath(path)] = None
        else:
            raise UsageError(
                f"{path}: no such file or folder",
                hint="without a path, `rft lint` finds the run configs itself",
            )
    if not files:
        where = " and ".join(paths) if paths else f"the project ({LOOKED_FOR} below {os.path.abspath(root)})"
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


def _is_yaml(relative: str) -> bool:
    return relative.endswith(ENDINGS)


def _is_expected(relative: str) -> bool:
    in_place = os.sep not in relative or relative.startswith(f"configs{os.sep}")
    return relative.endswith(RFT_ENDINGS) or (in_place and relative.endswith(ENDINGS))


def _search(folder: str, wanted: Callable[[str], bool]) -> Iterator[str]:
    """Run configs below a folder, as paths from where the user stands."""
    for path, relative in _files_below(folder, ""):
        if wanted(relative) and (relative.endswith(RFT_ENDINGS) or _is_run_config(path)):
            yield os.path.normpath(path)


def _files_below(folder: str, prefix: str) -> Iterator[tuple[str, str]]:
    """Path and path below the first folder of every file; folders that cannot be listed are passed over."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    if any(entry.name == "pyvenv.cfg" for entry in entries):
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in SKIPPED_FOLDERS:
                yield from _files_below(entry.path, f"{prefix}{entry.name}{os.sep}")
        else:
            yield entry.path, prefix + entry.name


def _is_run_config(path: str) -> bool:
    """A file that cannot be opened counts: that it is unreadable is said when it is linted."""
    try:
        with open(path, "rb", buffering=0) as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return True
    return looks_like_run_config(head, fragment=is_fragment(path))
