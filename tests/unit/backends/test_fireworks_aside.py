"""Work in a thread of its own: what it tells is heard, what it raises is raised, and whoever waits may let go."""

from __future__ import annotations

import threading

import pytest

from rft_cli.backends.base import Progress, Stage, ref_of
from rft_cli.backends.fireworks.aside import AbandonedError, Tell, aside

LOOK = Progress(Stage.LOOK, "a", "looking")
WAIT = Progress(Stage.WAIT, "a", "waiting")


def test_everything_that_is_told_is_heard_in_order_and_the_result_comes_last() -> None:
    def work(tell: Tell) -> dict[str, int]:
        for done in range(5):
            tell(Progress(Stage.UPLOAD, "a", "uploading", done, 5))
        return {"job": 1}

    heard = []

    def listening():
        work_aside = aside(work)
        while True:
            try:
                heard.append(next(work_aside))
            except StopIteration as end:
                return end.value

    assert listening() == {"job": 1}
    counts = [progress.done for progress in heard]
    assert sorted(set(counts)) == [0, 1, 2, 3, 4]
    assert counts == sorted(counts)


def test_silence_is_filled_with_the_time_that_passes_in_a_stage() -> None:
    go_on = threading.Event()
    seconds = iter(range(100))

    def work(tell: Tell) -> dict[str, int]:
        tell(LOOK)
        go_on.wait(20)
        tell(WAIT)
        return {}

    submission = aside(work, lambda: float(next(seconds)))
    heard = [next(submission) for _ in range(3)]
    assert [progress.stage for progress in heard] == [Stage.LOOK] * 3
    assert [progress.seconds for progress in heard] == [1.0, 2.0, 3.0]
    go_on.set()
    while (progress := next(submission)).stage is Stage.LOOK:
        pass
    assert progress.seconds == 1.0
    assert list(submission) == []


class FatalError(BaseException):
    pass


@pytest.mark.parametrize("error", [ValueError("no"), FatalError("no")])
def test_what_the_work_raises_is_raised_where_it_is_waited_for(error) -> None:
    def work(tell: Tell) -> dict[str, int]:
        tell(LOOK)
        raise error

    with pytest.raises(type(error), match="no"):
        ref_of(aside(work))


def test_who_lets_go_waits_for_nothing_and_the_work_ends_at_its_next_word() -> None:
    began, go_on, ended = threading.Event(), threading.Event(), threading.Event()
    after = []

    def work(tell: Tell) -> dict[str, int]:
        try:
            tell(LOOK)
            began.set()
            go_on.wait(20)
            tell(WAIT)
            after.append("went on")
        except AbandonedError:
            ended.set()
            raise
        return {}

    submission = aside(work)
    next(submission)
    assert began.wait(20)
    submission.close()
    go_on.set()
    assert ended.wait(20)
    assert after == []
