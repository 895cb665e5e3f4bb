"""Topics, their list and the table of codes for machines. A contract: fields may be added, never renamed or removed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rft_cli.render.topic import Topic, plain
from rft_cli.render.topics import Group
from rft_cli.spec.code import Code

SCHEMA_VERSION = 1


def topic_json(topic: Topic) -> str:
    """A topic: what it is, and the row of the table behind it."""
    head = {"kind": topic.kind, "name": topic.name, "title": topic.title, "summary": topic.summary}
    return _text({**head, "data": topic.data})


def groups_json(groups: Sequence[Group]) -> str:
    """Everything that can be explained."""
    listed = [
        {"title": group.title, "topics": [{"name": name, "summary": summary} for name, summary in group.rows]}
        for group in groups
    ]
    return _text({"groups": listed})


def codes_json(codes: Sequence[Code]) -> str:
    """Every code with all that is known of it."""
    return _text({"codes": [plain(entry) for entry in codes]})


def _text(document: dict[str, Any]) -> str:
    return json.dumps({"schema_version": SCHEMA_VERSION, **document}, indent=2, ensure_ascii=False)
