"""Draws the live view in tmux, resizes its window in between, and writes what the screen then shows: `python resized.py FILE`.

The environment names the project root, ``PROJECT``, with a run in its ledger, and the columns of the window, ``NARROW``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tty
from pathlib import Path

from rft_cli.render.run_view_live import LiveView
from rft_cli.render.terminal import terminal
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.place import place_of
from rft_cli.runs.record import Point
from rft_cli.worker import State
from rft_cli.workflow.events import Measured, Noted, Watched


def settled() -> None:
    """Wait until the terminal has shown all that was written: it answers where its cursor is. Source: ECMA-48, 8.3.35."""
    sys.__stderr__.write("\x1b[6n")
    sys.__stderr__.flush()
    while os.read(0, 1) != b"R":
        pass


def main() -> None:
    root = Path(os.environ["PROJECT"])
    tmux = ("tmux", "-S", os.environ["TMUX"].partition(",")[0])
    tty.setcbreak(0)
    with Ledger(place_of(root, {})) as ledger:
        run = ledger.run("sums.1")
    run = run._replace(summary=run.summary._replace(state=State.RUNNING))
    view = LiveView(terminal(), lambda name: f".rft/runs/{name}")
    view.show(Watched(run, ""))
    view.show(Measured(run.id, 2, Point(1, {"reward": 0.1, "kl": 0.0, "frac_reward_zero_std": 0.25})))
    view.show(Noted(run.id, "said before"))
    settled()
    narrow = int(os.environ["NARROW"])
    subprocess.run([*tmux, "resize-window", "-x", str(narrow)], check=True)
    while os.get_terminal_size(2).columns != narrow:
        pass
    view.show(Noted(run.id, "said after"))
    view.show(Measured(run.id, 2, Point(2, {"reward": 0.2, "kl": 0.0, "frac_reward_zero_std": 0.25})))
    settled()
    screen = subprocess.run([*tmux, "capture-pane", "-p", "-S", "-"], check=True, capture_output=True).stdout
    view.close()
    Path(sys.argv[1]).write_bytes(screen)


main()
