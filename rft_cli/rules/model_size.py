"""How large a model is, read from its name. Pure."""

from __future__ import annotations

import re

SMALL = 13.0
"""Billions of parameters below which rank 8–16 is usually enough. Source: RK5."""

LARGE = 70.0
"""Billions of parameters from which a higher rank may be needed. Source: RK5."""

_BILLIONS = r"(?<![a-z0-9.])(?:(\d+)x)?(\d+(?:[.p]\d+)?)b(?![a-z0-9])"
_MILLIONS = r"(?<![a-z0-9.])(\d{2,4})m(?![a-z0-9])"


def model_size(name: str) -> float | None:
    """Billions of parameters as the last part of a model's name tells them; None when it does not.

    The total counts: of a mixture of experts, the experts times their size and not the active share.

    >>> model_size("accounts/fireworks/models/qwen3-0p6b"), model_size("Qwen/Qwen2.5-1.5B-Instruct")
    (0.6, 1.5)
    >>> model_size("mixtral-8x7b"), model_size("Qwen3-30B-A3B"), model_size("SmolLM2-135M"), model_size("rehearsal")
    (56.0, 30.0, 0.135, None)
    """
    last = name.lower().rstrip("/").rpartition("/")[2]
    if billions := re.search(_BILLIONS, last):
        return int(billions[1] or 1) * float(billions[2].replace("p", "."))
    if millions := re.search(_MILLIONS, last):
        return int(millions[1]) / 1000
    return None
