"""Topics, their list and the table of codes for machines. A contract: fields may be added, never renamed or removed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from rft_cli.render.topic import Topic, plain
from rft_cli.render.topics import Group
from rft_cli.spec.code import Code

if TYPE_CHECKING:
    from rft_cli.render.outputs.explanation import CodeObject, RulesOutput, TopicOutput, TopicsOutput

SCHEMA_VERSION: Literal[1] = 1


def topic_json(topic: Topic) -> str:
    """A topic: what it is, and the row of the table behind it."""
    return _text(
        {
            "schema_version": SCHEMA_VERSION,
            "kind": topic.kind,
            "name": topic.name,
            "title": topic.title,
            "summary": topic.summary,
            "data": topic.data,
        }
    )


def groups_json(groups: Sequence[Group]) -> str:
    """Everything that can be explained."""
    return _text(
        {
            "schema_version": SCHEMA_VERSION,
            "groups": [
                {
                    "title": group.title,
                    "topics": [{"name": name, "summary": summary} for name, summary in group.rows],
                }
                for group in groups
            ],
        }
    )


def codes_json(codes: Sequence[Code]) -> str:
    """Every code with all that is known of it."""
    rows: list[CodeObject] = [plain(entry) for entry in codes]
    return _text({"schema_version": SCHEMA_VERSION, "codes": rows})


def _text(document: TopicOutput | TopicsOutput | RulesOutput) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
