"""Why there is no answer, for machines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from rft_cli.errors import ExitCode
    from rft_cli.render.outputs.failure import ErrorOutput, Kind

SCHEMA_VERSION: Literal[1] = 1


def failure_json(code: ExitCode, message: str, hint: str) -> str:
    """One line, alike for commands that answer with one object and for streams."""
    document: ErrorOutput = {
        "schema_version": SCHEMA_VERSION,
        "event": "error",
        "error": {
            "kind": cast("Kind", code.name.lower()),
            "message": message,
            "hint": hint or None,
        },
        "exit_code": code.value,
    }
    return json.dumps(document, ensure_ascii=False)
