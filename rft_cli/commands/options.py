"""Arguments and options that several commands share, worded once."""

from __future__ import annotations

from typing import Annotated

import typer

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
