"""The rule on secrets: none stands in a file of a config, whatever the key is called, nor in its comments. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rft_cli.config.secrets import find_secrets, secret_location
from rft_cli.diagnostics import Finding, Severity
from rft_cli.rules.rule import DataFacts, Rule

if TYPE_CHECKING:
    from rft_cli.config import Config

SECRET_IN_CONFIG = "RFT604"  # noqa: S105  the code of a finding

MOST_IN_A_FILE = 50
"""Findings about one file. Chosen: whoever has so many in one file will look for the rest."""


def secret_in_config(config: Config, _facts: DataFacts | None, _against: Config | None) -> Iterator[Finding]:
    """A key, a token or a password in a file of the config."""
    for document in config.documents:
        yield from secrets_in(document.path, document.text)


def secrets_in(path: str, text: str) -> Iterator[Finding]:
    """The findings about one text, which may be no config at all; none repeats what it is about."""
    for secret in find_secrets(text)[:MOST_IN_A_FILE]:
        yield Finding(
            SECRET_IN_CONFIG,
            Severity.ERROR,
            secret_location(path, text, secret),
            "this looks like a secret, and a config is kept in git",
            "withdraw it where it was issued, put the new one into the environment or .env, and name its variable in "
            "evaluator.env",
        )


SECRET_RULES: tuple[Rule, ...] = (Rule(SECRET_IN_CONFIG, secret_in_config),)
