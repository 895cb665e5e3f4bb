"""Opening the ledger's file: journal mode, migrations, and SQLite's complaints in the user's words."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rft_cli.errors import SetupError
from rft_cli.runs.schema import MIGRATIONS, VERSION
from rft_cli.worker import now

BUSY_SECONDS = 10.0
"""How long to wait for another process. Chosen: many launches at once take turns of milliseconds; longer is a stuck process."""

RETRY_SECONDS = 0.02
"""Pause between attempts where SQLite does not wait by itself."""

MEMORY = Path(":memory:")


class UnwritableError(SetupError):
    """The disk is full or read-only: what is recorded can still be read."""


class DamagedError(SetupError):
    """The file is no ledger any more."""


def connect(path: Path) -> sqlite3.Connection:
    """Open a ledger, made or brought up to date when needed.

    Args:
        path: the file; `MEMORY` for an empty one that leaves nothing behind.

    Raises:
        SetupError: it is locked, damaged, from a newer version, or cannot be written.
    """
    with translated(path):
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            _use_wal(connection)
            _migrate(connection, path)
        except BaseException:
            connection.close()
            raise
        return connection


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Open a ledger without changing a byte of its folder, so that it works on a read-only file system too.

    Args:
        path: the file; it exists.

    Raises:
        SetupError: it is damaged, locked, or of another version.
    """
    with translated(path):
        # Entries that are still in the write-ahead log are seen only through the log. Without any, SQLite is told that the
        # file does not change, and then it makes no files of its own.
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:
            # Where SQLite cannot make the file that its log needs, what is in the log stays unseen.
            with suppress(sqlite3.OperationalError):
                return _read_only(path, "ro")
        return _read_only(path, "ro&immutable=1")


def _read_only(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
    try:
        _require_present_version(_version(connection), path)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """All or nothing, alone among writers.

    Raises:
        SetupError: SQLite cannot do it.
    """
    with translated(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into failures that a user can act on."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _failure(error, path) from error


def _failure(error: sqlite3.DatabaseError, path: Path) -> SetupError:
    text = str(error)
    for words, message, hint in _COMPLAINTS:
        if any(word in text for word in words):
            return _KINDS.get(message, SetupError)(
                f"{path}: {message}", hint=hint.format(path=path, folder=path.parent)
            )
    return SetupError(f"{path}: the ledger cannot be used: {text}", hint="rft doctor shows what works here")


_FULL = "the disk is full or failing"
_NOT_FOR_WRITING = "the ledger cannot be opened for writing"
_DAMAGED = "the ledger is damaged"
_KINDS = {_FULL: UnwritableError, _NOT_FOR_WRITING: UnwritableError, _DAMAGED: DamagedError}
"""What a complaint means → its failure; any other is a plain `SetupError`."""

_COMPLAINTS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("locked", "busy"),
        f"the ledger is locked by another process (waited {BUSY_SECONDS:g} s)",
        "end the other rft or SQLite program that has it open, then try again",
    ),
    (
        ("not a database", "malformed", "corrupt", "no such table", "no such column"),
        _DAMAGED,
        "rft sync --rebuild puts it aside, and makes another from the run folders",
    ),
    (
        ("disk is full", "disk I/O error"),
        _FULL,
        "free some space on it, then try again",
    ),
    (
        ("readonly", "read-only", "unable to open"),
        _NOT_FOR_WRITING,
        "check the permissions of {folder}, or set RFT_DIR to a folder that you may write",
    ),
)
"""Words in SQLite's message → what it means → the next step."""


def _use_wal(connection: sqlite3.Connection) -> None:
    """Write-ahead logging, so that readers never wait; file systems without shared memory keep the rollback journal."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            break
        except sqlite3.OperationalError as error:
            # Changing the mode does not wait for other processes that are just doing the same.
            if "locked" not in str(error):
                connection.execute("PRAGMA journal_mode = DELETE").fetchone()
                break
            if time.monotonic() > deadline:
                raise
            time.sleep(RETRY_SECONDS)
    # A record must survive a power cut, also with write-ahead logging.
    connection.execute("PRAGMA synchronous = FULL")


def _version(connection: sqlite3.Connection) -> int:
    """The version of the tables; 0 when there are none."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").fetchone()
    if known is None:
        return 0
    version: int = connection.execute("SELECT coalesce(max(version), 0) FROM migrations").fetchone()[0]
    return version


def _require_present_version(found: int, path: Path) -> None:
    if found > VERSION:
        raise _newer(path, found)
    if found < VERSION:
        raise SetupError(
            f"{path}: the ledger is from an older version of rft, and is only read here",
            hint="rft runs brings it up to date",
        )


def _newer(path: Path, found: int) -> SetupError:
    return SetupError(
        f"{path}: the ledger is from a newer version of rft (its tables have version {found}, this rft knows {VERSION})",
        hint="upgrade rft, or set RFT_DIR to keep the runs of this version elsewhere",
    )


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    found = _version(connection)
    if found > VERSION:
        raise _newer(path, found)
    if found == VERSION:
        return
    with transaction(connection, path):
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, applied TEXT NOT NULL)"
        )
        # Asked again: another process may have done it in the meantime.
        for number, statements in enumerate(
            MIGRATIONS[_version(connection) :], start=_version(connection) + 1
        ):
            for statement in statements:
                connection.execute(statement)
            connection.execute("INSERT INTO migrations VALUES (?, ?)", (number, now()))
