"""What a run shows, as a value, and what may be known about the run besides its series. No thresholds here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

NOTHING: Mapping[str, float] = MappingProxyType({})


class Symptom(NamedTuple):
    """One thing that a run shows."""

    id: str
    """A key of `rft_cli.spec.symptoms.SYMPTOMS`."""
    onset_step: int
    """The step at which it begins; symptoms are ordered by it."""
    confidence: float
    """0 to 1: how far the evidence lies from what would not count."""
    evidence: Mapping[str, float | int | str]
    """The numbers it rests on. ``explained_by`` names the symptom of which this one is debris."""

    @property
    def explained_by(self) -> str:
        """The symptom that came first and brought this one about; empty when it stands for itself."""
        return str(self.evidence.get("explained_by", ""))


class Context(NamedTuple):
    """What is known of a run besides its metrics; every field may be missing."""

    parameters: Mapping[str, float] = NOTHING
    """Dotted path (``rollout.max_tokens``) → value, for the parameters that are known."""
    reward_range: tuple[float, float] | None = None
    """Declared bounds of the evaluator, ``evaluation.reward_range``."""
    rate_ends_at_zero: bool | None = None
    """Whether the learning-rate schedule runs out at the end of the run; None: read from the series."""
    memory_limit_gib: float | None = None
    """Memory of one accelerator."""
    failure: str = ""
    """Why the run ended badly, in the backend's words."""
    prompts_per_step: int | None = None
    """Groups behind one point."""
