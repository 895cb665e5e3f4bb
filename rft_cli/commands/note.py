"""`rft note`: keep a remark with a run."""

from __future__ import annotations

from typing import Annotated

import typer

from rft_cli.commands.options import AsJson, RunName
from rft_cli.errors import ExitCode, UsageError
from rft_cli.render.control_text import remarks_json
from rft_cli.render.terminal import terminal
from rft_cli.runs.lookup import find_run
from rft_cli.workflow.project import open_project


def command(
    run: RunName,
    text: Annotated[list[str], typer.Argument(metavar="TEXT...", help="What there is to say.")],
    *,
    as_json: AsJson = False,
) -> int:
    """Keep a remark with a run; rft show tells it."""
    remark = " ".join(text).strip()
    if not remark:
        raise UsageError("the remark is empty", hint='write one: rft note RUN "what I saw"')
    project, out = open_project(), terminal()
    with project.ledger() as ledger:
        found = find_run(ledger, run)
        ledger.remark(found.id, remark)
        remarks = ledger.run(found.id).remarks
    if as_json:
        out.answer(remarks_json(found.id, remarks))
    else:
        out.talk(f"Noted: rft show {found.id}")
    return ExitCode.DONE
