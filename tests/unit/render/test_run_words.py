from __future__ import annotations

import pytest

from rft_cli.render.pace import Patience
from rft_cli.render.run_words import busy_words
from rft_cli.workflow.events import Busy


@pytest.mark.parametrize(
    ("seconds", "said"), [(5, "loading judge.py, 5 s"), (75, "loading judge.py, 1 min 15 s")]
)
def test_what_a_run_waits_for_is_told_with_its_time(seconds: int, said: str) -> None:
    assert busy_words(Busy("sums.1", "loading judge.py", seconds)) == said


def test_a_wait_is_told_again_when_it_has_doubled_and_a_slow_evaluator_not_at_every_step() -> None:
    patience = Patience()
    waits = [*range(5, 25), *range(5, 25)]
    told = [wait for wait in waits if patience.is_worth_telling(Busy("sums.1", "scoring 16 answers", wait))]
    assert told == [5, 10, 20]
    assert patience.is_worth_telling(Busy("sums.1", "loading judge.py", 5))
