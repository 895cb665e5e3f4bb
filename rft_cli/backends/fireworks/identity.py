"""Which job a run is: its id follows from the record, and what was last seen of it stands in the run folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rft_cli.backends.fireworks.shape.wire import job_id
from rft_cli.worker import write_atomic

if TYPE_CHECKING:
    from rft_cli.backends.base import Handle

SEEN_FILE = "service.json"
"""In the run folder: the job's full name, what it looked like when it last changed, and since when."""


def own_id(handle: Handle) -> str:
    """The id that a run's job is given: it follows from the record."""
    return job_id(handle.run.rpartition(".")[0], handle.fingerprint, handle.attempt)


def job_of(handle: Handle) -> str:
    """The full name of a run's job, also where no answer ever came; its id alone where the account was never known."""
    name = handle.ref.get("job") or read_seen(handle.folder).get("job")
    return str(name or own_id(handle))


def read_seen(folder: Path) -> Mapping[str, Any]:
    """What a run folder says of the job; empty where it says nothing of use."""
    try:
        found = json.loads((folder / SEEN_FILE).read_text(encoding="utf-8"))
        datetime.fromisoformat(found.get("since") or "1970-01-01")
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def write_seen(folder: Path, **seen: Any) -> None:
    """Keep what was seen of a job; without a folder, or on a full disk, it is asked for again."""
    if folder.is_dir():
        with suppress(OSError):
            write_atomic(folder / SEEN_FILE, json.dumps(seen))
