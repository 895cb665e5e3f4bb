"""Scores the answer to a sum: it has to end with ``answer: <number>``."""

from __future__ import annotations

import re
from typing import Any

ANSWER = re.compile(r"answer: (\d+)$")


def evaluate(completion: str, record: dict[str, Any]) -> dict[str, float]:
    """Score one completion against the row it answers.

    Args:
        completion: what the model wrote.
        record: the row of the data set; ``record["answer"]`` is the right number as text.

    Returns:
        ``score``: 1 for the right number in the right form, 0.2 for the right form alone, 0 otherwise; and its two parts.
    """
    found = ANSWER.search(completion.strip())
    right = found is not None and found[1] == record["answer"]
    return {
        "score": 1.0 if right else 0.2 if found else 0.0,
        "form": float(found is not None),
        "right": float(right),
    }
