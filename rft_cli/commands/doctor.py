"""`rft doctor`: what works on this machine."""

from __future__ import annotations

from rft_cli.commands.options import AsJson
from rft_cli.errors import ExitCode
from rft_cli.render.doctor_text import doctor_json, doctor_text
from rft_cli.render.terminal import terminal
from rft_cli.workflow.checkup import checkup, works
from rft_cli.workflow.project import open_project


def command(*, as_json: AsJson = False) -> int:
    """Check what works on this machine: Python, libraries, parser, disk, ledger, backends, keys (never shown)."""
    out = terminal()
    checks = checkup(open_project(), color=out.color, width=out.width, interactive=out.interactive)
    out.answer(doctor_json(checks) if as_json else doctor_text(checks, color=out.color, wrap=out.wrap))
    return ExitCode.DONE if works(checks) else ExitCode.SETUP
