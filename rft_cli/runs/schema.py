"""The tables of the ledger, as migrations from one version to the next. Data.

A migration is never edited once it has been released: another one is added.
"""

from __future__ import annotations

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE runs (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            number INTEGER NOT NULL,
            scope TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            recipe TEXT NOT NULL DEFAULT '',
            attempt INTEGER NOT NULL,
            backend TEXT NOT NULL,
            state TEXT NOT NULL,
            raw_state TEXT NOT NULL DEFAULT '',
            stalled_since TEXT NOT NULL DEFAULT '',
            created TEXT NOT NULL,
            updated TEXT NOT NULL,
            ended TEXT NOT NULL DEFAULT '',
            may_be_baseline INTEGER NOT NULL DEFAULT 0,
            is_baseline INTEGER NOT NULL DEFAULT 0,
            reference TEXT NOT NULL DEFAULT '',
            hypothesis TEXT NOT NULL DEFAULT '',
            changes TEXT NOT NULL DEFAULT 'null',
            resumes INTEGER NOT NULL DEFAULT 0,
            steps INTEGER NOT NULL,
            last_step INTEGER NOT NULL DEFAULT 0,
            reward_first REAL,
            reward_last REAL,
            evaluation_before REAL,
            evaluation_after REAL,
            evaluation_error REAL,
            evaluation_n INTEGER,
            reason TEXT NOT NULL DEFAULT '',
            failure TEXT NOT NULL DEFAULT 'null',
            why TEXT NOT NULL DEFAULT '{}',
            config TEXT NOT NULL,
            record TEXT NOT NULL,
            ref TEXT NOT NULL DEFAULT '{}',
            cursor INTEGER NOT NULL DEFAULT 0,
            origin INTEGER NOT NULL DEFAULT 0,
            asked TEXT NOT NULL,
            UNIQUE (name, number)
        )""",
        "CREATE INDEX runs_of_fingerprint ON runs (fingerprint, attempt)",
        "CREATE INDEX runs_of_recipe ON runs (recipe, created)",
        "CREATE INDEX runs_in_state ON runs (state)",
        "CREATE UNIQUE INDEX one_baseline_a_scope ON runs (scope) WHERE is_baseline",
        """CREATE TABLE points (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            step INTEGER NOT NULL,
            reward REAL,
            "values" TEXT NOT NULL,
            PRIMARY KEY (run, step)
        ) WITHOUT ROWID""",
        """CREATE TABLE evaluations (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            step INTEGER NOT NULL,
            mean REAL NOT NULL,
            standard_error REAL NOT NULL,
            n INTEGER NOT NULL,
            PRIMARY KEY (run, step)
        ) WITHOUT ROWID""",
        """CREATE TABLE notes (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            time TEXT NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (run, time, text)
        ) WITHOUT ROWID""",
        """CREATE TABLE remarks (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            time TEXT NOT NULL,
            text TEXT NOT NULL
        )""",
        "CREATE INDEX remarks_of_run ON remarks (run, time)",
        """CREATE TABLE scopes (
            scope TEXT PRIMARY KEY,
            reference TEXT NOT NULL REFERENCES runs (id)
        ) WITHOUT ROWID""",
    ),
    ("ALTER TABLE runs ADD COLUMN adopted TEXT NOT NULL DEFAULT ''",),
)
"""Entry i leads from version i to version i + 1."""

VERSION = len(MIGRATIONS)
