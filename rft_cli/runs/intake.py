"""What a run's events become in the ledger: points, evaluations, notes, and the columns that sum them up."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from rft_cli.runs.record import Evaluation, to_json
from rft_cli.worker import EventKind

EIGHTH = 8
"""The share of a curve that stands for its beginning and its end. Chosen: eight steps of the quick start's 64."""


def add(connection: sqlite3.Connection, run: str, event: Mapping[str, Any]) -> None:
    """Add one event; the same event twice changes nothing, a later one of the same step wins."""
    match event["event"]:
        case EventKind.METRICS:
            values = event["values"]
            connection.execute(
                "INSERT OR REPLACE INTO points VALUES (?, ?, ?, ?)",
                (run, event["step"], values.get("reward"), to_json(values)),
            )
        case EventKind.EVALUATION:
            connection.execute(
                "INSERT OR REPLACE INTO evaluations VALUES (?, ?, ?, ?, ?)",
                (run, event["step"], event["mean"], event["standard_error"], event["n"]),
            )
        case EventKind.NOTE:
            connection.execute(
                "INSERT OR IGNORE INTO notes VALUES (?, ?, ?)", (run, event["time"], event["message"])
            )
        case EventKind.END:
            connection.execute("UPDATE runs SET ended = ? WHERE id = ?", (event.get("time", ""), run))
        case EventKind.STARTED:
            connection.execute("UPDATE runs SET steps = ? WHERE id = ?", (event["steps"], run))


def summarise(connection: sqlite3.Connection, run: str) -> None:
    """Bring the summary columns up to date, so that a table of runs reads one row a run."""

    def one(statement: str, *values: Any) -> tuple[Any, ...]:
        row: tuple[Any, ...] = connection.execute(statement, values).fetchone()
        return row

    count, last = one("SELECT count(*), coalesce(max(step), 0) FROM points WHERE run = ?", run)
    share = max(1, count // EIGHTH)
    mean = "SELECT avg(reward) FROM (SELECT reward FROM points WHERE run = ? ORDER BY step {} LIMIT ?)"
    found = evaluations(connection, run)
    before = next((each for each in found if each.step == 0), None)
    newest = found[-1] if found else None
    after = newest if newest is not None and newest.step else None
    connection.execute(
        """UPDATE runs SET last_step = ?, reward_first = ?, reward_last = ?, evaluation_before = ?,
               evaluation_after = ?, evaluation_error = ?, evaluation_n = ? WHERE id = ?""",
        (
            last,
            one(mean.format("ASC"), run, share)[0],
            one(mean.format("DESC"), run, share)[0],
            before and before.mean,
            after and after.mean,
            newest and newest.standard_error,
            newest and newest.n,
            run,
        ),
    )


def evaluations(connection: sqlite3.Connection, run: str) -> tuple[Evaluation, ...]:
    """A run's evaluations in the order of steps."""
    rows = connection.execute(
        "SELECT step, mean, standard_error, n FROM evaluations WHERE run = ? ORDER BY step", (run,)
    )
    return tuple(Evaluation(*row) for row in rows)
