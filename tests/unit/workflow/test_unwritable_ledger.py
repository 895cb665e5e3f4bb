"""What is recorded can be read although the ledger cannot be written. Root may write anywhere, so a child gives that up."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rft_cli.errors import RftError
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.place import Place
from rft_cli.runs.record import Draft
from rft_cli.worker import State
from rft_cli.workflow.project import Project

NOBODY = 65534


@pytest.fixture
def place() -> Iterator[Place]:
    root = Path(tempfile.mkdtemp(prefix="rft-unwritable-"))
    root.chmod(0o755)
    place = Place(root, root / ".rft")
    with Ledger(place, create=True) as ledger:
        run = ledger.admit(Draft("a", "s", "f", "local", is_default=True, steps=1, config={}, record={})).run
        ledger.submitted(run.id, {"pid": 2**22 + 1}, State.QUEUED)
    yield place
    place.folder.chmod(0o755)
    shutil.rmtree(root)


def seen_by_a_reader(place: Place) -> str:
    """The ids and states that a process without the right to write sees, or what it is told."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setuid(NOBODY)
            with Project(place).ledger() as ledger:
                text = " ".join(f"{run.id}:{run.state}" for run in ledger.summaries())
        except RftError as error:
            text = error.message
        except BaseException as error:  # noqa: BLE001  a child must not go on as a second test run
            text = repr(error)
        os.write(writing, text.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return text


def test_a_read_only_ledger_shows_its_runs_as_they_were_last_known(place: Place) -> None:
    place.ledger.chmod(0o444)
    place.folder.chmod(0o555)
    assert seen_by_a_reader(place) == "a.1:queued"
