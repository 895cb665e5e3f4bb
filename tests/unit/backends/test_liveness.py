from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from rft_cli.backends.local.liveness import Children, is_alive
from rft_cli.worker import process_start


def test_a_process_is_alive_when_pid_and_start_fit() -> None:
    me = os.getpid()
    assert is_alive(me, process_start(me))
    assert is_alive(me, "")
    assert not is_alive(me, "1")


def test_a_process_that_has_ended_and_nobody_waited_for_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    start = process_start(child.pid)
    assert is_alive(child.pid, start)
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not is_alive(child.pid, start)
    child.wait()
    assert not is_alive(child.pid, start)


def test_a_process_lives_as_long_as_one_of_its_threads() -> None:
    code = (
        "import ctypes, sys, threading\n"
        "threading.Thread(target=sys.stdin.read).start()\n"
        "sys.stdout.write('.'); sys.stdout.flush()\n"
        "ctypes.CDLL(None).pthread_exit(None)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    start = process_start(child.pid)
    assert child.stdout.read(1) == b"."
    stat = Path(f"/proc/{child.pid}/stat")
    while stat.exists() and ") Z " not in stat.read_text():
        os.sched_yield()
    assert is_alive(child.pid, start)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not is_alive(child.pid, start)
    child.communicate()


def test_children_tell_how_they_ended() -> None:
    children = Children()
    child = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    child.returncode = 0
    children.started(child.pid)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert (children.return_code(child.pid), children.return_code(child.pid)) == (3, 3)
    assert child.pid in children
    assert children.return_code(os.getpid()) is None
