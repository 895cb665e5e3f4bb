"""The live view in a window that is resized while it is followed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.project import record_run, write_project

TESTS = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="needs tmux, a terminal that can be resized")


@pytest.mark.parametrize("narrow", [40, 60, 120])
def test_a_resized_window_shows_one_frame_in_its_width(tmp_path: Path, narrow: int) -> None:
    record_run(write_project(tmp_path))
    screen = tmp_path / "screen"
    # Short, because the path of a socket may have 107 bytes only.
    tmux = ("tmux", "-L", f"rft-test-{os.getpid()}", "-f", os.devnull)
    environment = {key: value for key, value in os.environ.items() if key not in {"COLUMNS", "TMUX", "TERM"}}
    environment |= {"PYTHONPATH": f"{TESTS.parent}:{TESTS}", "PROJECT": str(tmp_path), "NARROW": str(narrow)}
    command = (
        f"{sys.executable} {TESTS / 'support' / 'resized.py'} {screen}; {' '.join(tmux)} wait-for -S over"
    )
    try:
        subprocess.run(
            [*tmux, "new-session", "-d", "-x", "100", "-y", "50", command],
            env=environment,
            check=True,
            timeout=60,
        )
        subprocess.run([*tmux, "wait-for", "over"], env=environment, check=True, timeout=60)
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, capture_output=True)
    lines = screen.read_text(encoding="utf-8").rstrip().split("\n")
    shown = "\n".join(lines)
    assert max(map(len, lines)) <= narrow
    assert shown.count("└") == 1, shown
    assert shown.count("said before") == shown.count("said after") == 1, shown
    assert "step 2/2" in shown, shown
    assert "step 1/2" not in shown, shown
    assert "100 %" in shown, "the bar gives way to the numbers"
    assert "KL 0.000" in shown, "metrics that do not fit stand on a second line"
