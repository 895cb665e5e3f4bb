"""What `--json` printed, held against the published schemas."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from rft_cli.boundary import asks_for_json
from rft_cli.command_table import is_command
from rft_cli.render.outputs.table import output_of

SCHEMAS = Path(__file__).parents[2] / "schemas/output"
LAST = ("end", "detached", "error")
"""Events that say what a following command ends with."""


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")))


def wrong(name: str, document: Any) -> list[str]:
    """What a schema has against a document; of a choice, what the likeliest has."""
    held = validator(name)
    found = list(held.iter_errors(document))
    return [
        f"{name}: {error.message[:500]} {[each.message[-200:] for each in error.context or ()][:20]}"
        for error in found
    ]


def hold(words: Sequence[str], stdout: str, exit_code: int | None) -> None:
    """Hold the output of a command line to its published schema; what is not asked for as JSON is anything."""
    words = [str(word) for word in words]
    name = next((word for word in words if is_command(word)), "")
    if not asks_for_json(words) or not name or {"--help", "-h"} & set(words):
        return
    output = output_of("plan" if name == "launch" and "--dry-run" in words else name)
    assert output is not None, f"{name} has --json and no published schema"
    if not output.is_stream:
        told = wrong(output.name, json.loads(stdout))
        assert not told, told
        return
    lines = [json.loads(line) for line in stdout.splitlines()]
    told = [each for line in lines for each in wrong(output.name, line)]
    assert not told, told
    if name != "logs" or exit_code:
        assert lines[-1]["event"] in LAST
        assert exit_code is None or lines[-1]["exit_code"] == exit_code
