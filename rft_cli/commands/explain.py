"""`rft explain`: what a parameter, code, goal, state, exit code, key or statement of the guide means."""

from __future__ import annotations

from typing import Annotated

import typer

from rft_cli.errors import ExitCode, UsageError
from rft_cli.render.explain_json import groups_json, topic_json
from rft_cli.render.explain_text import groups_text, topic_text
from rft_cli.render.terminal import terminal
from rft_cli.render.topics import close_topics, find_group, find_topic, topic_groups


def command(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[X]...",
            help="A parameter, code or its name, goal, run state, exit code, key, guide id, or kind. Without it: a list.",
        ),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> int:
    """Say what something means, why, and when to change it.

    For example: rft explain learning_rate, rft explain RFT302, rft explain safer, rft explain exit 6.
    """
    out = terminal()
    asked = " ".join(words or ())
    topic = find_topic(asked) if words else None
    kind = find_group(asked) if topic is None else None
    if kind or not words:
        groups = (kind,) if kind else topic_groups()
        out.answer(groups_json(groups) if as_json else groups_text(groups, color=out.color, width=out.width))
        return ExitCode.DONE
    if topic is None:
        close = close_topics(asked)
        listed = "`rft explain` without a word lists what there is"
        raise UsageError(
            f"nothing here is called {asked!r}",
            hint=f"did you mean {' or '.join(close)}? {listed}" if close else listed,
        )
    out.answer(topic_json(topic) if as_json else topic_text(topic, color=out.color, width=out.width))
    return ExitCode.DONE
