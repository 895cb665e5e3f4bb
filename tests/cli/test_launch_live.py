"""`rft launch` on a terminal."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="needs a pseudo-terminal")

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart"
ROOT = Path(__file__).parents[2]


def on_a_terminal(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """Exit code, and all that the terminal received."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execve(
            sys.executable,
            [sys.executable, "-m", "rft_cli", *arguments],
            {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **environment},
        )
    received = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux's way to say that the other end is closed
            break
        if not part:
            break
        received += part
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), received.decode()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(QUICKSTART, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_the_curve_is_drawn_while_it_trains_and_stays_at_the_end(project) -> None:
    code, received = on_a_terminal(project, "launch", "run.yaml", "--set", "training.batch_size=262144")
    assert code == 0, received
    assert "the worker is starting" in received
    assert re.search(r"step \d/8  [█░]{24} +\d+ %", received)
    assert received.count("└──") >= 3
    end = received[received.rindex("arithmetic.1 completed") :]
    assert "┤" in end
    assert "rft show arithmetic.1" in end
    assert "\x1b[?25h" in received, "the cursor is shown again"


def test_a_collapse_is_told_above_the_curve_and_the_verdict_below_it(project) -> None:
    rate = ("--set", "training.learning_rate=5e-4", "--as-baseline", "a test", "--stop-on", "collapse")
    code, received = on_a_terminal(project, "launch", "run.yaml", *rate)
    assert code == 5, received
    alarm = received.index("collapse at step ")
    end = received.rindex("arithmetic.1 cancelled")
    assert received.index("the worker is starting") < alarm < end
    assert received.index("verdict", end) < received.index("rft advise arithmetic.1 --write next.yaml", end)


def test_no_color_is_kept_on_a_terminal_too(project) -> None:
    code, received = on_a_terminal(
        project, "launch", "run.yaml", "--set", "training.batch_size=524288", NO_COLOR="1"
    )
    assert code == 0, received
    assert not re.search(r"\x1b\[[\d;]*m", received)
