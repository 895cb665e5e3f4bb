"""Arguments and options that several commands share, worded once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rft_cli.errors import UsageError

RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run id, or a name for its latest run.")]

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]

AsJsonLines = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")]

AsMarkdown = Annotated[bool, typer.Option("--md", help="Markdown, for a comment on a pull request.")]

FollowTimeout = Annotated[
    str | None,
    typer.Option(
        "--timeout",
        metavar="SPAN",
        help="Follow no longer than 90s, 30m, 2h, …: exit code 7, and the run goes on.",
    ),
]

StopOn = Annotated[
    str | None,
    typer.Option(
        "--stop-on",
        metavar="ALARM,...",
        help="End the run when it shows collapse or no-signal while it is followed (exit 5).",
    ),
]


def require_room(output: Path) -> None:
    """Hold a file that is about to be written to be possible, before the work is done.

    Raises:
        UsageError: its folder is not there, or it is a folder itself.
    """
    if not output.parent.is_dir():
        raise UsageError(f"there is no folder {output.parent}", hint=f"mkdir -p {output.parent}")
    if output.is_dir():
        raise UsageError(f"{output} is a folder", hint=f"name a file in it, such as {output / 'rft.json'}")
