"""The life of one job: what was asked for, and the moments at which somebody acted on it; where it is follows from the time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .chunks import Answers, Chunk, Sampling, answers
from .timeline import FOREVER, Position, Script, position

ENDING_S = 60.0
"""From CANCELLING to CANCELLED, and from DELETING to gone."""

GPUS_OF_A_NODE = 8


@dataclass(slots=True)
class Job:
    """One job. Times are seconds of the double's clock."""

    identifier: str
    body: dict[str, Any]
    script: Script
    plan: tuple[Chunk, ...]
    sampling: Sampling
    started: float
    """Of the present stretch: the create, or the last resume."""
    chunks_before: int = 0
    """Finished in earlier stretches."""
    lost: float = 0.0
    """Seconds of the stretch that it stood still because of its account."""
    held_since: float | None = None
    cancelled_at: float | None = None
    deleted_at: float | None = None
    delivered: int = 0
    """Chunks whose rollouts have been handed over."""
    settles_at: float = 0.0
    """When something follows by itself again; infinity: nothing does."""
    _made: dict[int, Answers] = field(default_factory=dict)

    def answers(self, key: int) -> Answers:
        if key not in self._made:
            self._made[key] = answers(self.plan[key], len(self.plan), self.sampling)
        return self._made[key]

    def _age(self, moment: float) -> float:
        until = moment if self.held_since is None else min(moment, self.held_since)
        return max(0.0, until - self.started - self.lost)

    def at(self, now: float) -> Position:
        """Where it is; chunks count from the very start."""
        left = len(self.plan) - self.chunks_before
        acted = min((at for at in (self.cancelled_at, self.deleted_at) if at is not None), default=now)
        there = position(self.script, self._age(min(now, acted)), left)
        began = self.started + self.lost
        there = there._replace(
            chunks=there.chunks + self.chunks_before,
            over_at=there.over_at + began,
            until=there.until + began,
        )
        if self.cancelled_at is not None:
            over = self.cancelled_at + ENDING_S
            is_over = now >= over
            until = FOREVER if is_over else over
            there = Position("CANCELLED" if is_over else "CANCELLING", there.chunks, is_over, over, until)
        elif self.held_since is not None and not there.is_over:
            there = there._replace(state="PAUSED", until=FOREVER)
        if self.deleted_at is not None:
            there = there._replace(state="DELETING", until=self.deleted_at + ENDING_S)
        return there

    def is_gone(self, now: float) -> bool:
        return self.deleted_at is not None and now >= self.deleted_at + ENDING_S

    def is_moving(self, now: float) -> bool:
        """Whether waiting may show something new."""
        return self.deleted_at is not None or not self.at(now).is_over

    def hold(self, now: float, *, held: bool) -> None:
        """Stand still with the account, or go on."""
        self.settles_at = min(self.settles_at, now)
        if held and self.held_since is None:
            self.held_since = now
        elif not held and self.held_since is not None:
            self.lost += now - self.held_since
            self.held_since = None

    @property
    def is_foreign(self) -> bool:
        """Whether the service put it there itself."""
        return bool(self.body["createdBy"] == "system")
