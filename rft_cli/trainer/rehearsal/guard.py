"""The guard against a policy that no longer learns: sees each step's rewards, says when to speak and when to stop. Pure."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from rft_cli.trainer.rehearsal.model import Array

PATIENCE = 8
"""Steps in a row without anything to learn. Chosen: with 4 prompts a step, 32 groups whose answers all scored alike."""
RAMBLING = 0.5
"""Share of answers cut at the limit from which a step counts as rambling. Chosen: it costs several times a healthy step."""


class Verdict(Enum):
    """What the guard says after a step."""

    GO_ON = "go on"
    NOTE = "note"
    STOP = "stop"


class Watch(NamedTuple):
    """What the guard remembers; goes into checkpoints."""

    lowest: float
    """The lowest reward seen so far."""
    lost: int = 0
    """Steps in a row in which every answer scored the lowest reward."""
    rambling: int = 0
    """Those of them, again in a row, in which most answers were cut."""

    def after(self, rewards: Array, truncated: float) -> tuple[Watch, Verdict]:
        """Take in a step.

        A policy whose answers all score alike *above* the lowest reward has learned its task and is left alone. One at the
        lowest reward teaches nothing; that is noted, and stopped only where it also rambles: otherwise its steps are cheap,
        and the whole flat curve is the answer to the experiment.
        """
        lowest = min(self.lowest, float(rewards.min()))
        if float(rewards.max()) > lowest:
            return Watch(lowest), Verdict.GO_ON
        rambling = self.rambling + 1 if truncated >= RAMBLING else 0
        watch = Watch(lowest, self.lost + 1, rambling)
        if rambling >= PATIENCE:
            return watch, Verdict.STOP
        return watch, Verdict.NOTE if watch.lost == PATIENCE else Verdict.GO_ON
