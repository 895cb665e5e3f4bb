"""The command that asks for the same again, as plans and guards name it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from rft_cli.limit import Limit, read_limit
from rft_cli.workflow.request import Request

RUN = Path("run.yaml")


@pytest.mark.parametrize(
    ("request_", "command"),
    [
        (Request(RUN), "rft launch run.yaml"),
        (Request(RUN, ("rollout.n=8", "name=a b")), "rft launch run.yaml --set rollout.n=8 --set 'name=a b'"),
        (Request(RUN, baseline=True), "rft launch run.yaml --baseline"),
        (Request(RUN, as_baseline="as before"), "rft launch run.yaml --as-baseline 'as before'"),
        (Request(RUN, allow_multiple="one idea"), "rft launch run.yaml --allow-multiple 'one idea'"),
        (Request(RUN, max_cost=Limit(2, "x")), "rft launch run.yaml --max-cost 2x"),
        (Request(RUN, force=True, new_attempt=True), "rft launch run.yaml --force --new-attempt"),
    ],
)
def test_the_command_asks_for_all_that_decides_what_is_launched(request_: Request, command: str) -> None:
    assert request_.command == command


@pytest.mark.parametrize(
    "text", ["2x", "1.5x", "12Mtok", "1500tok", "0.5tok", "500rollouts", "40usd", "0.25usd"]
)
def test_a_limit_is_written_as_it_can_be_read(text: str) -> None:
    limit = read_limit(text)
    assert limit.option == text
    assert shlex.quote(text) == text
