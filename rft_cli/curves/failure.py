"""What the end of a log or the reason of a failure says by itself: memory that ran out."""

from __future__ import annotations

import re

from rft_cli.curves.evidence import symptom
from rft_cli.curves.series import Series
from rft_cli.curves.symptom import Context, Symptom

OUT_OF_MEMORY = re.compile(
    r"out[ _-]?of[ _-]?memory|\bOOM\b|OOMKilled|oom-kill|cannot allocate memory|\bMemoryError\b"
    r"|RESOURCE_EXHAUSTED[^\n]{0,80}memory|insufficient (?:gpu |device )?memory",
    re.IGNORECASE,
)
"""As CUDA, ROCm, XLA, vLLM, Ray, Kubernetes, the Linux kernel and Python say it."""

SHOWN = 120
"""Characters of the line that is quoted as evidence."""


def out_of_memory(series: Series, context: Context) -> Symptom | None:
    """Whether the run ended because memory ran out."""
    for where, text in (("failure", context.failure), ("log", series.log_text)):
        found = OUT_OF_MEMORY.search(text)
        if found:
            return symptom(
                "out_of_memory",
                series.steps[-1] if series.steps.size else 0,
                1.0 if where == "failure" else 0.9,
                where=where,
                line=_line(text, found.start()),
            )
    return None


def _line(text: str, position: int) -> str:
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    return text[start : len(text) if end < 0 else end].strip()[:SHOWN]
