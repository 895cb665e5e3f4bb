"""A launch on the managed service at a terminal, whose keyboard sends Ctrl-C; its world is the service double."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from services.fireworks.double import Double

from rft_cli.errors import ExitCode

pty = pytest.importorskip("pty", reason="needs a pseudo-terminal")

ROOT = Path(__file__).parents[2]
CONFIG = """\
version: 1
name: sums
backend: fireworks
model: accounts/fireworks/models/llama-v3p1-8b-instruct
dataset: data/train.jsonl
evaluator: sums.py:evaluate
"""
CTRL_C = b"\x03"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "data").mkdir()
    rows = (
        f'{{"messages": [{{"role": "user", "content": "{i}+1="}}], "answer": "{i + 1}"}}\n' for i in range(16)
    )
    (tmp_path / "data/train.jsonl").write_text("".join(rows))
    (tmp_path / "sums.py").write_text(
        "def evaluate(completion, record):\n    return completion == record['answer']\n"
    )
    (tmp_path / "sums.yaml").write_text(CONFIG)
    return tmp_path


def typed_at(folder: Path, seen: str, environment: Mapping[str, str]) -> tuple[int, str]:
    """Exit code, and all that the terminal received, of a launch at which Ctrl-C is typed when something is seen."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FIREWORKS_")}
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        command = [sys.executable, "-m", "rft_cli", "launch", "sums.yaml", "--yes"]
        fixed = {"TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
        os.execve(sys.executable, command, {**kept, **fixed, **environment})
    received, typed = b"", False
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux's way to say that the other end is closed
            break
        if not part:
            break
        received += part
        if not typed and seen.encode() in received:
            os.write(terminal, CTRL_C)
            typed = True
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), received.decode()


@pytest.mark.parametrize("plain", [False, True], ids=["colour", "NO_COLOR"])
def test_a_bar_is_drawn_while_a_file_is_sent_and_ctrl_c_ends_it_at_once(
    folder, fireworks: Double, plain
) -> None:
    fireworks.adjust(poll_step_s=0)
    fireworks.fault("upload-dataset", "hang-before")
    environment = {**fireworks.environment, **({"NO_COLOR": "1"} if plain else {})}
    # Without colour nothing is drawn of a bar before the first byte.
    code, received = typed_at(folder, "1.1/1.1 kB", environment)
    assert code == ExitCode.INTERRUPTED
    words = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", received)
    assert re.search(r"uploading data/train\.jsonl +━+", words)
    assert "rft: interrupted (uploading data/train.jsonl): sums.1 was not started" in words
    assert "\x1b[?25h" in received, "the cursor is shown again"
    assert bool(re.search(r"\x1b\[[\d;]+m", received)) is not plain
    assert fireworks.jobs == []


def test_a_spinner_turns_while_the_service_looks_at_a_file(folder, fireworks: Double) -> None:
    fireworks.adjust(poll_step_s=0)
    code, received = typed_at(folder, "  0:01", fireworks.environment)
    assert code == ExitCode.INTERRUPTED
    assert len(set(re.findall(r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]", received))) > 3
    assert "interrupted (the service validates data/train.jsonl): sums.1 was not started" in received
