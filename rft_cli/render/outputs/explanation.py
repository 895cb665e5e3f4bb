"""Topics and codes."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from rft_cli.diagnostics import Severity
from rft_cli.render.topic import Kind as TopicKind


class TopicOutput(TypedDict):
    """One topic: what it is, and the row of the table behind it."""

    schema_version: Literal[1]
    kind: TopicKind
    name: str
    title: str
    summary: str
    data: dict[str, Any]
    """The row of the table; its fields go by the kind."""


class ListedTopic(TypedDict):
    """What one can ask for."""

    name: str
    summary: str


class GroupObject(TypedDict):
    """Topics of one kind."""

    title: str
    topics: list[ListedTopic]


class TopicsOutput(TypedDict):
    """Everything that can be explained."""

    schema_version: Literal[1]
    groups: list[GroupObject]


class CodeObject(TypedDict):
    """One kind of finding."""

    code: str
    name: str
    severity: Severity
    summary: str
    why: str
    fine_when: str
    bad: str
    """A run config fragment that shows it; empty where a config alone cannot."""
    good: str
    """The same fragment without it."""
    sources: list[str]
    """Ids of the guide's statements; empty: ours."""
    parameters: list[str]
    since: str
    """The version of rft."""


class RulesOutput(TypedDict):
    """Every code."""

    schema_version: Literal[1]
    codes: list[CodeObject]
