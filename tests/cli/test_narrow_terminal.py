"""What a terminal of few columns shows: everything is broken between words, so the terminal has nothing left to break."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
from support.project import record_run, write_project

from rft_cli.render.table import aligned
from rft_cli.render.wrap import columns_of

pty = pytest.importorskip("pty", reason="needs a pseudo-terminal")

ROOT = Path(__file__).parents[2]
ODD = """\
version: 1
name: odd
model: rehearsal
dataset: data/sums.jsonl
evaluator: evaluators/sums.py:evaluate
training: {learning_rate: 5e-4, lora_rank: 16}
rollout: {temperature: 1.5, top_p: 0.1}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_project(tmp_path_factory.mktemp("narrow"))
    (root / "odd.yaml").write_text(ODD, encoding="utf-8")
    (root / "bad.yaml").write_text(ODD.replace("lora_rank: 16", "lora_rank: 12"), encoding="utf-8")
    record_run(root)
    record_run(
        root,
        "run.yaml",
        "training.learning_rate=2e-4",
        reference="sums.1",
        hypothesis="a larger step should lift the reward, which levels off early",
    )
    return root


def shown(folder: Path, columns: int, *arguments: str, **environment: str) -> list[str]:
    """The lines that a terminal is given, without colours."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        changed = {"TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "COLUMNS": str(columns)}
        os.execve(
            sys.executable,
            [sys.executable, "-m", "rft_cli", *arguments],
            {**os.environ, **changed, **environment},
        )
    received = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        received += part
    os.close(terminal)
    os.waitpid(child, 0)
    text = re.sub(r"\x1b\[[\d;]*m", "", received.decode().replace("\r\n", "\n"))
    # A payload is JSON, to be read by eye in a wide window only.
    return re.sub(r"(?s)\npayload .*?\n\n", "\n", text).split("\n")


@pytest.mark.parametrize("columns", [40, 60])
@pytest.mark.parametrize(
    "command",
    [
        "runs",
        "runs --tree",
        "plan odd.yaml",
        "plan bad.yaml",
        "lint bad.yaml",
        "launch odd.yaml",
        "show sums",
        "show nope",
        "compare sums.1 sums.2",
        "diff sums.2",
        "doctor",
        "baseline",
        "advise sums",
        "explain RFT302",
        "explain exit",
        "rules",
        "rollouts sums",
        "prune --all",
        "lint --show-settings",
    ],
)
def test_no_line_is_left_for_the_terminal_to_break(project: Path, columns: int, command: str) -> None:
    wide = [
        line
        for line in shown(project, columns, *command.split())
        # A path or an address stays whole, because it is copied.
        if columns_of(line) > columns and " " in line.strip()
    ]
    assert wide == []


def test_a_table_goes_on_below_where_its_columns_do_not_fit() -> None:
    rows = [("RUN", "STATE", "CHANGED"), ("a.1", "completed", ""), ("b.12", "failed", "n 4 → 8")]
    assert "\n".join(aligned(rows)) == ("RUN   STATE      CHANGED\na.1   completed\nb.12  failed     n 4 → 8")
    assert "\n".join(aligned(rows, wrap=18)) == (
        "RUN   STATE\n  CHANGED\na.1   completed\nb.12  failed\n  n 4 → 8"
    )
    assert aligned([]) == []
