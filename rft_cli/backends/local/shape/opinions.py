"""What the rehearsal engine cannot do, told from a valid config alone. Pure, and loads nothing that `lint` does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rft_cli.diagnostics import Finding
from rft_cli.rules.rule import DataFacts, Rule, found

if TYPE_CHECKING:
    from rft_cli.config import Config

MODEL = "rehearsal"
"""The one model that the engine knows."""


def foreign_model(config: Config, _facts: DataFacts | None, _against: Config | None) -> Iterator[Finding]:
    """A model of another backend."""
    model = config.get("model")
    if model != MODEL:
        yield found(
            "RFT703",
            config,
            "model",
            f"the local backend trains one model, {MODEL}, and not {model}",
            f"write model: {MODEL}, or name the backend that has {model}",
        )


RULES: tuple[Rule, ...] = (Rule("RFT703", foreign_model),)
"""In the order of their codes."""
