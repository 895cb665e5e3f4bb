"""What a run costs: rollouts and generated tokens, never money of our own making. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rft_cli.spec.parameters import EPOCHS, MAX_TOKENS, ROLLOUTS

LINEAR_FACTORS = (EPOCHS, ROLLOUTS, MAX_TOKENS)
"""Parameters that the cost of a run on given rows is proportional to, at most: answers may be shorter than max_tokens.
Source: statements EP6, NR3 and MT4 of the guide."""


def relative_cost(old: Mapping[str, Any], new: Mapping[str, Any]) -> float:
    """Upper bound of the cost of one run in units of another on the same rows.

    Args:
        old: resolved values, nested as in YAML, of the run that counts as 1.
        new: those of the run in question.
    """
    ratio = 1.0
    for entry in LINEAR_FACTORS:
        before, after = (values.get(entry.section, {}).get(entry.key, entry.default) for values in (old, new))
        ratio *= after / before
    return float(f"{ratio:.12g}")
