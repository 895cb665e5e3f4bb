"""What can be known of a submission whose process is gone, and that giving a run up is certain."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rft_cli.backends.fireworks.submitting import (
    LOCK_FILE,
    START_SECONDS,
    Standing,
    Turn,
    last_asked,
    standing,
    submitting,
)
from rft_cli.errors import BackendError

AT_ONCE, LATER = 0.0, START_SECONDS + 1


@pytest.mark.parametrize("age", [AT_ONCE, LATER])
def test_while_somebody_submits_nobody_gives_up(tmp_path: Path, age) -> None:
    with submitting(tmp_path) as turn:
        assert standing(tmp_path, age) is Standing.SUBMITTING
        turn.asks(1.8e9)
        assert standing(tmp_path, age) is Standing.SUBMITTING


def test_who_is_gone_before_the_request_has_asked_nothing(tmp_path: Path) -> None:
    with submitting(tmp_path):
        pass
    assert standing(tmp_path, AT_ONCE) is Standing.NOTHING_ASKED
    assert standing(tmp_path, LATER) is Standing.NOTHING_ASKED


def test_who_is_gone_after_the_request_may_have_been_heard(tmp_path: Path) -> None:
    with submitting(tmp_path) as turn:
        turn.asks(1.8e9)
        turn.asks(1.8e9)
    assert standing(tmp_path, LATER) is Standing.UNCLEAR
    assert last_asked(tmp_path) == 1.8e9


def test_between_the_record_and_the_lock_a_process_gets_its_time(tmp_path: Path) -> None:
    assert standing(tmp_path, AT_ONCE) is Standing.SUBMITTING
    (tmp_path / LOCK_FILE).touch()  # it has been opened and not locked yet
    assert standing(tmp_path, AT_ONCE) is Standing.SUBMITTING
    assert standing(tmp_path, LATER) is Standing.NOTHING_ASKED


def test_a_process_that_was_only_slow_starts_nothing_after_it_was_given_up(tmp_path: Path) -> None:
    assert standing(tmp_path, LATER) is Standing.NOTHING_ASKED
    with pytest.raises(BackendError, match="was given up"), submitting(tmp_path):
        raise AssertionError("it may not submit")
    assert standing(tmp_path, AT_ONCE) is Standing.NOTHING_ASKED


def test_without_a_run_folder_nothing_is_certain(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert standing(gone, AT_ONCE) is Standing.SUBMITTING
    assert standing(gone, LATER) is Standing.UNCLEAR
    with submitting(gone) as turn:
        turn.asks(1.8e9)
    assert not gone.exists()


def test_where_nothing_can_be_given_up_nothing_is_certain(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).mkdir()
    assert standing(tmp_path, LATER) is Standing.UNCLEAR


KILLED = """\
import os, signal, sys
from pathlib import Path
from rft_cli.backends.fireworks.submitting import submitting
with submitting(Path(sys.argv[1])) as turn:
    if sys.argv[2] == "asked":
        turn.asks(1.8e9)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("when", "known"), [("begun", Standing.NOTHING_ASKED), ("asked", Standing.UNCLEAR)])
def test_a_killed_process_leaves_what_it_had_written(tmp_path: Path, when, known) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), when], check=False)
    assert done.returncode == -9
    assert standing(tmp_path, AT_ONCE) is known


def test_a_note_that_cannot_be_written_prevents_the_request() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(OSError, match="No space left"):
        Turn(full).asks(1.8e9)
