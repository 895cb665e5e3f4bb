"""The CLI's side of run folders: making one, and knowing which numbers are taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rft_cli.runs.place import Place
from rft_cli.worker import JOB_FILE, LEDGER_ROW_FILE, read_json, write_atomic


def create(place: Place, run: str, job: Mapping[str, Any]) -> Path:
    """Make the folder of a run and write its job.

    Raises:
        OSError: the disk is full or read-only.
    """
    folder = place.run_folder(run)
    folder.mkdir()
    write_job(place, run, job)
    return folder


def write_job(place: Place, run: str, job: Mapping[str, Any]) -> None:
    """Write, or replace atomically, the job in a run folder.

    Raises:
        OSError: the disk is full or read-only, or there is no such folder.
    """
    path = place.run_folder(run) / JOB_FILE
    write_atomic(path, json.dumps(job, indent=1, allow_nan=False), durable=True)


def read_job(place: Place, run: str) -> dict[str, Any] | None:
    """The job in a run folder; None when the folder is gone or the job is damaged."""
    try:
        job = read_json(place.run_folder(run) / JOB_FILE)
    except (OSError, ValueError):
        return None
    return job if isinstance(job, dict) else None


def keep_row(place: Place, run: str, row: Mapping[str, Any]) -> None:
    """Write, or replace, what the ledger says of a run into its folder, from which a lost ledger can be made again.

    Raises:
        OSError: the disk is full or read-only, or there is no such folder.
    """
    write_atomic(place.run_folder(run) / LEDGER_ROW_FILE, json.dumps(row, ensure_ascii=False))


def kept_rows(place: Place) -> tuple[dict[str, dict[str, Any]], tuple[str, ...]]:
    """Run id → what its folder keeps of the ledger, the oldest first; and the folders that keep nothing of use."""
    rows, bare = {}, []
    for folder in sorted(place.runs.iterdir()) if place.runs.is_dir() else ():
        try:
            row = read_json(folder / LEDGER_ROW_FILE)
        except (OSError, ValueError):
            row = None
        if isinstance(row, dict) and row.get("id") == folder.name and isinstance(row.get("created"), str):
            rows[folder.name] = row
        else:
            bare.append(folder.name)
    return dict(sorted(rows.items(), key=lambda item: item[1]["created"])), tuple(bare)


def size_bytes(place: Place, run: str) -> int:
    """What a run folder takes on the disk, links not followed; 0 when it is gone."""
    files = place.run_folder(run).rglob("*")
    return sum(file.lstat().st_size for file in files if not file.is_dir() or file.is_symlink())


def numbers(place: Place, name: str) -> set[int]:
    """Every k of a folder ``<name>.<k>``.

    Folders outlive a ledger that was lost or put aside, and their numbers must not be given out again.
    """
    try:
        names = [path.name for path in place.runs.iterdir()]
    except FileNotFoundError:
        return set()
    prefix = f"{name}."
    found = (entry.removeprefix(prefix) for entry in names if entry.startswith(prefix))
    return {int(number) for number in found if number.isdecimal()}
