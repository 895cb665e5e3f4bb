"""`rft rules`: every code that lint and launch can report."""

from __future__ import annotations

from typing import Annotated

import typer

from rft_cli.errors import ExitCode
from rft_cli.render.explain_json import codes_json
from rft_cli.render.explain_text import codes_text
from rft_cli.render.terminal import terminal
from rft_cli.spec.codes import CODES


def command(*, as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> int:
    """List every code that can be reported about a run config. `rft explain CODE` says more of one."""
    out = terminal()
    out.answer(codes_json(CODES) if as_json else codes_text(CODES, color=out.color, width=out.width))
    return ExitCode.DONE
