"""The order of events: check → plan → record → submit → follow. Yields events and knows no terminal."""

from __future__ import annotations

from rft_cli.runs.lookup import find_run
from rft_cli.workflow.events import (
    Checked,
    Detached,
    Ended,
    Evaluated,
    Event,
    Measured,
    Noted,
    StateChanged,
    Submitted,
)
from rft_cli.workflow.launch import Request, launch
from rft_cli.workflow.project import Project, open_project
from rft_cli.workflow.samples import Order, choose_rollouts

__all__ = [
    "Checked",
    "Detached",
    "Ended",
    "Evaluated",
    "Event",
    "Measured",
    "Noted",
    "Order",
    "Project",
    "Request",
    "StateChanged",
    "Submitted",
    "choose_rollouts",
    "find_run",
    "launch",
    "open_project",
]
