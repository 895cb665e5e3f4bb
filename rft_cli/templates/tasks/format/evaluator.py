"""Scores a format: the completion has to be one JSON object that says what the question said."""

from __future__ import annotations

import json
from typing import Any


def evaluate(completion: str, record: dict[str, Any]) -> dict[str, float]:
    """Score one completion against the row it answers.

    Args:
        completion: what the model wrote.
        record: the row of the data set; ``record["answer"]`` is the expected object as JSON text.

    Returns:
        ``score``: 1 for an object equal to the expected one, else 0.2 if it is JSON 0.1 if it stands in braces; and its parts.
    """
    text = completion.strip()
    braces = text.startswith("{") and text.endswith("}")
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        found = None
    parsed = isinstance(found, dict)
    right = parsed and found == json.loads(record["answer"])
    score = 1.0 if right else 0.2 if parsed else 0.1 if braces else 0.0
    return {"score": score, "json": float(parsed), "right": float(right)}
