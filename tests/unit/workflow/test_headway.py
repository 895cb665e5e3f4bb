"""How far it is, is told now and then, with the time that is left at this pace."""

from __future__ import annotations

from rft_cli.workflow.headway import Headway


def test_what_takes_minutes_is_told_and_what_takes_seconds_is_not() -> None:
    moment, lines = [0.0], list[str]()
    headway = Headway(lines.append, "adopting runs", lambda: moment[0])
    for done in range(62):
        headway.at(done, 62)
        moment[0] += 0.1
    assert lines == []
    moment[0] = 0.0
    headway = Headway(lines.append, "adopting runs", lambda: moment[0])
    for done in range(62):
        headway.at(done, 62)
        moment[0] += 6
    assert lines[0] == "adopting runs: 4 of 62 done, about 6 minutes left"
    assert lines[-1] == "adopting runs: 60 of 62 done, about 12 s left"
