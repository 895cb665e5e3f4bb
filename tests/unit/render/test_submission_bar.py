"""The line that is redrawn while a run is submitted, in every width."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from rft_cli.backends.base import Progress, Stage
from rft_cli.render.submission_bar import SubmissionBar

SENT = Progress(Stage.UPLOAD, "data/train.jsonl", "uploading data/train.jsonl", 150_000_000, 300_000_000)
BUILD = Progress(Stage.WAIT, "evaluators/judge.py", "the service builds evaluators/judge.py", seconds=42.0)


def drawn(width: int, *told: Progress) -> list[str]:
    file = io.StringIO()
    console = Console(file=file, width=width, color_system=None)
    bar = SubmissionBar(console)
    for progress in told:
        frame = bar.frame(progress)
    console.print(frame)
    return file.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
@pytest.mark.parametrize("progress", [SENT, BUILD])
def test_it_is_one_line_that_fits(progress, width) -> None:
    (line,) = drawn(width, progress)
    assert len(line) <= width
    assert line.startswith("  ")


def test_a_bar_shows_bytes_and_in_a_wide_terminal_the_rate() -> None:
    (line,) = drawn(60, SENT)
    assert "150.0/300.0 MB" in line
    assert "━" in line
    assert "MB/s" not in line
    (line,) = drawn(100, SENT._replace(done=0), SENT)
    assert "?" in line or "/s" in line


def test_a_spinner_shows_for_how_long_something_is_waited_for() -> None:
    (line,) = drawn(60, SENT, BUILD)
    assert "the service builds evaluators/judge.py" in line
    assert line.rstrip().endswith("0:42")
    assert "━" not in line


def test_another_try_is_named_and_its_bar_is_shorter() -> None:
    (before,) = drawn(100, SENT)
    (after,) = drawn(100, SENT, SENT._replace(done=0, tries=2))
    assert "uploading data/train.jsonl (try 2)" in after
    assert "0.0/300.0 MB" in after
    assert after.count("━") != before.count("━") or "150.0" not in after
