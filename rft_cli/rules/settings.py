"""What lint goes by: the command line over the project's files over the defaults, each value with its origin. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rft_cli.config.settings import SETTINGS, Given
from rft_cli.errors import UsageError
from rft_cli.rules.lint import Scope
from rft_cli.rules.selection import codes_of, left_out_codes


def in_force(flags: Mapping[str, Any], written: Mapping[str, Given]) -> dict[str, Given]:
    """Every setting as it is in force.

    Args:
        flags: name of a setting → what its option was given; empty values are none.
        written: what the project's files set.
    """
    found = {}
    for setting in SETTINGS:
        given = flags.get(setting.name)
        if given:
            found[setting.name] = Given(given, f"--{setting.name}")
        else:
            found[setting.name] = written.get(setting.name, Given(setting.default, "default"))
    return found


def scope_of(settings: Mapping[str, Given], *, is_whole: bool) -> Scope:
    """What is reported.

    Args:
        settings: in force.
        is_whole: whether all configs of the project are linted.

    Raises:
        UsageError: a word stands for no code; with the place of its setting (exit 2).
    """
    select, ignore, per_file = (settings[name] for name in ("select", "ignore", "per-file-ignores"))
    # One after the other, so that a wrong word is told at the setting that holds it.
    _codes(select.origin, select.value)
    _codes(ignore.origin, ignore.value)
    ignored = tuple((pattern, _codes(per_file.origin, words)) for pattern, words in per_file.value.items())
    return Scope(left_out_codes(select.value, ignore.value), ignored, is_whole)


def _codes(origin: str, words: Sequence[str]) -> frozenset[str]:
    try:
        return codes_of(words)
    except UsageError as error:
        if origin.startswith("--"):
            raise
        raise UsageError(f"{origin}: {error.message}", hint=error.hint) from error
