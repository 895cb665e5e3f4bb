"""The index of all runs of a project. Only the command line opens it; what a worker writes is taken in from its folder."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

from rft_cli.backends.base import Handle, Poll
from rft_cli.runs import folders, intake
from rft_cli.runs.database import MEMORY, connect, connect_read_only, transaction, translated
from rft_cli.runs.place import Place
from rft_cli.runs.record import Changed, Draft, Point, Remark, Run, Summary, to_json
from rft_cli.worker import Failure, State, now

_SUMMARY = ", ".join(Summary._fields)
_CHANGES = Summary._fields.index("changes")
_LIVE = ", ".join(f"'{state}'" for state in State if state.live)
_KNOWN_RESULTS = frozenset({State.COMPLETED, State.STOPPED_EARLY})
"""Ends that a repeat would only reach again."""
_NO_RESULT = frozenset({State.FAILED, State.CANCELLED})
"""Ends after which a run is nobody's baseline: the next one with default parameters takes its place."""


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
                f"SELECT {_SUMMARY} FROM runs WHERE fingerprint = ? ORDER BY attempt DESC",  # noqa: S608
                draft.fingerprint,
            )
            if not new_attempt:
                for known in map(_summary, earlier):
                    if known.state.live or known.state in _KNOWN_RESULTS:
                        return Admission(self._run(known.id), is_new=False)
            run = self._insert(draft, attempt=1 + max((_summary(row).attempt for row in earlier), default=0))
        return Admission(self._run(run), is_new=True)

    def submitted(self, run: str, ref: Mapping[str, Any], state: State) -> None:
        """The backend has taken the run over; ``ref`` is how it finds it again.

        What another process has seen of the run in the meantime stays, unless it has only seen nobody there.
        """
        self._write(
            """UPDATE runs SET state = CASE WHEN state IN (?, ?) OR (state = ? AND ref = '{}') THEN ? ELSE state END,
                   ref = ?, updated = ? WHERE id = ?""",
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

        It may become the baseline again, if its values allow that and no other run has taken the place.

        Args:
            run: its id.
            cursor: how far its events have been read; an end before this is overcome.

        Returns:
            Whether it was over; a live one is left as it is.
        """
        with transaction(self._connection, self._path):
            changed = self._execute(
                f"""UPDATE runs SET state = ?, raw_state = '', stalled_since = '', reason = '', failure = 'null', ended = '',
                       ref = '{{}}', cursor = ?, origin = ?, resumes = resumes + 1, asked = ?, updated = ?,
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

    def take_in(self, run: str, poll: Poll) -> None:
        """Add what a backend has said about a run; saying it twice changes nothing.

        Of two processes that watch a run one may be late: what it says does not take back an end.
        """
        with transaction(self._connection, self._path):
            for event in poll.events:
                intake.add(self._connection, run, event)
            self._execute(
                f"""UPDATE runs SET state = ?, raw_state = ?, stalled_since = ?, cursor = max(cursor, ?), reason = ?,
                       failure = ?, is_baseline = is_baseline AND NOT ?, updated = ?
                   WHERE id = ? AND (state IN ({_LIVE}) OR cursor < ?)""",  # noqa: S608
                poll.state,
                poll.raw_state,
                poll.stalled_since,
                poll.cursor,
                poll.reason,
                to_json(poll.failure),
                poll.state in _NO_RESULT,
                now(),
                run,
                poll.cursor,
            )
            if poll.events:
                intake.summarise(self._connection, run)

    def unsettled(self) -> tuple[Run, ...]:
        """Runs that may still change by themselves: live ones, and those whose worker was not there when it was looked for."""
        unseen = "ref = '{}' AND raw_state != '' AND state = 'failed'"
        select = f"SELECT id FROM runs WHERE state IN ({_LIVE}) OR ({unseen}) ORDER BY created"  # noqa: S608
        with translated(self._path):
            rows = self._rows(select)
            return tuple(self._run(row[0]) for row in rows)

    def summaries(self) -> tuple[Summary, ...]:
        """All runs, the newest last."""
        with translated(self._path):
            rows = self._rows(f"SELECT {_SUMMARY} FROM runs ORDER BY created, name, number")  # noqa: S608
            return tuple(map(_summary, rows))

    def run(self, run: str) -> Run:
        """A run by its id; KeyError when there is none."""
        with translated(self._path):
            return self._run(run)

    def latest(self, name: str) -> str | None:
        """The id of the newest run of a name."""
        with translated(self._path):
            rows = self._rows("SELECT id FROM runs WHERE name = ? ORDER BY number DESC LIMIT 1", name)
        return rows[0][0] if rows else None

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
            rows = self._rows("SELECT reference FROM scopes WHERE scope = ?", scope)
            return rows[0][0] if rows else self._baseline(scope)

    def set_reference(self, scope: str, run: str) -> None:
        """Compare the next runs of a scope with this one."""
        self._write("INSERT OR REPLACE INTO scopes VALUES (?, ?)", scope, run)

    def references(self) -> frozenset[str]:
        """The ids of all scopes' references that were set."""
        with translated(self._path):
            return frozenset(row[0] for row in self._rows("SELECT reference FROM scopes"))

    def by_fingerprint(self, fingerprint: str) -> tuple[Summary, ...]:
        """All attempts at the same settings, the newest last."""
        select = f"SELECT {_SUMMARY} FROM runs WHERE fingerprint = ? ORDER BY attempt"  # noqa: S608
        with translated(self._path):
            return tuple(map(_summary, self._rows(select, fingerprint)))

    def by_recipe(self, recipe: str) -> tuple[Summary, ...]:
        """All runs that are the same but for the seed, the newest last."""
        select = f"SELECT {_SUMMARY} FROM runs WHERE recipe = ? ORDER BY created, attempt"  # noqa: S608
        with translated(self._path):
            return tuple(map(_summary, self._rows(select, recipe)))

    def remark(self, run: str, text: str) -> None:
        """Keep what somebody has to say about a run."""
        self._write("INSERT INTO remarks VALUES (?, ?, ?)", run, now(), text)

    def points(self, run: str) -> tuple[Point, ...]:
        """The metrics of every step so far, in order."""
        with translated(self._path):
            rows = self._rows('SELECT step, "values" FROM points WHERE run = ? ORDER BY step', run)
        return tuple(Point(step, json.loads(values)) for step, values in rows)

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
        )

    def _insert(self, draft: Draft, *, attempt: int) -> str:
        highest = self._rows("SELECT coalesce(max(number), 0) FROM runs WHERE name = ?", draft.name)[0][0]
        number = 1 + max(highest, folders.highest_number(self.place, draft.name))
        run, moment = f"{draft.name}.{number}", now()
        self._execute(
            """INSERT INTO runs (id, name, number, scope, fingerprint, recipe, attempt, backend, state, created, updated, asked,
                   may_be_baseline, is_baseline, reference, hypothesis, changes, why, steps, config, record)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            run,
            draft.name,
            number,
            draft.scope,
            draft.fingerprint,
            draft.recipe,
            attempt,
            draft.backend,
            State.SUBMITTING,
            moment,
            moment,
            moment,
            draft.is_default or draft.make_baseline,
            draft.is_default and not self._baseline(draft.scope),
            draft.reference,
            draft.hypothesis,
            to_json(draft.record.get("changes")),
            to_json(dict(draft.why)),
            draft.steps,
            to_json(draft.config),
            to_json(draft.record),
        )
        if draft.make_baseline:
            self._make_baseline(run)
        return run

    def _make_baseline(self, run: str) -> None:
        scope = self._rows("SELECT scope FROM runs WHERE id = ?", run)[0][0]
        self._execute("UPDATE runs SET is_baseline = 0 WHERE scope = ? AND is_baseline", scope)
        self._execute("UPDATE runs SET is_baseline = 1, may_be_baseline = 1 WHERE id = ?", run)

    def _baseline(self, scope: str) -> str | None:
        rows = self._rows("SELECT id FROM runs WHERE scope = ? AND is_baseline", scope)
        return rows[0][0] if rows else None

    def _run(self, run: str) -> Run:
        columns = f"config, record, ref, cursor, origin, asked, failure, why, {_SUMMARY}"
        rows = self._rows(f"SELECT {columns} FROM runs WHERE id = ?", run)  # noqa: S608
        if not rows:
            raise KeyError(run)
        config, record, ref, cursor, origin, asked, failure, why, *summary = rows[0]
        notes = self._rows("SELECT text FROM notes WHERE run = ? ORDER BY time", run)
        remarks = self._rows("SELECT time, text FROM remarks WHERE run = ? ORDER BY time, rowid", run)
        return Run(
            _summary(summary),
            json.loads(config),
            json.loads(record),
            json.loads(ref),
            cursor,
            origin,
            asked,
            json.loads(failure),
            intake.evaluations(self._connection, run),
            tuple(row[0] for row in notes),
            json.loads(why),
            tuple(Remark(*row) for row in remarks),
        )

    def _rows(self, statement: str, *values: Any) -> list[Sequence[Any]]:
        return self._connection.execute(statement, values).fetchall()

    def _execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)

    def _write(self, statement: str, *values: Any) -> None:
        with transaction(self._connection, self._path):
            self._execute(statement, *values)


def _summary(row: Sequence[Any]) -> Summary:
    summary = Summary(*row)
    changes = json.loads(row[_CHANGES])
    return summary._replace(
        state=State(summary.state),
        is_baseline=bool(summary.is_baseline),
        changes=None if changes is None else tuple(_changed(change) for change in changes),
    )


def _changed(change: Mapping[str, Any]) -> Changed:
    return Changed(change["parameter"], change["from"], change["to"])
