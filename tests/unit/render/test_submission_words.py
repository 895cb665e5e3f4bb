"""Which signs of life of a submission are worth a line, and what the line says."""

from __future__ import annotations

import pytest

from rft_cli.backends.base import Progress, Stage
from rft_cli.render.pace import Pace
from rft_cli.render.submission_words import progress_words

SENT = Progress(Stage.UPLOAD, "a.jsonl", "uploading a.jsonl", 0, 300_000_000)
BUILD = Progress(Stage.WAIT, "judge.py", "the service builds judge.py")


def due(progress: list[Progress], pace: Pace | None = None) -> list[float]:
    """Seconds of those that are."""
    pace = pace or Pace()
    return [each.seconds for each in progress if pace.is_due(each)]


def test_a_stage_that_lasts_is_told_less_and_less_often() -> None:
    beats = [BUILD._replace(seconds=float(second)) for second in range(301)]
    assert due(beats) == [0, 10, 30, 70, 130, 190, 250]


def test_programs_hear_once_a_second() -> None:
    beats = [BUILD._replace(seconds=tenth / 10) for tenth in range(31)]
    assert due(beats, Pace(1.0, 1.0)) == [0, 1, 2, 3]


def test_the_end_of_an_upload_is_told_once_and_what_is_new_at_once() -> None:
    whole = SENT._replace(done=SENT.total)
    again = SENT._replace(tries=2)
    told = [SENT, SENT._replace(done=1, seconds=0.1), whole, whole, again, again, BUILD, BUILD]
    pace = Pace()
    assert [pace.is_due(each) for each in told] == [True, False, True, False, True, False, True, False]


@pytest.mark.parametrize(
    ("progress", "said"),
    [
        (SENT, "uploading a.jsonl (300 MB)"),
        (SENT._replace(tries=2), "uploading a.jsonl (300 MB), from the start: try 2"),
        (
            SENT._replace(done=120_000_000, seconds=10.0),
            "uploading a.jsonl: 120 MB of 300 MB, 12.0 MB/s, 0:15 left",
        ),
        (SENT._replace(done=300_000_000, seconds=25.0), "uploading a.jsonl: all 300 MB in 0:25"),
        (SENT._replace(done=300_000_000, seconds=0.5), ""),
        (BUILD, "the service builds judge.py"),
        (BUILD._replace(seconds=42.0), "the service builds judge.py: 0:42"),
        (
            Progress(Stage.READY, "a.jsonl", "a.jsonl is at the service already"),
            "a.jsonl is at the service already",
        ),
        (Progress(Stage.LOOK, "a.jsonl", "looking for a.jsonl"), ""),
        (Progress(Stage.REQUEST, "", "asking for the job", seconds=12.0), "asking for the job: 0:12"),
    ],
)
def test_what_a_line_says(progress, said) -> None:
    assert progress_words(progress) == said
