"""Runs as the ledger's tables hold them: a draft becomes a row, and a row a run or its summary. Decides nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from rft_cli.runs import intake
from rft_cli.runs.record import (
    Adoption,
    Changed,
    Draft,
    Remark,
    Run,
    Summary,
    evaluates_training_rows,
    to_json,
)
from rft_cli.worker import State, now

SUMMARY = ", ".join(Summary._fields)
"""The columns of a summary, for a SELECT."""
_CHANGES = Summary._fields.index("changes")
_DETAILS = "config, record, ref, cursor, origin, asked, failure, why"


def insert(
    connection: sqlite3.Connection,
    draft: Draft,
    number: int,
    attempt: int,
    *,
    is_baseline: bool,
    adoption: Adoption | None = None,
) -> str:
    """Write a run that is about to be submitted, or that was started elsewhere; its id.

    Args:
        connection: inside a transaction.
        draft: the run.
        number: the k of ``<name>.<k>``.
        attempt: at its fingerprint.
        is_baseline: whether it is its scope's.
        adoption: what is known of a run that was started elsewhere.
    """
    run, moment = f"{draft.name}.{number}", now()
    columns: dict[str, Any] = {
        "id": run,
        "name": draft.name,
        "number": number,
        "scope": draft.scope,
        "fingerprint": draft.fingerprint,
        "recipe": draft.recipe,
        "attempt": attempt,
        "backend": draft.backend,
        "state": State.SUBMITTING,
        "created": moment,
        "updated": moment,
        "asked": moment,
        "may_be_baseline": draft.is_default or draft.make_baseline,
        "is_baseline": is_baseline,
        "reference": draft.reference,
        "hypothesis": draft.hypothesis,
        "changes": to_json(draft.record.get("changes")),
        "why": to_json(dict(draft.why)),
        "steps": draft.steps,
        "config": to_json(draft.config),
        "record": to_json(draft.record),
    }
    if adoption is not None:
        columns |= {
            # Whatever it says itself, its first look tells; until then it is as good as handed over.
            "state": State.QUEUED,
            "ref": to_json(dict(adoption.ref)),
            "created": adoption.created,
            "asked": adoption.created,
            "adopted": moment,
        }
    names, places = ", ".join(columns), ", ".join(f":{name}" for name in columns)
    connection.execute(f"INSERT INTO runs ({names}) VALUES ({places})", columns)  # noqa: S608
    return run


def read(connection: sqlite3.Connection, run: str) -> Run:
    """A run by its id; KeyError when there is none."""
    select = f"SELECT {_DETAILS}, {SUMMARY} FROM runs WHERE id = ?"  # noqa: S608
    row = connection.execute(select, (run,)).fetchone()
    if row is None:
        raise KeyError(run)
    config, record, ref, cursor, origin, asked, failure, why, *of_summary = row
    notes = connection.execute("SELECT text FROM notes WHERE run = ? ORDER BY time", (run,))
    remarks = connection.execute("SELECT time, text FROM remarks WHERE run = ? ORDER BY time, rowid", (run,))
    recorded = json.loads(record)
    on_training_rows = evaluates_training_rows(recorded)
    return Run(
        summary(of_summary),
        json.loads(config),
        recorded,
        json.loads(ref),
        cursor,
        origin,
        asked,
        json.loads(failure),
        tuple(
            each._replace(on_training_rows=on_training_rows) for each in intake.evaluations(connection, run)
        ),
        tuple(text for (text,) in notes),
        json.loads(why),
        tuple(Remark(*remark) for remark in remarks),
    )


def summary(row: Sequence[Any]) -> Summary:
    """The summary in the columns of `SUMMARY`."""
    found = Summary(*row)
    changes = json.loads(row[_CHANGES])
    return found._replace(
        state=State(found.state),
        is_baseline=bool(found.is_baseline),
        changes=None if changes is None else tuple(_changed(change) for change in changes),
    )


def _changed(change: Mapping[str, Any]) -> Changed:
    return Changed(change["parameter"], change["from"], change["to"])
