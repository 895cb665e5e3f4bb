"""The surroundings in which git is asked: about the repository that a file lies in, and without the network."""

from __future__ import annotations

from collections.abc import Mapping

_OF_ANOTHER_REPOSITORY = frozenset(
    {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"}
)
"""What git sets for hooks and drivers; it would lead away from the repository that the file lies in."""


def environment(outer: Mapping[str, str]) -> dict[str, str]:
    """The variables for a git process, from those of this one."""
    kept = {name: value for name, value in outer.items() if name not in _OF_ANOTHER_REPOSITORY}
    # A clone without all objects would otherwise fetch what is missing.
    return kept | {"GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}
