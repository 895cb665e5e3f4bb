"""The index of all runs of a project. Only the command line opens it; what a worker writes is taken in from its folder."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

from rft_cli.backends.base import Handle, Poll
from rft_cli.errors import SetupError
from rft_cli.runs import folders, intake, rows
from rft_cli.runs.database import MEMORY, connect, connect_read_only, transaction, translated
from rft_cli.runs.place import Place
from rft_cli.runs.record import Adoption, Draft, Point, Run, Summary, to_json
from rft_cli.worker import Failure, State, now

_LIVE = ", ".join(f"'{state}'" for state in State if state.live)


class Admission(NamedTuple):
    """What became of a draft."""

    run: Run
    is_new: bool
    """False: these settings have run or are running, and ``run`` is that run."""


class Ledger:
    """An open ledger; use it in a ``with`` block.

    Args:
        place: the project's folders.
        create: make the ledger when there is none; else a missing one reads as empty and nothing is written.
        read_only: touch nothing, not even what SQLite keeps beside the file.

    Raises:
        SetupError: it is locked, damaged, from a newer version, or cannot be written.
    """

    def __init__(self, place: Place, *, create: bool = False, read_only: bool = False) -> None:
        self.place = place
        if create:
            place.make()
        self._path = place.ledger if create or place.ledger.exists() else MEMORY
        only_read = read_only and self._path is not MEMORY
        self._connection = connect_read_only(self._path) if only_read else connect(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    @property
    def journal_mode(self) -> str:
        """How SQLite keeps the file whole: ``wal`` where the file system allows it."""
        mode: str = self._rows("PRAGMA journal_mode")[0][0]
        return mode

    def admit(self, draft: Draft, *, new_attempt: bool = False) -> Admission:
        """Record a run before it starts, or find the one that makes it needless.

        A live run with the same fingerprint, or one with a result, is returned as it is. One that failed or was cancelled
        is followed by the next attempt.

        Args:
            draft: the run.
            new_attempt: record it in any case.
        """
        with transaction(self._connection, self._path):
            earlier = self._rows(
                f"SELECT {rows.SUMMARY} FROM runs WHERE fingerprint = ? ORDER BY attempt DESC",  # noqa: S608
                draft.fingerprint,
            )
            if not new_attempt:
                for known in map(rows.summary, earlier):
                    if known.state.live or known.state.has_result:
                        return Admission(rows.read(self._connection, known.id), is_new=False)
            run = self._insert(
                draft, attempt=1 + max((rows.summary(row).attempt for row in earlier), default=0)
            )
        return Admission(rows.read(self._connection, run), is_new=True)

    def row(self, run: str) -> dict[str, Any]:
        """All that the table of runs says of one, to be kept where the ledger cannot lose it."""
        with translated(self._path):
            found = self._execute("SELECT * FROM runs WHERE id = ?", run)
            return dict(zip((column[0] for column in found.description), found.fetchone(), strict=True))

    def restore(self, row: Mapping[str, Any]) -> None:
        """Write a run back that `row` has kept, as if it had just been asked to start; what came of it is taken in then.

        A baseline takes the place of an older one, as it did when it was launched.

        Raises:
            SetupError: the row is of a newer version, or no row.
        """
        with transaction(self._connection, self._path):
            known = {column[1] for column in self._rows("PRAGMA table_info(runs)")}
            if not known >= row.keys():
                raise SetupError(f"{row['id']} was kept by a newer version of rft", hint="upgrade rft")
            if row["is_baseline"]:
                self._execute("UPDATE runs SET is_baseline = 0 WHERE scope = ? AND is_baseline", row["scope"])
            names, places = ", ".join(row), ", ".join("?" for _ in row)
            self._execute(f"INSERT INTO runs ({names}) VALUES ({places})", *row.values())  # noqa: S608

    def require_whole(self) -> None:
        """Read the whole file.

        Raises:
            DamagedError: something of it is damaged.
        """
        with translated(self._path):
            if self._rows("PRAGMA quick_check(1)")[0][0] != "ok":
                raise sqlite3.DatabaseError("malformed")

    def adopt(self, draft: Draft, adoption: Adoption, is_same: Callable[[Handle], bool]) -> Admission:
        """Record a run that was started elsewhere, unless the ledger has it.

        It becomes the baseline of its scope as a run that is launched would, if it has or may have a result.

        Args:
            draft: the run, as if it were launched.
            adoption: what is known of it besides.
            is_same: whether a run of the ledger is that run.
        """
        with transaction(self._connection, self._path):
            for handle in self._handles(draft.backend):
                if is_same(handle):
                    return Admission(rows.read(self._connection, handle.run), is_new=False)
            latest = self._rows(
                "SELECT coalesce(max(attempt), 0) FROM runs WHERE fingerprint = ?", draft.fingerprint
            )
            run = rows.insert(
                self._connection,
                draft,
                self._number(draft.name, adoption.number),
                adoption.attempt or 1 + latest[0][0],
                is_baseline=draft.is_default
                and not adoption.has_no_result
                and not self._baseline(draft.scope),
                adoption=adoption,
            )
        return Admission(rows.read(self._connection, run), is_new=True)

    def handles(self, backend: str) -> tuple[Handle, ...]:
        """What a backend needs to recognise each of its runs, the oldest first; without configs and positions."""
        with translated(self._path):
            return self._handles(backend)

    def submitted(self, run: str, ref: Mapping[str, Any], state: State) -> None:
        """The backend has taken the run over; ``ref`` is how it finds it again, empty where it did not say.

        What another process has seen of the run in the meantime stays, unless it has only seen nobody there. What led to the run
        before stays where nothing else is said.
        """
        self._write(
            """UPDATE runs SET state = CASE WHEN state IN (?, ?) OR (state = ? AND ref = '{}') THEN ? ELSE state END,
                   ref = coalesce(nullif(?, '{}'), ref), updated = ? WHERE id = ?""",
            State.SUBMITTING,
            State.UNKNOWN,
            State.FAILED,
            state,
            to_json(dict(ref)),
            now(),
            run,
        )

    def resuming(self, run: str, cursor: int) -> bool:
        """Record that a run goes on, before its backend is asked to.

        It may become the baseline again, if its values allow that and no other run has taken the place. What leads to a run that
        was started elsewhere is kept: nothing else does.

        Args:
            run: its id.
            cursor: how far its events have been read; an end before this is overcome.

        Returns:
            Whether it was over; a live one is left as it is.
        """
        with transaction(self._connection, self._path):
            changed = self._execute(
                f"""UPDATE runs SET state = ?, raw_state = '', stalled_since = '', reason = '', failure = 'null',
                       ended = '', ref = CASE WHEN adopted = '' THEN '{{}}' ELSE ref END,
                       cursor = ?, origin = ?, resumes = resumes + 1, asked = ?, updated = ?,
                       is_baseline = is_baseline OR (may_be_baseline AND NOT EXISTS (
                           SELECT 1 FROM runs AS other WHERE other.scope = runs.scope AND other.is_baseline))
                   WHERE id = ? AND state NOT IN ({_LIVE})""",  # noqa: S608
                State.SUBMITTING,
                cursor,
                cursor,
                now(),
                now(),
                run,
            )
            return changed.rowcount == 1

    def not_started(self, run: str, failure: Failure) -> None:
        """The backend did not take the run over."""
        self._write(
            "UPDATE runs SET state = ?, is_baseline = 0, reason = ?, failure = ?, updated = ? WHERE id = ?",
            State.FAILED,
            failure["message"],
            to_json(failure),
            now(),
            run,
        )

    def not_resumed(self, before: Run) -> None:
        """The backend did not let a run go on: it is again what it was before `resuming`.

        Args:
            before: as it was.
        """
        was = before.summary
        self._write(
            """UPDATE runs SET state = ?, raw_state = ?, stalled_since = ?, reason = ?, failure = ?, ended = ?, ref = ?,
                   origin = ?, resumes = ?, asked = ?, updated = ?,
                   is_baseline = ? AND NOT EXISTS (
                       SELECT 1 FROM runs AS other WHERE other.scope = runs.scope AND other.is_baseline AND other.id != runs.id)
               WHERE id = ?""",
            was.state,
            was.raw_state,
            was.stalled_since,
            was.reason,
            to_json(before.failure),
            was.ended,
            to_json(dict(before.ref)),
            before.origin,
            was.resumes,
            before.asked,
            now(),
            was.is_baseline,
            before.id,
        )

    def take_in(self, run: str, poll: Poll) -> None:
        """Add what a backend has said about a run; saying it twice changes nothing.

        Of two processes that watch a run one may be late: what it says does not take back an end. How the run is found again is
        taken from it where no answer to the launch ever came.
        """
        with transaction(self._connection, self._path):
            for event in poll.events:
                intake.add(self._connection, run, event)
            self._execute(
                f"""UPDATE runs SET state = ?, raw_state = ?, stalled_since = ?, cursor = max(cursor, ?), reason = ?,
                       failure = ?, is_baseline = is_baseline AND NOT ?, updated = ?,
                       ref = CASE ref WHEN '{{}}' THEN ? ELSE ref END
                   WHERE id = ? AND (state IN ({_LIVE}) OR cursor < ?)""",  # noqa: S608
                poll.state,
                poll.raw_state,
                poll.stalled_since,
                poll.cursor,
                poll.reason,
                to_json(poll.failure),
                poll.state.ended_without_result,
                now(),
                to_json(dict(poll.ref)),
                run,
                poll.cursor,
            )
            if poll.events:
                intake.summarise(self._connection, run)

    def unsettled(self) -> tuple[Run, ...]:
        """Runs that may still change by themselves: live ones, and those whose worker was not there when it was looked for."""
        unseen = "ref = '{}' AND raw_state != '' AND state = 'failed'"
        select = f"SELECT id FROM runs WHERE state IN ({_LIVE}) OR ({unseen}) ORDER BY created, rowid"  # noqa: S608
        with translated(self._path):
            found = self._rows(select)
            return tuple(rows.read(self._connection, row[0]) for row in found)

    def summaries(self) -> tuple[Summary, ...]:
        """All runs, the newest last."""
        with translated(self._path):
            found = self._rows(f"SELECT {rows.SUMMARY} FROM runs ORDER BY created, rowid")  # noqa: S608
            return tuple(map(rows.summary, found))

    def run(self, run: str) -> Run:
        """A run by its id; KeyError when there is none."""
        with translated(self._path):
            return rows.read(self._connection, run)

    def latest(self, name: str) -> str | None:
        """The id of the newest run of a name; numbers tell which was recorded last, and not which was started last."""
        with translated(self._path):
            found = self._rows(
                "SELECT id FROM runs WHERE name = ? ORDER BY created DESC, rowid DESC LIMIT 1", name
            )
        return found[0][0] if found else None

    def has(self, run: str) -> bool:
        """Whether there is a run of that id."""
        with translated(self._path):
            return bool(self._rows("SELECT 1 FROM runs WHERE id = ?", run))

    def baseline(self, scope: str) -> str | None:
        """The id of a scope's baseline."""
        with translated(self._path):
            return self._baseline(scope)

    def make_baseline(self, run: str) -> None:
        """Make a run the baseline of its scope, in the place of the present one."""
        with transaction(self._connection, self._path):
            self._make_baseline(run)

    def reference(self, scope: str) -> str | None:
        """The id of the run that the next one of a scope is compared with: the one that was set, else the baseline."""
        with translated(self._path):
            found = self._rows("SELECT reference FROM scopes WHERE scope = ?", scope)
            return found[0][0] if found else self._baseline(scope)

    def set_reference(self, scope: str, run: str) -> None:
        """Compare the next runs of a scope with this one."""
        self._write("INSERT OR REPLACE INTO scopes VALUES (?, ?)", scope, run)

    def references(self) -> frozenset[str]:
        """The ids of all scopes' references that were set."""
        with translated(self._path):
            return frozenset(row[0] for row in self._rows("SELECT reference FROM scopes"))

    def by_fingerprint(self, fingerprint: str) -> tuple[Summary, ...]:
        """All attempts at the same settings, the newest last."""
        select = f"SELECT {rows.SUMMARY} FROM runs WHERE fingerprint = ? ORDER BY attempt"  # noqa: S608
        with translated(self._path):
            return tuple(map(rows.summary, self._rows(select, fingerprint)))

    def by_recipe(self, recipe: str) -> tuple[Summary, ...]:
        """All runs that are the same but for the seed, the newest last."""
        select = f"SELECT {rows.SUMMARY} FROM runs WHERE recipe = ? ORDER BY created, attempt"  # noqa: S608
        with translated(self._path):
            return tuple(map(rows.summary, self._rows(select, recipe)))

    def remark(self, run: str, text: str) -> None:
        """Keep what somebody has to say about a run."""
        self._write("INSERT INTO remarks VALUES (?, ?, ?)", run, now(), text)

    def points(self, run: str) -> tuple[Point, ...]:
        """The metrics of every step so far, in order."""
        with translated(self._path):
            found = self._rows('SELECT step, "values" FROM points WHERE run = ? ORDER BY step', run)
        return tuple(Point(step, json.loads(values)) for step, values in found)

    def handle(self, run: Run, *, from_start: bool = False) -> Handle:
        """What the run's backend needs to look at it.

        Args:
            run: the run.
            from_start: read its events again from the first one.
        """
        folder = self.place.run_folder(run.id)
        cursor = 0 if from_start else run.cursor
        summary = run.summary
        return Handle(
            run.id,
            self.place.root,
            folder,
            run.ref,
            cursor,
            run.asked,
            run.origin,
            summary.fingerprint,
            summary.attempt,
            run.config,
            is_whole=from_start,
        )

    def _insert(self, draft: Draft, *, attempt: int) -> str:
        number = self._number(draft.name)
        is_baseline = draft.is_default and not self._baseline(draft.scope)
        run = rows.insert(self._connection, draft, number, attempt, is_baseline=is_baseline)
        if draft.make_baseline:
            self._make_baseline(run)
        return run

    def _number(self, name: str, wanted: int = 0) -> int:
        """The k of the next run of a name, or the one that is wanted where it is free."""
        found = self._rows("SELECT number FROM runs WHERE name = ?", name)
        taken = {number for (number,) in found} | folders.numbers(self.place, name)
        return wanted if wanted and wanted not in taken else 1 + max(taken, default=0)

    def _handles(self, backend: str) -> tuple[Handle, ...]:
        found = self._rows(
            "SELECT id, ref, asked, fingerprint, attempt FROM runs WHERE backend = ? ORDER BY created, rowid",
            backend,
        )
        return tuple(
            Handle(
                run,
                self.place.root,
                self.place.run_folder(run),
                json.loads(ref),
                cursor=0,
                since=asked,
                fingerprint=fingerprint,
                attempt=attempt,
            )
            for run, ref, asked, fingerprint, attempt in found
        )

    def _make_baseline(self, run: str) -> None:
        scope = self._rows("SELECT scope FROM runs WHERE id = ?", run)[0][0]
        self._execute("UPDATE runs SET is_baseline = 0 WHERE scope = ? AND is_baseline", scope)
        self._execute("UPDATE runs SET is_baseline = 1, may_be_baseline = 1 WHERE id = ?", run)

    def _baseline(self, scope: str) -> str | None:
        found = self._rows("SELECT id FROM runs WHERE scope = ? AND is_baseline", scope)
        return found[0][0] if found else None

    def _rows(self, statement: str, *values: Any) -> list[Sequence[Any]]:
        return self._connection.execute(statement, values).fetchall()

    def _execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)

    def _write(self, statement: str, *values: Any) -> None:
        with transaction(self._connection, self._path):
            self._execute(statement, *values)
