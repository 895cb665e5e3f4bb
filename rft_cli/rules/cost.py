"""Rules 5xx on what a run costs beside a run with the defaults. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rft_cli.diagnostics import Finding
from rft_cli.rules.rule import DataFacts, Rule, found
from rft_cli.spec.parameter import show
from rft_cli.spec.parameters import EPOCHS, MAX_TOKENS, ROLLOUTS

if TYPE_CHECKING:
    from rft_cli.config import Config

MUCH = 4
"""Times the default's tokens that are worth a word. Chosen: the last step of the goal better-quality, n 8 × 4,096 tokens."""

FACTORS = (ROLLOUTS, MAX_TOKENS, EPOCHS)
"""Cost is linear in each. Source: NR3, MT4, EP6."""


def multiplied_cost(config: Config, _facts: DataFacts | None, _against: Config | None) -> Iterator[Finding]:
    """Raised values that multiply. Epochs alone are left to their usual band."""
    shares = [(config.get(entry.path) / entry.default, entry) for entry in FACTORS]
    raised = [entry for share, entry in shares if share > 1]
    factor = math.prod(share for share, _ in shares)
    if factor <= MUCH or raised == [EPOCHS]:
        return
    dearest = max(shares, key=lambda pair: pair[0])[1]
    product = " × ".join(f"{entry.key} {show(config.get(entry.path))}" for entry in raised)
    yield found(
        "RFT501",
        config,
        dearest.path,
        f"{product} may cost up to {factor:.3g} times the answer tokens of a run with the defaults",
        f"lower {dearest.key}, unless the rollouts show that it is needed",
    )


COST_RULES: tuple[Rule, ...] = (Rule("RFT501", multiplied_cost),)
