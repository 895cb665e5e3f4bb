"""The table of output formats of `lint`, and what one is by itself. Imports a format's module when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.diagnostics import Severity

if TYPE_CHECKING:
    from rft_cli.rules.lint import Linted


class Look(NamedTuple):
    """What a format may have to know besides the findings."""

    color: bool
    width: int
    wrap: int
    fail_on: Severity


def format_by_itself(environment: Mapping[str, str]) -> str:
    """The format when none was asked for: annotations inside GitHub Actions, else in full.

    Source: docs.github.com, "Variables reference": GITHUB_ACTIONS is always `true` there.
    """
    return "github" if environment.get("GITHUB_ACTIONS") == "true" else "full"


def render_format(
    name: str,
    linted: Linted,
    *,
    color: bool = False,
    width: int = 100,
    wrap: int = 0,
    fail_on: Severity = Severity.ERROR,
) -> str:
    """What was found, in one format, ending in a line end; empty where a format for people has nothing to say.

    Formats for machines name files as seen from the top of the checkout, which is where their readers look for them;
    those for people, and `json`, as seen from where the user stands.

    Args:
        name: one of `FORMATS`.
        linted: findings in the order to show.
        color: whether to use ANSI colours, in the formats for people.
        width: columns of the reader's terminal, in `full`.
        wrap: columns at which sentences are broken, in `full`; 0: never.
        fail_on: least severity that is a failed test, in `junit`.
    """
    return _RENDERERS[name](linted, Look(color, width, wrap, fail_on))


def _full(linted: Linted, look: Look) -> str:
    from rft_cli.render.findings_text import full_text

    return full_text(linted.findings, linted.sources, color=look.color, width=look.width, wrap=look.wrap)


def _concise(linted: Linted, look: Look) -> str:
    from rft_cli.render.findings_text import concise_text

    return concise_text(linted.findings, color=look.color)


def _json(linted: Linted, _look: Look) -> str:
    from rft_cli.render.findings_json import findings_json

    return findings_json(linted)


def _github(linted: Linted, _look: Look) -> str:
    from rft_cli.render.findings_github import github_commands

    return github_commands(linted.findings, _folder())


def _gitlab(linted: Linted, _look: Look) -> str:
    from rft_cli.render.findings_gitlab import gitlab_report

    return gitlab_report(linted.findings, linted.sources, _folder())


def _junit(linted: Linted, look: Look) -> str:
    from rft_cli.render.findings_junit import junit_report

    return junit_report(linted.files_checked, linted.findings, _folder(), look.fail_on)


def _sarif(linted: Linted, _look: Look) -> str:
    from rft_cli.render.findings_sarif import sarif_log
    from rft_cli.render.sarif_rules import documentation_home

    return sarif_log(linted, _folder(), documentation_home())


_RENDERERS: dict[str, Callable[[Linted, Look], str]] = {
    "full": _full,
    "concise": _concise,
    "json": _json,
    "github": _github,
    "gitlab": _gitlab,
    "junit": _junit,
    "sarif": _sarif,
}

FORMATS = tuple(_RENDERERS)
"""Names of formats, in the order of help."""


def _folder() -> str:
    """The working directory as seen from the top of the checkout."""
    from pathlib import Path

    from rft_cli.config.root import checkout_of, prefix

    here = str(Path.cwd())
    return prefix(here, checkout_of(here))
