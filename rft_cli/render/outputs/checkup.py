"""What works on a machine."""

from __future__ import annotations

from typing import Literal, TypedDict

from rft_cli.workflow.checkup import Verdict


class CheckObject(TypedDict):
    """One thing that was looked at."""

    name: str
    verdict: Verdict
    value: str
    help: str
    """The next step; empty when none is needed."""


class DoctorOutput(TypedDict):
    """What works on this machine; the exit code is 3 where something does not."""

    schema_version: Literal[1]
    works: bool
    checks: list[CheckObject]
