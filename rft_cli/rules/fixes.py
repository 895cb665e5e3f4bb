"""Makes the edits that findings carry, round after round until none is left, in memory; and writes files at the end.

Everything that is not edited stays as it is, byte by byte: comments, order, quotes, line ends, a byte order mark. A file that
is not YAML has no fixes.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from rft_cli.config.source import Reading, read_bytes
from rft_cli.diagnostics import Edit, Finding, Fix
from rft_cli.rules.lint import Linted

MOST_ROUNDS = 10
"""Chosen: a key is renamed, its value then judged and replaced, and then spelled better; a few more for chance."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Lint = Callable[[Reading | None], Linted]
"""Lints the files that are to be fixed, with their content from somewhere else."""


class Change(NamedTuple):
    """What becomes of one file."""

    path: str
    """As shown."""
    before: bytes
    after: bytes


class Fixed(NamedTuple):
    """What came of fixing."""

    linted: Linted
    """What is left."""
    fixed: tuple[Finding, ...]
    changes: tuple[Change, ...]


class Overlay:
    """Files that were changed and not yet written; everything else is on the disk."""

    def __init__(self, given: Mapping[str, bytes] | None = None) -> None:
        self._given = {os.path.realpath(path): content for path, content in (given or {}).items()}
        self._before: dict[str, tuple[str, bytes]] = {}
        self._after: dict[str, bytes] = {}

    def read(self, path: str) -> bytes | str:
        """The present content of a file, see `Reading`."""
        name = os.path.realpath(path) if "\0" not in path else path
        content = self._after.get(name, self._given.get(name))
        return read_bytes(path) if content is None else content

    @property
    def reading(self) -> Reading | None:
        """How to read through this; None where everything is on the disk."""
        return self.read if self._after or self._given else None

    def edit(self, path: str, fixes: Iterable[Fix]) -> tuple[Fix, ...]:
        """Make the fixes of one file, those that come first where two overlap.

        Returns:
            The fixes that were made.
        """
        content = self.read(path)
        if isinstance(content, str):
            return ()
        after, made = apply(content, fixes)
        if made:
            name = os.path.realpath(path)
            self._before.setdefault(name, (path, content))
            self._after[name] = after
        return made

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every file that is not as it was."""
        return tuple(
            Change(path, before, self._after[name])
            for name, (path, before) in sorted(self._before.items())
            if before != self._after[name]
        )


def apply(content: bytes, fixes: Iterable[Fix]) -> tuple[bytes, tuple[Fix, ...]]:
    """Make as many fixes as do not overlap, the first one in the text first.

    Args:
        content: UTF-8, with or without a byte order mark.
        fixes: edits of its text.

    Returns:
        The new content, and the fixes that were made.
    """
    mark = BYTE_ORDER_MARK if content.startswith(BYTE_ORDER_MARK) else b""
    text = content[len(mark) :].decode()
    made: list[Fix] = []
    edits: list[Edit] = []
    for fix in sorted(set(fixes), key=lambda fix: (fix.edits, fix.title)):
        if not any(_overlap(edit, other) for edit in fix.edits for other in edits):
            made.append(fix)
            edits += fix.edits
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return mark + text.encode(), tuple(made)


def fix_all(lint: Lint, files: Sequence[str], overlay: Overlay, *, unsafe: bool) -> Fixed:
    """Fix what can be fixed in some files.

    Args:
        lint: lints these files.
        files: the files that may be changed, as findings name them; what they build on is left alone.
        overlay: where the changes go.
        unsafe: make fixes that are guesses too.
    """
    own = frozenset(map(os.path.realpath, files))
    fixed: list[Finding] = []
    linted = lint(overlay.reading)
    for _ in range(MOST_ROUNDS):
        made = _one_round(linted, own, overlay, unsafe=unsafe)
        if not made:
            break
        fixed += made
        linted = lint(overlay.reading)
    return Fixed(linted, tuple(fixed), overlay.changes)


def fixable(finding: Finding, *, unsafe: bool) -> Fix | None:
    """The fix of a finding, if it may be made."""
    fix = finding.fix
    return fix if fix is not None and (fix.safe or unsafe) else None


def write(changes: Iterable[Change]) -> None:
    """Write files, each at once and with its permissions; a symbolic link stays one.

    Raises:
        OSError: one cannot be written; it is as it was.
    """
    for change in changes:
        _write(os.path.realpath(change.path), change.after)


def _one_round(linted: Linted, own: frozenset[str], overlay: Overlay, *, unsafe: bool) -> list[Finding]:
    by_file: dict[str, list[Finding]] = {}
    for finding in linted.findings:
        name = os.path.realpath(finding.location.path)
        if name in own and fixable(finding, unsafe=unsafe):
            by_file.setdefault(name, []).append(finding)
    made: list[Finding] = []
    for findings in by_file.values():
        fixes = [finding.fix for finding in findings if finding.fix is not None]
        done = frozenset(overlay.edit(findings[0].location.path, fixes))
        made += [finding for finding in findings if finding.fix in done]
    return made


def _overlap(one: Edit, other: Edit) -> bool:
    """Whether two edits touch; also when both insert at one place, where their order would be a guess."""
    return one.start == other.start or (one.start < other.end and other.start < one.end)


def _write(path: str, content: bytes) -> None:
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
    temporary = f"{path}.{os.getpid()}.rft-fix"
    try:
        with open(temporary, "xb") as file:
            os.chmod(temporary, stat.S_IMODE(os.stat(path).st_mode))
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
