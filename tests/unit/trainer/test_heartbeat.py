"""The heartbeat: at once, again and again, and never after it was stopped."""

from __future__ import annotations

import threading

import pytest

from rft_cli.trainer.rehearsal import heartbeat
from rft_cli.trainer.rehearsal.heartbeat import Heartbeat


def test_it_beats_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(heartbeat, "SECONDS", 0.001)
    beats: list[str] = []
    third = threading.Event()

    def write() -> None:
        beats.append(threading.current_thread().name)
        if len(beats) == 3:
            third.set()

    beating = Heartbeat(write)
    beating.start()
    assert third.wait(10)
    beating.stop()
    count = len(beats)
    assert beats[0] == threading.main_thread().name
    assert set(beats[1:]) == {"heartbeat"}
    assert len(beats) == count


def test_a_disk_that_refuses_is_left_to_the_main_thread(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(heartbeat, "SECONDS", 0.001)
    failed = threading.Event()
    calls = iter([False, True])

    def write() -> None:
        if next(calls, True):
            failed.set()
            raise OSError

    beating = Heartbeat(write)
    beating.start()
    assert failed.wait(10)
    beating.stop()


def test_stopping_before_the_start_is_fine():
    Heartbeat(lambda: None).stop()
