"""What git says of a work tree: which files it tracks or would track, and which have changed since a revision.

Asks git, and changes nothing. Where git is missing or refuses, the answer is None and the caller looks for itself.
"""

from __future__ import annotations

import os
import subprocess

from rft_cli.config.git import environment
from rft_cli.errors import SetupError, UsageError


def tracked_files(folder: str) -> tuple[str, ...] | None:
    """Files below a folder that git tracks or would track, as seen from the folder; None when git gives no answer."""
    try:
        answer = _git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    except SetupError:
        return None
    if answer.returncode:
        return None
    names = dict.fromkeys(_names(answer.stdout))
    return tuple(name for name in names if os.path.lexists(os.path.join(folder, name)))


def changed_files(revision: str, folder: str) -> frozenset[str]:
    """Real paths of the files of a work tree that differ from a revision, new and deleted ones included.

    Args:
        revision: a commit, tag or branch, as git takes it.
        folder: a folder of the work tree.

    Raises:
        UsageError: there is no repository, or no such revision in it (exit 2).
        SetupError: git is not installed (exit 3).
    """
    if revision.startswith("-") or not revision.isprintable():
        raise UsageError(
            f"{revision!r} is no git revision", hint="write a commit, tag or branch: --since main"
        )
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top.returncode:
        complaint = os.fsdecode(top.stderr).partition("\n")[0]
        raise UsageError(
            f"--since {revision}: there is no git repository here", hint=f"git says: {complaint}"
        )
    known = _git(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if known.returncode:
        raise UsageError(f"there is no revision {revision}", hint="`git log --oneline` lists the commits")
    above = os.fsdecode(top.stdout).removesuffix("\n")
    commit = os.fsdecode(known.stdout).strip()
    differing = _git(above, "diff", "-z", "--name-only", "--no-renames", "--no-ext-diff", commit, "--")
    new = _git(above, "ls-files", "-z", "--others", "--exclude-standard")
    if differing.returncode or new.returncode:
        complaint = os.fsdecode(differing.stderr or new.stderr).partition("\n")[0]
        raise UsageError(f"git cannot compare with {revision}", hint=f"git says: {complaint}")
    names = _names(differing.stdout + new.stdout)
    return frozenset(os.path.realpath(os.path.join(above, name)) for name in names)


def _names(answer: bytes) -> tuple[str, ...]:
    return tuple(os.fsdecode(name) for name in answer.split(b"\0") if name)


def _git(folder: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            # A watcher of files that the repository's settings name is a program that nobody asked for here.
            ["git", "-c", "core.fsmonitor=false", *arguments],
            cwd=folder,
            env=environment(os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise SetupError("git is not installed", hint="install git, or name the files") from error
